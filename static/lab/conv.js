// The page of a convolution's matrix: another row by arrow keys or a click on the picture of A. The row is a
// hidden field of the form, so that form.js fetches and shows it like anything else that is typed.

import { point } from "./form.js";

export function wireConv() {
  if (!document.querySelector("#theory[action$='/theory/conv-matrix']")) return;
  // A click's place is rounded to whole pixels, a pointer's is not: the row that was named is the one to go to.
  let under = null;
  for (const kind of ["pointermove", "pointerdown"]) {
    document.addEventListener(kind, (event) => hover((under = rowUnder(event))));
  }
  document.addEventListener("click", (event) => {
    if (under !== null && event.target.closest("#conv-heat")) point("row", under);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const head = event.target.closest?.("#matrix a[data-go]");
    if (!head && !event.target.closest?.("#conv-step")) return;
    const link = head ? besides(head, event.key) : step(event.key);
    if (head) link?.focus();
    if (link) point("row", link.dataset.go);
    if (link || (!head && event.key.startsWith("Arrow"))) event.preventDefault();
  });
}

function step(key) {
  return document.querySelector(`#conv-step [data-step="${key}"]`);
}

// In the table of A up and down are its rows, one by one.
function besides(head, key) {
  const heads = [...document.querySelectorAll("#matrix a[data-go]")];
  const at = heads.indexOf(head);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: heads.length - 1 }[key];
  return to === undefined ? null : (heads[to] ?? head);
}

// Row of the large A under the pointer; null elsewhere.
function rowUnder(event) {
  const heat = event.target.closest?.("#conv-heat");
  if (!heat) return null;
  const box = heat.getBoundingClientRect();
  const rows = Number(heat.dataset.rows);
  return Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows)));
}

function hover(row) {
  const mark = document.getElementById("heat-hover");
  if (!mark) return;
  mark.setAttribute("y", row ?? 0);
  mark.setAttribute("height", row === null ? 0 : mark.previousElementSibling.getAttribute("height"));
  const name = document.getElementById("heat-name");
  name.textContent = row === null ? "" : `Under the pointer: row ${row}, ${outputName(row)}.`;
}

function outputName(row) {
  const { height, width, channels } = document.getElementById("conv-heat").dataset;
  const place = row % (height * width);
  const at = [Math.floor(place / width), place % width];
  return `y(${(channels === "1" ? at : [Math.floor(row / (height * width)), ...at]).join(",")})`;
}
