// Plotly's figures: the library is loaded after the text, each figure is fetched as JSON in the page's
// theme and drawn into its box; later versions keep the reader's zoom. Toolbar: plot-tools.js.

import { currentTheme } from "./theme-toggle.js";
import { tellCells } from "./plot-hover.js";
import { addTools } from "./plot-tools.js";
import { keepPaper, wirePaper } from "./plot-paper.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const NARROW = 520;
const BOTTOM = 46; // Margin below a plot without a legend, as in app/figures/layout.py.
const TOUCH = matchMedia("(pointer: coarse)").matches;
const AHEAD = 500; // Pixels from the window within which a figure is drawn at once.
const later = window.requestIdleCallback ?? ((act) => setTimeout(act, 200));
let library = null;
let watcher = null;

export function wirePlots() {
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
}

function start() {
  watcher = new IntersectionObserver(seen, { rootMargin: `${AHEAD}px` });
  drawAll();
  document.addEventListener("figures-changed", drawAll);
  document.addEventListener("theme-changed", drawAll);
  wirePaper(boxes, (box) => draw(box));
}

// A figure is drawn when it comes near the window; the rest follow one by one when the browser is idle, so
// that the page can be printed. One that is out of sight when its data change waits until it is near again.
function seen(entries) {
  for (const { target, isIntersecting } of entries) {
    target.near = isIntersecting;
    if (isIntersecting && target.stale) draw(target);
  }
  later(drawNext);
}

async function drawNext() {
  const rest = boxes().find((box) => box.stale && !box.turn);
  if (!rest) return;
  await draw(rest);
  later(drawNext);
}

export function boxes() {
  return [...document.querySelectorAll("[data-figure]")];
}

// Boxes that came with a live update are watched from then on; watching one twice is watching it once.
function drawAll() {
  for (const box of boxes()) {
    box.stale = true;
    watcher.observe(box);
    if (box.near) draw(box);
  }
}

async function draw(box) {
  const turn = (box.turn = (box.turn ?? 0) + 1);
  box.stale = false;
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
  const tell = (setting) => document.dispatchEvent(new CustomEvent("setting-hover", { detail: setting }));
  box.on("plotly_hover", (event) => tell(settingAt(event.points[0])));
  box.on("plotly_unhover", () => tell(null));
  tellCells(box);
}

// The setting that a point belongs to: the group of its trace, or the row of a heat map.
function settingAt(point) {
  return point.data.meta?.settings?.[point.y] ?? (point.data.legendgroup || null);
}

// What "Reset" goes back to: the ranges that the server chose.
function ranges(layout) {
  const axes = Object.entries(layout).filter(([name, axis]) => /^[xy]axis/.test(name) && axis.range);
  return Object.fromEntries(axes.map(([name, axis]) => [`${name}.range`, [...axis.range]]));
}

// A narrow plot keeps its width: labels at line ends give way to a legend below, cells get smaller figures,
// ticks keep the first of their lines.
function fitted(asked, traces, width) {
  if (width >= NARROW) return asked;
  const wide = levelled(asked, width);
  const ticktext = wide.xaxis?.ticktext?.map((text) => text.split("<br>")[0]);
  const layout = ticktext ? { ...wide, xaxis: { ...wide.xaxis, ticktext } } : wide;
  for (const trace of traces) if (trace.type === "heatmap") trace.textfont = { ...trace.textfont, size: 8 };
  const rest = (layout.annotations ?? []).filter((note) => note.name !== "end-label");
  const labelled = rest.length < (layout.annotations ?? []).length;
  if (!labelled && !layout.showlegend) return layout;
  const entries = traces.filter((trace) => trace.showlegend !== false);
  const longest = Math.max(...entries.map((trace) => trace.name.length));
  const columns = Math.max(1, Math.floor((width - 70) / (45 + 7 * longest)));
  const extra = 20 * Math.ceil(entries.length / columns) + 12;
  const height = layout.height - (layout.margin.b - BOTTOM) + extra;
  const legend = { ...layout.legend, entrywidth: 7 * longest };
  const margin = { ...layout.margin, r: 12, b: BOTTOM + extra };
  return { ...layout, annotations: rest, showlegend: true, legend, height, margin };
}

// Where both axes have one scale the height follows the width, so that nothing is left over above and below.
function levelled(layout, width) {
  const { xaxis, yaxis, margin } = layout;
  if (!yaxis?.scaleanchor) return layout;
  const [across, up] = [xaxis, yaxis].map(({ range }) => range[1] - range[0]);
  const height = ((width - margin.l - margin.r) * up) / across + margin.t + margin.b;
  return { ...layout, height: Math.min(layout.height, height) };
}

function fail(box, error) {
  box.textContent = `The plot could not be drawn: ${error.message}. Its numbers are in the table below.`;
  box.classList.add("plot-failed");
}

export function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.querySelector('meta[name="plotly"]').content;
    script.onload = resolve;
    script.onerror = () => reject(new Error("the plotting library did not arrive"));
    document.head.append(script);
  });
  return library;
}
