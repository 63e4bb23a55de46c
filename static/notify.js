// Tells by the browser's own notification when what somebody waits for has ended, while no page is in view. What
// is waited for is kept in the browser, so that any open page of the board looks for it; the notification's tag
// makes one of what several pages say.

const KEY = "betaboard-notify";
const PAUSE = 10_000;
const ENDED = ["completed", "failed", "crashed", "canceled"];
const WORDS = { on: "You will be told", off: "Tell me when it ends", no: "The browser does not allow it" };

// Kind -> what to say once it has ended, of the answer at its address; "" while it has not.
const SAYS = {
  run: (run) => (ENDED.includes(run.state) ? `Run ${run.id} is ${run.state}` : ""),
  sweep: ({ id, counts }) =>
    counts.running + counts.queued ? "" : `Sweep ${id} has ended: ${counts.completed} of ${counts.total} completed`,
  queue: (queue) => (queue.running.length + queue.total ? "" : "The queue is empty"),
};

export function wireNotify() {
  if (!("Notification" in window)) return;
  document.documentElement.classList.add("can-notify");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-notify]");
    if (button) toggle(button);
  });
  show();
  document.addEventListener("page-patched", show);
  setInterval(() => document.hidden && look(), PAUSE);
}

async function toggle(button) {
  const { notify: kind, url, page } = button.dataset;
  const wanted = read();
  if (wanted[url]) delete wanted[url];
  else if ((await Notification.requestPermission()) === "granted") wanted[url] = { kind, page };
  else return say(button, "no");
  write(wanted);
  show();
}

// Asks for all that is waited for; what has ended is told, unless a page is in view, and then forgotten.
export async function look() {
  const wanted = read();
  for (const [url, { kind, page }] of Object.entries(wanted)) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || (!answer.ok && answer.status !== 404)) continue;
    const said = answer.ok ? SAYS[kind](await answer.json()) : "It was deleted";
    if (!said) continue;
    write({ ...read(), [url]: undefined });
    if (document.hidden) tell(said, page);
  }
}

function tell(text, page) {
  const note = new Notification("betaboard", { body: text, tag: page });
  note.addEventListener("click", () => {
    window.focus();
    location.assign(page);
  });
}

function show() {
  const wanted = read();
  for (const button of document.querySelectorAll("[data-notify]")) say(button, wanted[button.dataset.url] ? "on" : "off");
}

function say(button, word) {
  button.setAttribute("aria-pressed", String(word === "on"));
  if (button.dataset.words !== "none") button.textContent = WORDS[word];
  button.title = word === "no" ? `${WORDS.no}: allow notifications for this page in its settings` : button.dataset.about;
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function write(wanted) {
  try {
    localStorage.setItem(KEY, JSON.stringify(wanted));
  } catch {
    // Storage is switched off: nothing is waited for.
  }
}
