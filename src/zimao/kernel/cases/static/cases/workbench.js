// The workbench by keyboard: j and k choose a task, Enter opens it, c takes it. The choice survives a refresh and a reload.
import { describeKeys, onKeys } from "./keys.js";

const KEPT = "zimao-workbench-task";
const bench = document.getElementById("bench");

const rows = () => [...bench.querySelectorAll("[data-task]")];
const chosen = () => bench.querySelector("[data-task].is-chosen");

function choose(row, { focus = true } = {}) {
  if (!row) return;
  for (const other of bench.querySelectorAll(".is-chosen")) other.classList.remove("is-chosen");
  row.classList.add("is-chosen");
  sessionStorage.setItem(KEPT, row.id);
  if (focus) {
    row.querySelector("[data-open]").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

function step(by) {
  const all = rows();
  const at = all.indexOf(chosen());
  choose(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

/** After the rows were replaced: the same task is chosen; when it is gone, the one in its place. */
function keep(place) {
  const known = document.getElementById(sessionStorage.getItem(KEPT) ?? "");
  if (known && bench.contains(known)) choose(known, { focus: false });
  else if (place >= 0) choose(rows()[Math.min(place, rows().length - 1)], { focus: false });
}

let place = -1;
let focused = "";
bench.addEventListener("focusin", (event) => {
  focused = event.target.id;
  const row = event.target.closest("[data-task]");
  if (row && row !== chosen()) choose(row, { focus: false });
  place = rows().indexOf(chosen());
});
bench.addEventListener("focusout", () => {
  // a refresh takes the focused element away: then no other gets the focus, and it is given back below
  if (bench.contains(document.activeElement)) focused = "";
});
// a refresh replaces the rows, and a moment later sets their attributes once more
new MutationObserver(() => {
  if (!chosen()) keep(place);
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
}).observe(bench, { childList: true, subtree: true, attributeFilter: ["class"] });

onKeys({
  j: () => step(1),
  k: () => step(-1),
  Enter: (event) => {
    if (event.target.closest("a, button, summary, input")) return false;
    chosen()?.querySelector("[data-open]").click();
    return Boolean(chosen());
  },
  c: () => {
    const claim = chosen()?.querySelector("[data-claim]");
    claim?.requestSubmit();
    return Boolean(claim);
  },
});
describeKeys();
if (location.hash.startsWith("#task-")) sessionStorage.setItem(KEPT, location.hash.slice(1));
keep(-1);
