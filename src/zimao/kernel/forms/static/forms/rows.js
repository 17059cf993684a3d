// Adds and removes the rows of a list in place. Without it the same button sends the form and gets one more empty row.
import { refresh } from "./shown.js";

const rowsOf = (list) => [...list.querySelector(":scope > [data-row-list]").children];
const buttonOf = (list) => list.querySelector(":scope > [data-add-row]");

const settle = (list) => {
  const rows = rowsOf(list);
  rows.forEach((row, place) => {
    const numbers = row.querySelectorAll(":scope > legend [data-row-number], :scope > [data-remove-row] [data-row-number]");
    for (const number of numbers) number.textContent = place + 1;
    row.querySelector(":scope > [data-remove-row]").hidden = false;
  });
  buttonOf(list).disabled = list.dataset.most !== undefined && rows.length >= Number(list.dataset.most);
  const form = list.closest("form");
  if (form) refresh(form);
};

const add = (list) => {
  const next = Number(list.dataset.next);
  const made = document.createElement("template");
  made.innerHTML = list.querySelector(":scope > [data-row-pattern]").innerHTML.replaceAll(list.dataset.placeholder, next);
  const row = made.content.firstElementChild;
  list.dataset.next = next + 1;
  list.querySelector(":scope > [data-row-list]").append(row);
  start(row);
  settle(list);
  window.htmx?.process(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
};

const remove = (row) => {
  const list = row.closest("[data-rows]");
  row.remove();
  settle(list);
  const last = rowsOf(list).at(-1);
  (last ?? list).focus();
};

// The empty row at the end is there for those who have no script; a list that holds others does not need it.
const start = (root) => {
  for (const list of root.querySelectorAll("[data-rows]")) {
    const rows = rowsOf(list);
    if (rows.length > 1) rows.find((row) => row.hasAttribute("data-extra"))?.remove();
    list.dataset.next = rowsOf(list).length;
    buttonOf(list).type = "button";
    settle(list);
  }
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-row], [data-remove-row]");
  if (!button) return;
  if (button.hasAttribute("data-add-row")) add(button.closest("[data-rows]"));
  else remove(button.closest("[data-row]"));
});
start(document);
