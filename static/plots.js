// Plotly's figures: the library is loaded after the text, each figure is fetched as JSON in the page's
// theme and drawn into its box (plot-draw.js); later versions keep the reader's zoom. Toolbar: plot-tools.js.

import { follow, shareZoom } from "./plot-axes.js";
import { drawInto } from "./plot-draw.js";
import { roomFor } from "./plot-fit.js";
import { tellHover } from "./plot-hover.js";
import { placeLabels } from "./plot-labels.js";
import { keepPaper, wirePaper } from "./plot-paper.js";
import { addTools, enableTools } from "./plot-tools.js";
import { outdate, relabel } from "./plot-words.js";
import { currentTheme } from "./theme-toggle.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };
const TOUCH = matchMedia("(pointer: coarse)").matches;
const AHEAD = 500; // Pixels from the window within which a figure is drawn at once.
const later = window.requestIdleCallback ?? ((act) => setTimeout(act, 200));
let library = null;
let watcher = null;

export function wirePlots() {
  boxes().forEach(prepare);
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
}

function start() {
  watcher = new IntersectionObserver(seen, { rootMargin: `${AHEAD}px` });
  drawAll();
  document.addEventListener("figures-changed", drawAll);
  document.addEventListener("theme-changed", drawAll);
  document.addEventListener("toggle", () => later(drawNext), true); // A fold has opened.
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
  const rest = boxes().find((box) => box.stale && !box.turn && box.clientWidth);
  if (!rest) return;
  await draw(rest);
  later(drawNext);
}

export function boxes() {
  return [...document.querySelectorAll("[data-figure]")];
}

// Boxes that came with a live update are watched from then on; watching one twice is watching it once.
export function drawAll() {
  for (const box of boxes()) {
    prepare(box);
    box.stale = true;
    watcher?.observe(box); // Nothing is drawn before the page has loaded.
  }
  return Promise.all(boxes().filter((box) => box.near).map((box) => draw(box)));
}

// A box has the tools and the height of its figure before that comes: what stands below does not move then.
function prepare(box) {
  if (box.classList.contains("drawn")) return;
  addTools(box, lightFigure);
  const room = roomFor(box);
  if (room) box.style.setProperty("--height", `${room}px`);
}

async function draw(box, given) {
  if (!box.clientWidth) return void (box.stale = true); // In a fold that is closed: it waits until it is seen.
  const turn = (box.turn = (box.turn ?? 0) + 1);
  box.stale = false;
  try {
    const [figure] = await Promise.all([given ?? fetched(box), load()]);
    if (turn === box.turn) await react(box, figure);
  } catch (error) {
    if (!box.classList.contains("drawn")) fail(box, error);
  }
}

function lightFigure(box) {
  return fetched(box, "light");
}

async function fetched(box, theme = currentTheme()) {
  const answer = await fetch(`${box.dataset.figure}&theme=${theme}`);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

// Names of the figures that are near the window: what an update of the page asks for.
export function near() {
  return boxes().filter((box) => box.near).map((box) => box.dataset.name);
}

// Figures that came with an update, each with its label and note; all others wait until they are near.
export function redraw(figures) {
  const drawn = [];
  for (const box of boxes()) {
    const news = figures[box.dataset.name];
    if (news) {
      relabel(box, news);
      drawn.push(draw(box, news.figure));
    } else box.stale = true;
    outdate(box.closest("figure"));
  }
  return Promise.all(drawn);
}

async function react(box, figure) {
  await drawInto(box, figure, box.clientWidth, CONFIG, () => ({ dragmode: box.dragmode ?? (TOUCH ? false : "zoom") }));
  if (!box.classList.contains("drawn")) {
    tellHover(box);
    box.on("plotly_relayout", () => changed(box));
  }
  box.classList.add("drawn");
  await follow(box);
  enableTools(box);
  keepPaper(box, figure);
}

function changed(box) {
  shareZoom(box, boxes().filter((other) => other.classList.contains("drawn")));
  placeLabels(box);
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
