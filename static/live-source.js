// Where a page's events come from: one stream a browser, held by a shared worker (live-worker.js), since a browser
// keeps six connections to a server and tabs pile up. Without shared workers each page has its own stream, and
// once a few are open the next ones ask every 5 s. A hidden page hears nothing; seen again, it catches up.

const KINDS = ["batch", "log", "started", "begun", "epoch", "piece", "checkpoint", "finished", "stopped", "failed", "state"];
const POLL_PAUSE = 5000;
const MOST_STREAMS = 4;
const BEAT = 5000;
const MARK = "betaboard-stream-";
const ME = MARK + Math.random().toString(36).slice(2);

// `hear(kind, run, words)` is called for each event, with "missed" where some may have passed unheard; `catchUp`
// fetches the page, when it is seen again, and with it the number of the event from which it hears on.
export function listen(hear, catchUp) {
  const source = window.SharedWorker ? shared(hear) : own(hear);
  const show = async (again) => {
    if (again && !document.hidden) await catchUp();
    if (document.hidden) source.leave();
    else source.join(place());
  };
  document.addEventListener("visibilitychange", () => show(true));
  addEventListener("pagehide", () => source.leave());
  addEventListener("pageshow", ({ persisted }) => persisted && show(true));
  show(false);
}

// The page's stream, as the server wrote it and as patches renew it: address, last event, its run if it has one.
function place() {
  const url = new URL(document.body.dataset.stream, location.href);
  const after = Number(url.searchParams.get("after")) || null;
  return { url, after, run: Number(document.body.dataset.run) || null };
}

function shared(hear) {
  const version = new URL(document.querySelector('script[type="module"]').src).search;
  const { port } = new SharedWorker(new URL(`live-worker.js${version}`, import.meta.url));
  port.onmessage = ({ data }) => hear(data.kind, data.run, data.words);
  const url = `${location.origin}${document.body.dataset.root}/api/v1/stream`;
  return {
    join: ({ after, run }) => port.postMessage({ act: "join", url, after, run }),
    leave: () => port.postMessage({ act: "leave" }),
  };
}

function own(hear) {
  let source = null;
  let polling = 0;
  let beating = 0;
  const open = ({ url, after }) => {
    url.searchParams.set("words", "true");
    if (after) url.searchParams.set("after", after);
    source = new EventSource(url);
    const told = ({ type, data }) => {
      const { run_id: run, words } = JSON.parse(data);
      hear(type, run, words);
    };
    for (const kind of KINDS) source.addEventListener(kind, told);
    source.addEventListener("end", () => (source.close(), hear("end")));
    source.addEventListener("error", () => source?.readyState === EventSource.CLOSED && poll());
  };
  const poll = () => (polling ||= setInterval(() => hear("missed"), POLL_PAUSE));
  return {
    join(where) {
      if (source || polling) return;
      if (streams().length >= MOST_STREAMS) return poll();
      beat();
      beating = setInterval(beat, BEAT);
      open(where);
    },
    leave() {
      source?.close();
      clearInterval(polling);
      clearInterval(beating);
      localStorage.removeItem(ME);
      [source, polling, beating] = [null, 0, 0];
    },
  };
}

function beat() {
  localStorage.setItem(ME, String(Date.now()));
}

// The tabs that have a stream of their own: each writes down when it last was there.
function streams() {
  const fresh = (key) => Date.now() - Number(localStorage.getItem(key)) < 3 * BEAT;
  return Object.keys(localStorage).filter((key) => key.startsWith(MARK) && fresh(key));
}
