// Shows a field only while the field that it depends on has one of the values named beside it.

const valuesOf = (form, name) => {
  const found = [...form.elements].filter((control) => control.name === name);
  const chosen = found.filter((control) => control.type !== "hidden" && (!["radio", "checkbox"].includes(control.type) || control.checked));
  return { values: (chosen.length ? chosen : found.filter((control) => control.type === "hidden")).map((control) => control.value), found };
};

// In the order of the page: what a field depends on stands before it, so its own state is known by then.
export const refresh = (form) => {
  for (const place of form.querySelectorAll("[data-shown-if]")) {
    const { values, found } = valuesOf(form, place.dataset.shownIf);
    const wanted = JSON.parse(place.dataset.shownValues);
    const asked = found.some((control) => !control.closest("[data-shown-if][hidden]"));
    place.hidden = !(asked && values.some((value) => wanted.includes(value)));
  }
};

document.addEventListener("input", (event) => event.target.form && refresh(event.target.form));
document.addEventListener("change", (event) => event.target.form && refresh(event.target.form));
for (const form of document.forms) refresh(form);
