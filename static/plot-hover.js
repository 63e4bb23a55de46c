// What a cell of a large heat map says under the pointer. A text for each of a million cells would be 75 MB, so
// the server sends the words of rows, columns and values once (app/figures/matrix.py) and they meet here. Where
// a click on it leads: plot-open.js.

import { openOnClick } from "./plot-open.js";

export function tellCells(box) {
  openOnClick(box);
  box.on("plotly_hover", ({ points: [point], event }) => {
    const cells = point.data.meta?.cells;
    if (cells) show(box, event, said(point, cells));
  });
  box.on("plotly_unhover", () => box.querySelector(".plot-hover")?.remove());
}

function said({ pointIndex: [row, column], z, customdata }, { rows, columns, words, low, after, turned }) {
  const value = words ? words[(turned && row !== column ? -z : z) - low] : `${customdata}${after[row]}`;
  return `${rows[row]}, ${columns[column]}\n${value}`;
}

function show(box, event, text) {
  const label = box.querySelector(".plot-hover") ?? box.appendChild(document.createElement("div"));
  const { left, top, width } = box.getBoundingClientRect();
  const x = event.clientX - left;
  label.className = "plot-hover";
  label.textContent = text;
  label.style.top = `${event.clientY - top}px`;
  label.style.left = x < width / 2 ? `${x + 12}px` : "auto";
  label.style.right = x < width / 2 ? "auto" : `${width - x + 12}px`;
}
