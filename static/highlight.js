// Comparison: a setting under the pointer (or with focus), in a table or a plot, is brought out everywhere.

import { boxes } from "./plots.js";

const FAINT = 0.15;

export function wireHighlight() {
  if (!document.getElementById("compare-table")) return;
  for (const [enter, leave] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    document.addEventListener(enter, (event) => {
      const row = event.target.closest?.("tr[data-setting]");
      if (row) light(row.dataset.setting);
    });
    document.addEventListener(leave, (event) => {
      if (event.target.closest?.("tr[data-setting]")) light(null);
    });
  }
  document.addEventListener("setting-hover", ({ detail }) => markRows(detail));
}

function light(setting) {
  markRows(setting);
  const drawn = boxes().filter((box) => box.near && box.classList.contains("drawn"));
  for (const box of drawn) bringOut(box, setting);
}

function markRows(setting) {
  for (const row of document.querySelectorAll("tr[data-setting]")) {
    row.classList.toggle("lit", row.dataset.setting === setting);
  }
}

// Lines and points of other settings grow faint; a heat map frames the row.
function bringOut(box, setting) {
  const heat = box.data.find((trace) => trace.meta?.settings);
  if (heat) frame(box, heat.meta.settings.indexOf(setting));
  if (!box.data.some((trace) => trace.legendgroup)) return;
  const isOn = (trace) => !setting || !trace.legendgroup || trace.legendgroup === setting;
  window.Plotly.restyle(box, { opacity: box.data.map((trace) => (isOn(trace) ? 1 : FAINT)) });
}

function frame(box, row) {
  const others = (box.layout.shapes ?? []).filter((shape) => shape.name !== "lit");
  const line = { color: box.layout.font.color, width: 2 };
  const edges = { xref: "paper", x0: 0, x1: 1, y0: row - 0.5, y1: row + 0.5 };
  const lit = row < 0 ? [] : [{ type: "rect", name: "lit", line, ...edges }];
  if (lit.length || others.length < (box.layout.shapes ?? []).length) {
    window.Plotly.relayout(box, { shapes: [...others, ...lit] });
  }
}
