// The log: follows while the run writes, and can be searched. Text stays text.

const PAUSE = 2000;
const MOST_MARKS = 2000;

export function wireLog() {
  const box = document.getElementById("log-text");
  if (!box) return;
  const log = { box, text: box.textContent, after: Number(box.dataset.after) };
  const search = document.getElementById("log-search");
  search.addEventListener("input", () => show(log, search.value));
  bottom(box);
  if (box.dataset.ended === "true") return;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const ended = await more(log).catch(() => false);
    show(log, search.value);
    if (ended) clearInterval(timer);
  }, PAUSE);
}

async function more(log) {
  const answer = await fetch(`${log.box.dataset.url}?after=${log.after}`);
  if (!answer.ok) return answer.status === 404;
  const { text, next_after: after, ended } = await answer.json();
  log.text += text;
  log.after = after;
  if (log.text) document.getElementById("log-empty")?.remove();
  return ended && !text;
}

function show(log, words) {
  const found = document.getElementById("log-found");
  const follow = document.getElementById("log-follow").checked && !words;
  if (!words) {
    found.textContent = "";
    if (log.box.textContent !== log.text) log.box.textContent = log.text;
  } else {
    const lines = log.text.split("\n");
    const hits = lines.filter((line) => line.toLowerCase().includes(words.toLowerCase()));
    found.textContent = `${hits.length} of ${lines.length} lines`;
    log.box.replaceChildren(...hits.slice(-MOST_MARKS).flatMap((line) => marked(line, words)));
  }
  if (follow) bottom(log.box);
}

function marked(line, words) {
  const parts = [];
  const low = line.toLowerCase();
  let from = 0;
  for (let at = low.indexOf(words.toLowerCase()); at >= 0; at = low.indexOf(words.toLowerCase(), from)) {
    const mark = document.createElement("mark");
    mark.textContent = line.slice(at, at + words.length);
    parts.push(line.slice(from, at), mark);
    from = at + words.length;
  }
  return [...parts, `${line.slice(from)}\n`];
}

function bottom(box) {
  box.scrollTop = box.scrollHeight;
}
