// The plots of a saved report: Plotly and the figures stand in the file itself, nothing is fetched.

const SHEET = 680; // Pixels between the margins of A4 (report.css).
const CONFIG = {
  displaylogo: false,
  responsive: true,
  modeBarButtons: [["toImage", "zoom2d", "resetScale2d"]],
  toImageButtonOptions: { format: "svg" },
};

const boxes = [...document.querySelectorAll("[data-plot]")];
const plots = JSON.parse(document.getElementById("plots").textContent);

for (const box of boxes) {
  const { data, layout } = plots[box.dataset.plot];
  CONFIG.toImageButtonOptions.filename = box.dataset.plot;
  window.Plotly.newPlot(box, data, layout, structuredClone(CONFIG)).then(() => box.classList.add("drawn"));
}

addEventListener("beforeprint", () => boxes.forEach((box) => window.Plotly.relayout(box, { width: SHEET })));
addEventListener("afterprint", () => boxes.forEach((box) => window.Plotly.relayout(box, { width: null, autosize: true })));
