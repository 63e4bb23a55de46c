// The search: what could be typed next, as a list to choose from by key or mouse; a search that cannot be read
// is told of below its box, and the list behind it stays.

const PAUSE = 90;

export function wireSearch() {
  const box = document.querySelector("[data-search]");
  if (!box) return;
  const list = document.createElement("ul");
  list.id = `${box.id}-list`;
  list.className = "search-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What could stand here");
  box.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) box.setAttribute(name, value);
  wireList(box, list);
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(box).catch(() => box.form.submit());
  });
}

function wireList(box, list) {
  let offered = null;
  let active = -1;
  let timer = 0;
  let turn = 0;

  const close = () => {
    turn++;
    clearTimeout(timer);
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    activate(-1);
  };
  const activate = (at) => {
    active = at;
    [...list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const look = () => {
    clearTimeout(timer);
    const mine = ++turn;
    timer = setTimeout(async () => {
      const found = await offers(box).catch(() => null);
      if (mine !== turn || document.activeElement !== box) return;
      if (!found?.items.length) return close();
      offered = found;
      list.replaceChildren(...found.items.map((item, i) => option(list, item, i)));
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      activate(-1);
    }, PAUSE);
  };
  const accept = (at) => {
    box.setRangeText(offered.items[at].text, offered.start, offered.end, "end");
    look();
  };

  box.addEventListener("input", look);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 }, open = !list.hidden;
    if (event.key in steps && !event.altKey) {
      event.preventDefault();
      if (!open) return look();
      const size = list.children.length + 1;
      activate(((active + 1 + steps[event.key] + size) % size) - 1);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && open && active >= 0) {
      event.preventDefault();
      accept(active);
    } else if (event.key === "Enter") {
      close();
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the box keeps the focus
    const chosen = event.target.closest("[role=option]");
    if (chosen) accept([...list.children].indexOf(chosen));
  });
}

async function offers(box) {
  const asked = new URLSearchParams({ q: box.value, at: box.selectionStart });
  const answer = await fetch(`${document.body.dataset.root}/api/v1/search/completions?${asked}`);
  return answer.ok ? answer.json() : null;
}

function option(list, item, at) {
  const made = document.createElement("li"), text = document.createElement("span"), about = document.createElement("span");
  made.id = `${list.id}-${at}`;
  made.setAttribute("role", "option");
  text.textContent = item.text;
  about.textContent = item.about;
  about.className = "muted";
  made.append(text, about);
  return made;
}

// Ask whether the search can be read before the page is left for what it finds.
async function submit(box) {
  const answer = await fetch(`${document.body.dataset.root}/api/v1/runs?${new URLSearchParams({ q: box.value, limit: 1 })}`);
  const error = answer.status === 422 ? (await answer.json()).error : null;
  if (error?.position === undefined) return box.form.submit();
  box.setAttribute("aria-invalid", "true");
  document.getElementById(`${box.id}-problem`).replaceChildren(...told(box, error));
  box.focus();
  box.setSelectionRange(error.position, error.position + error.length);
}

function told(box, error) {
  const shown = document.createElement("code"), mark = document.createElement("mark"), said = document.createElement("span");
  const end = error.position + error.length;
  mark.textContent = error.query.slice(error.position, end) || " ";
  shown.append(error.query.slice(0, error.position), mark, error.query.slice(end));
  said.textContent = `${error.message} ${error.hint}`;
  return [shown, said, ...error.readings.map((reading) => link(box, reading))];
}

// The same list with another search.
function link(box, reading) {
  const made = document.createElement("a"), words = new URLSearchParams(new FormData(box.form));
  words.set("q", reading);
  made.href = `${box.form.getAttribute("action")}?${words}`;
  made.textContent = reading;
  return made;
}
