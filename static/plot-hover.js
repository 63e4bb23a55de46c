// What a plot tells under the pointer: the page, which setting it is, and of a large heat map the words of a cell.
// Where a click on it leads: plot-open.js.

import { openOnClick } from "./plot-open.js";

export function tellHover(box) {
  const tell = (setting) => document.dispatchEvent(new CustomEvent("setting-hover", { detail: setting }));
  box.on("plotly_hover", ({ points, event }) => tell(settingAt(nearest(box, points, event))));
  box.on("plotly_unhover", () => tell(null));
  tellCells(box);
}

// Of all that is read at one x, what the pointer is nearest to.
function nearest(box, points, event) {
  const height = event.clientY - box.getBoundingClientRect().top;
  const off = ({ yaxis, y }) => Math.abs(yaxis._offset + yaxis.d2p(y) - height);
  return points.length < 2 ? points[0] : points.reduce((one, other) => (off(other) < off(one) ? other : one));
}

// The setting that a point belongs to: the group of its trace, or the row of a heat map.
function settingAt(point) {
  return point.data.meta?.settings?.[point.y] ?? (point.data.legendgroup || null);
}

// A text for each of a million cells would be 75 MB, so the server sends the words of rows, columns and values once
// (app/figures/confusion.py) and they meet here.
function tellCells(box) {
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
