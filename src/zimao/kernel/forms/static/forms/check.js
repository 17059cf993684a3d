// When an answer about a field arrives in the place for its errors, marks the control as wrong or right.

const mark = (place) => {
  const wrong = place.textContent.trim() !== "";
  for (const control of document.querySelectorAll(`[data-error="${CSS.escape(place.id)}"]`)) {
    if (wrong) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    const boxes = control.matches("fieldset") ? control.querySelectorAll("input:not([type=hidden])") : [control];
    for (const box of boxes) box.classList.toggle("is-invalid", wrong);
  }
};

new MutationObserver((changes) => {
  for (const place of new Set(changes.map((change) => change.target))) if (place.matches("[data-errors]")) mark(place);
}).observe(document.body, { childList: true, subtree: true });
