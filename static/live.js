// Keeps a page of running runs up to date. A batch event brings its words with it; an epoch event makes the
// page of its run ask for the parts that changed and the figures in sight; anything else, and any event on a
// page of many runs, fetches the page again. Where events come from: live-source.js.

import { listen } from "./live-source.js";
import { apply, refresh } from "./patch.js";
import { drawAll, near, redraw } from "./plots.js";
import { currentTheme } from "./theme-toggle.js";

const SOON = 60;
const MANY_PAUSE = 1000; // Between two fetches of a page of many runs.
const SHARE = 0.05; // Of its time a page draws, so that a training on the same machine keeps its speed;
const LONGEST = 3000; // but figures are never older than this, however slow the machine.
const [NOTHING, PARTS, WHOLE] = [0, 1, 2];
let wanted = NOTHING;
let figures = false;
let timer = 0;
let fetched = 0;
let rested = 0; // When figures may be drawn again.

export function wireLive() {
  if (document.body.dataset.stream) listen(hear, () => update(WHOLE, true));
}

// `kind` of an event with `words` after a batch; "missed" where events passed unheard, "end" where none follow.
function hear(kind, id, words) {
  const run = document.body.dataset.run;
  if (kind === "batch") say(id, words);
  else if (kind === "log") return;
  else if (run && kind === "checkpoint") ask(PARTS, false);
  else ask(run && kind === "epoch" && document.querySelector("#panels .plot") ? PARTS : WHOLE, true);
}

function say(id, words) {
  if (!words) return;
  for (const element of document.querySelectorAll(`[data-run="${id}"][data-says]`)) {
    const text = words[element.dataset.says];
    if (element.dataset.says === "done") fill(element, text);
    else if (element.textContent !== text) element.textContent = text;
  }
}

function fill(bar, done) {
  bar.firstElementChild.style.setProperty("--done", done);
  if (bar.hasAttribute("aria-valuenow")) bar.setAttribute("aria-valuenow", Math.floor(100 * done));
}

function ask(level, drawn) {
  wanted = Math.max(wanted, level);
  figures ||= drawn;
  const due = Math.max(document.body.dataset.run ? 0 : fetched + MANY_PAUSE, figures ? rested : 0);
  timer ||= setTimeout(() => {
    const asked = [wanted, figures];
    [wanted, figures, timer] = [NOTHING, false, 0];
    update(...asked);
  }, Math.max(SOON, due - performance.now()));
}

async function update(level, drawn) {
  if (document.hidden) return;
  fetched = performance.now();
  const before = sentences();
  try {
    if (level === PARTS) await fetchParts(drawn);
    else if (!(await refresh())) return;
    else if (drawn) await draw(drawAll);
  } catch {
    return; // The server is away; the next event tries again.
  }
  announce(before);
}

async function draw(figuresOfPage) {
  const begun = performance.now();
  await figuresOfPage();
  const end = performance.now();
  rested = end + Math.min(LONGEST, (end - begun) * (1 / SHARE - 1));
}

async function fetchParts(drawn) {
  const asked = new URLSearchParams({ order: document.body.dataset.order, theme: currentTheme() });
  if (drawn) asked.set("figures", near().join(","));
  const { root, run } = document.body.dataset;
  const answer = await fetch(`${root}/runs/${run}/parts?${asked}`);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const parts = await answer.json();
  apply(parts.html);
  if (drawn) await draw(() => redraw(parts.figures));
}

function sentences() {
  return new Map([...document.querySelectorAll("[data-announce]")].map((at) => [at.id, at.dataset.announce]));
}

function announce(before) {
  const news = [...sentences()].filter(([id, text]) => before.has(id) && before.get(id) !== text);
  if (news.length) document.getElementById("announce").textContent = news.map(([, text]) => text).join(". ");
}
