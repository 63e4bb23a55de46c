// Plotly's figures: the library is loaded after the text, each figure is fetched as JSON in the page's
// theme and drawn into its box; later versions keep the reader's zoom. Toolbar: plot-tools.js.

import { currentTheme } from "./theme-toggle.js";
import { addTools } from "./plot-tools.js";
import { keepPaper, wirePaper } from "./plot-paper.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const NARROW = 520;
const BOTTOM = 46; // Margin below a plot without a legend, as in app/figures/layout.py.
const TOUCH = matchMedia("(pointer: coarse)").matches;
let library = null;

export function wirePlots() {
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
}

function start() {
  drawAll();
  document.addEventListener("figures-changed", drawAll);
  document.addEventListener("theme-changed", drawAll);
  wirePaper(boxes, (box) => draw(box));
}

export function boxes() {
  return [...document.querySelectorAll("[data-figure]")];
}

async function drawAll() {
  if (!boxes().length) return;
  for (const box of boxes()) draw(box);
}

async function draw(box) {
  const turn = (box.turn = (box.turn ?? 0) + 1);
  try {
    const [answer] = await Promise.all([fetch(`${box.dataset.figure}&theme=${currentTheme()}`), load()]);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const figure = await answer.json();
    if (turn === box.turn) await react(box, figure);
  } catch (error) {
    if (!box.classList.contains("drawn")) fail(box, error);
  }
}

async function react(box, figure) {
  const layout = fitted(figure.layout, figure.data, box.clientWidth);
  box.home = ranges(layout);
  layout.dragmode = box.dragmode ?? (TOUCH ? false : "zoom");
  box.style.setProperty("--height", `${layout.height}px`);
  await window.Plotly.react(box, figure.data, layout, CONFIG);
  if (!box.classList.contains("drawn")) tellHover(box);
  box.classList.add("drawn");
  addTools(box);
  keepPaper(box);
}

function tellHover(box) {
  const tell = (index) => document.dispatchEvent(new CustomEvent("trace-hover", { detail: index }));
  box.on("plotly_hover", (event) => tell(event.points[0].curveNumber));
  box.on("plotly_unhover", () => tell(null));
}

// What "Reset" goes back to: the ranges that the server chose.
function ranges(layout) {
  const axes = Object.entries(layout).filter(([name, axis]) => /^[xy]axis/.test(name) && axis.range);
  return Object.fromEntries(axes.map(([name, axis]) => [`${name}.range`, [...axis.range]]));
}

// A narrow plot keeps its width: labels at line ends give way to a legend below, cells get smaller figures.
function fitted(layout, traces, width) {
  if (width >= NARROW) return layout;
  for (const trace of traces) if (trace.type === "heatmap") trace.textfont = { ...trace.textfont, size: 8 };
  const rest = (layout.annotations ?? []).filter((note) => note.name !== "end-label");
  const labelled = rest.length < (layout.annotations ?? []).length;
  if (!labelled && !layout.showlegend) return layout;
  const entries = traces.filter((trace) => trace.showlegend !== false);
  const longest = Math.max(...entries.map((trace) => trace.name.length));
  const columns = Math.max(1, Math.floor((width - 70) / (48 + 7 * longest)));
  const extra = 20 * Math.ceil(entries.length / columns) + 12;
  const height = layout.height - (layout.margin.b - BOTTOM) + extra;
  const legend = { ...layout.legend, entrywidth: 7 * longest };
  const margin = { ...layout.margin, r: 12, b: BOTTOM + extra };
  return { ...layout, annotations: rest, showlegend: true, legend, height, margin };
}

function fail(box, error) {
  box.textContent = `The plot could not be drawn: ${error.message}. Its numbers are in the table below.`;
  box.classList.add("plot-failed");
}

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.querySelector('meta[name="plotly"]').content;
    script.onload = resolve;
    script.onerror = () => reject(new Error("the plotting library did not arrive"));
    document.head.append(script);
  });
  return library;
}

// Brings the traces out for which `isOn` holds, in every drawn figure with a trace a row.
export function emphasise(isOn) {
  for (const box of boxes().filter((each) => each.classList.contains("drawn"))) {
    const opacity = box.data.map((_, index) => (isOn[index] === false ? 0.18 : 1));
    window.Plotly.restyle(box, { opacity });
  }
}
