// One EventSource a page. An event says that something changed; the page is then patched from the server.
// Epochs and changes of state count at once, steps at most once a second. Without a stream: every 5 s.

import { refresh } from "./patch.js";

const SOON = 60;
const STEP_PAUSE = 1000;
const POLL_PAUSE = 5000;
const KINDS = ["started", "epoch", "checkpoint", "finished", "stopped", "failed", "state"];
const OFTEN = ["batch", "log"];

export function wireLive() {
  const url = document.body.dataset.stream;
  if (!url) return;
  let timer = 0;
  let redraw = false;
  let wanted = Infinity;
  const ask = (pause, drawAgain) => {
    redraw ||= drawAgain;
    const due = performance.now() + pause;
    if (due >= wanted) return;
    wanted = due;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      wanted = Infinity;
      const drawAgainNow = redraw;
      redraw = false;
      await update(drawAgainNow);
    }, pause);
  };
  listen(url, ask);
}

// A hidden page lets its stream go: browsers allow few connections to a server, and tabs pile up.
function listen(url, ask) {
  let source = null;
  let last = "";
  const heard = (event, pause, drawAgain) => {
    last = event.lastEventId || last;
    ask(pause, drawAgain);
  };
  const open = () => {
    source = new EventSource(last ? url.replace(/after=\d+/, `after=${last}`) : url);
    for (const kind of KINDS) source.addEventListener(kind, (event) => heard(event, SOON, true));
    for (const kind of OFTEN) source.addEventListener(kind, (event) => heard(event, STEP_PAUSE, false));
    source.addEventListener("end", () => {
      source.close();
      ask(SOON, true);
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setInterval(() => update(true), POLL_PAUSE);
    });
  };
  addEventListener("pagehide", () => source?.close());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source?.close();
    else open();
    ask(SOON, true);
  });
  if (!document.hidden) open();
}

async function update(drawAgain) {
  if (document.hidden) return;
  const before = sentences();
  try {
    if (!(await refresh())) return;
  } catch {
    return; // The server is away; the next event or poll tries again.
  }
  announce(before);
  if (drawAgain) document.dispatchEvent(new CustomEvent("figures-changed"));
}

function sentences() {
  return new Map([...document.querySelectorAll("[data-announce]")].map((at) => [at.id, at.dataset.announce]));
}

function announce(before) {
  const news = [...sentences()].filter(([id, text]) => before.has(id) && before.get(id) !== text);
  if (news.length) document.getElementById("announce").textContent = news.map(([, text]) => text).join(". ");
}
