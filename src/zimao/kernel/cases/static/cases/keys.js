// What the pages of cases share: one-letter keys that never get in the way of typing, and their help.

const TYPING = "input, textarea, select, [contenteditable]";

let before = "";

/** Call `actions[key]` for a key pressed outside fields and dialogs, without a modifier and not after "g". */
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    // "g" begins a key of two letters that every page knows ("g c": my cases)
    const second = before === "g";
    before = event.key;
    const modified = second || event.ctrlKey || event.metaKey || event.altKey;
    if (modified || event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const field = event.target.closest?.(TYPING);
    if (field && !["radio", "checkbox"].includes(field.type)) return;
    const action = actions[event.key];
    if (action && action(event) !== false) event.preventDefault();
  });
}

/** Put the page's own keys into the help that "?" opens. */
export function describeKeys() {
  const own = document.querySelector("[data-page-keys]");
  const help = document.querySelector("#help .keys");
  if (own && help) help.prepend(...[...own.children].map((one) => one.cloneNode(true)));
}
