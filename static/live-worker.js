// The one stream of a browser: open while a page that is seen listens, its events handed to the pages they are for.
// The latest are kept, so that a page that was loaded a moment ago hears those that came in between.

const KINDS = ["batch", "log", "started", "begun", "epoch", "piece", "checkpoint", "finished", "stopped", "failed", "state"];
const MOST_KEPT = 300;
const AGAIN = 5000;
const pages = new Map(); // A page's port -> the run that it is about, null for all.
let stream = null;
let kept = [];
let since = 0; // All events with a higher number, up to the latest, are kept.
let latest = 0;
let again = 0;

self.addEventListener("connect", ({ ports: [port] }) => {
  port.onmessage = ({ data }) => (data.act === "join" ? join(port, data) : leave(port));
});

function join(port, { url, after, run }) {
  pages.set(port, run);
  if (!stream) {
    if (!again) open(url, after);
  } else if (after !== null && after < since) {
    port.postMessage({ kind: "missed" });
  } else {
    for (const event of kept) if (after !== null && event.id > after) give(port, run, event);
  }
}

function leave(port) {
  pages.delete(port);
  if (pages.size) return;
  stream?.close();
  clearTimeout(again);
  [stream, again] = [null, 0];
}

function open(url, after) {
  kept = [];
  since = latest = after ?? 0;
  again = 0;
  stream = new EventSource(`${url}?words=true${after === null ? "" : `&after=${after}`}`);
  for (const kind of KINDS) stream.addEventListener(kind, told);
  stream.addEventListener("error", () => {
    if (stream.readyState !== EventSource.CLOSED) return;
    stream = null;
    again = setTimeout(() => {
      for (const port of pages.keys()) port.postMessage({ kind: "missed" });
      open(url, latest || null);
    }, AGAIN);
  });
}

function told({ type, data, lastEventId }) {
  const { run_id: run, words } = JSON.parse(data);
  const event = { kind: type, id: Number(lastEventId), run, words };
  latest = event.id;
  kept.push(event);
  if (kept.length > MOST_KEPT) since = kept.shift().id;
  for (const [port, about] of pages) give(port, about, event);
}

function give(port, about, event) {
  if (about === null || about === event.run) port.postMessage(event);
}
