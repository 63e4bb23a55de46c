// The plots of a saved report: Plotly and the figures stand in the file itself, nothing is fetched.

import { drawInto } from "./plot-draw.js";
import { placeLabels } from "./plot-labels.js";
import { askAndSave } from "./plot-save.js";

const SHEET = 680; // Pixels between the margins of A4 (report.css).
const plots = JSON.parse(document.getElementById("plots").textContent);
const boxes = [...document.querySelectorAll("[data-plot]")];
const image = { name: "image", title: "Save as an image", icon: window.Plotly.Icons.camera, click: save };
const CONFIG = { displaylogo: false, responsive: true, modeBarButtons: [[image, "zoom2d", "resetScale2d"]] };

for (const box of boxes) {
  drawInto(box, plotOf(box), box.clientWidth, CONFIG).then(() => {
    box.on("plotly_relayout", () => placeLabels(box));
    box.classList.add("drawn");
  });
}

addEventListener("beforeprint", () => boxes.forEach((box) => window.Plotly.relayout(box, { width: SHEET })));
addEventListener("afterprint", () => boxes.forEach((box) => window.Plotly.relayout(box, { width: null, autosize: true })));

function plotOf(box) {
  return structuredClone(plots[box.dataset.plot]);
}

function save(box) {
  askAndSave({ name: box.dataset.plot, title: plotOf(box).layout.meta?.title ?? "", figure: () => plotOf(box) });
}
