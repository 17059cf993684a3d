// What every page does: tell programs who is asking, show that work is under way, say what went wrong, ask before
// something that cannot be undone, answer the keyboard. A page works without it; only fragments and comfort are lost.

const words = document.getElementById("words")?.dataset ?? {};
const line = document.getElementById("progress-line");

// ---- requests of HTMX -------------------------------------------------------------------------------------------

let running = 0;

function isRunning(change) {
  running = Math.max(0, running + change);
  line?.classList.toggle("is-running", running > 0);
}

document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  const { request } = event.detail.ctx;
  if (token && request.method.toUpperCase() !== "GET") request.headers["X-CSRFToken"] = token;
});

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  ctx.zimaoStarted = true;
  isRunning(1);
  setBusy(buttonOf(ctx), true);
});

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.zimaoStarted) return;
  isRunning(-1);
  setBusy(buttonOf(ctx), false);
});

// A problem document is not for the place of the fragment: it is said in a toast. An answer that is HTML is swapped in
// whatever its status, so that a refused form comes back with its sentences beside the fields.
document.addEventListener("htmx:before:response", (event) => {
  const { response } = event.detail.ctx;
  if (!response.headers.get("Content-Type")?.includes("problem+json")) return;
  event.preventDefault();
  response.raw.json().then(sayProblem, () => toast(words.failed));
});

document.addEventListener("htmx:error", () => toast(words.network));

function buttonOf(ctx) {
  const found = ctx.request.submitter ?? (ctx.sourceElement?.matches?.("button") ? ctx.sourceElement : null);
  return found?.matches?.(".btn") ? found : null;
}

// ---- buttons ----------------------------------------------------------------------------------------------------

function setBusy(button, busy) {
  if (!button) return;
  button.classList.toggle("is-busy", busy);
  button.toggleAttribute("aria-busy", busy);
}

// A plain form is sent once: a second press before the next page is there does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || usesHtmx(form)) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  // data-repeat: the answer is a download, so the page stays and may send again
  if (form.method === "get" || form.target || "repeat" in form.dataset) return;
  form.dataset.sent = "yes";
  setBusy(event.submitter?.matches?.(".btn") ? event.submitter : null, true);
  isRunning(1);
});

// Back from the next page: the browser may show this one as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".is-busy")) setBusy(button, false);
  isRunning(-running);
});

function usesHtmx(form) {
  return ["get", "post", "put", "patch", "delete"].some((verb) => form.hasAttribute(`hx-${verb}`));
}

// ---- asking first: <button data-confirm="…"> or <form data-confirm="…"> -----------------------------------------

const ask = document.getElementById("ask");
const agreed = new WeakSet();

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button, input[type=submit], a");
    const sentence = button?.dataset.confirm ?? (isSubmit(button) ? button.form?.dataset.confirm : undefined);
    if (!sentence || agreed.delete(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (button.form && !button.formNoValidate && !button.form.reportValidity()) return;
    confirmed(sentence).then((yes) => {
      if (!yes) return;
      agreed.add(button);
      button.click();
    });
  },
  true,
);

function isSubmit(button) {
  return button?.matches("button:not([type]), [type=submit]");
}

/** Ask in a dialog; resolves to true or false. Also for modules of other pages: import { confirmed } from this file. */
export function confirmed(sentence) {
  ask.querySelector("#ask-words").textContent = sentence;
  ask.returnValue = "no";
  ask.showModal();
  return new Promise((resolve) => {
    ask.addEventListener("close", () => resolve(ask.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("htmx:confirm", (event) => {
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = event.detail;
  confirmed(ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()));
});

// ---- toasts -----------------------------------------------------------------------------------------------------

function sayProblem(problem) {
  const more = (problem.errors ?? []).map((one) => one.detail).filter((detail) => detail && detail !== problem.detail);
  const reference = problem.reference ? ` (${problem.reference})` : "";
  toast([problem.detail ?? words.failed, ...more].join(" ") + reference);
}

/** Say a sentence at the edge of the page until it is closed (an error) or for six seconds (`good`). */
export function toast(sentence, { good = false } = {}) {
  const box = document.createElement("div");
  box.className = good ? "notice-toast is-good" : "notice-toast";
  const text = document.createElement("p");
  text.textContent = sentence;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", words.close);
  close.addEventListener("click", () => box.remove());
  box.append(text, close);
  document.getElementById("toasts").append(box);
  if (good) setTimeout(() => box.remove(), 6000);
}

// ---- keyboard ---------------------------------------------------------------------------------------------------

const goTo = { h: "/", w: "/workbench", c: "/cases", n: "/notices" };
let waitsForSecond = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (waitsForSecond && goTo[event.key]) {
    const link = document.querySelector(`.top a[href="${goTo[event.key]}"]`);
    link?.click();
  } else if (event.key === "?") {
    document.getElementById("help").showModal();
  } else if (event.key === "/") {
    const field = document.querySelector("main input[type=search], main input[name=q], main input[name=code]");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
  waitsForSecond = event.key === "g";
});

function isTyping(element) {
  return element.matches?.("input, textarea, select, [contenteditable]");
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-help]")) document.getElementById("help").showModal();
});

// ---- dropping files: .drop of portal/parts/drop.html ------------------------------------------------------------

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const area = event.target.closest?.(".drop");
    if (!area) return;
    event.preventDefault();
    area.classList.toggle("is-over", kind === "dragover");
    const input = area.querySelector("input[type=file]");
    if (kind === "drop" && event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

document.addEventListener("change", (event) => {
  const list = event.target.closest?.(".drop")?.querySelector(".drop-list");
  if (!list || event.target.type !== "file") return;
  list.replaceChildren(
    ...[...event.target.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} (${Math.ceil(file.size / 1024)} KB)`;
      return item;
    }),
  );
});

// The page shown is the choice's: <select data-submit> sends its form, with the form's own button for no script.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("select[data-submit]")) event.target.form.requestSubmit();
});
