// One task by keyboard: a and r choose the decision, n goes on, Ctrl+Enter completes and goes on.
import { describeKeys, onKeys } from "./keys.js";

const REFUSALS = ["refuse", "fail", "reject", "no", "deny"];
const form = document.getElementById("complete");

function options() {
  if (!form) return [];
  const radios = [...form.querySelectorAll("input[type=radio]")];
  return radios.filter((one) => one.name === radios[0].name);
}

function decide(option) {
  if (!option) return false;
  option.checked = true;
  option.dispatchEvent(new Event("change", { bubbles: true }));
  option.focus();
  return true;
}

onKeys({
  a: () => decide(options()[0]),
  r: () => decide(options().find((one) => REFUSALS.includes(one.value)) ?? options().at(-1)),
  n: () => {
    const link = document.getElementById("next-task");
    link?.click();
    return Boolean(link);
  },
});

form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit(document.getElementById("complete-next") ?? undefined);
});

document.querySelector("[role=alert][tabindex]")?.focus();
describeKeys();
