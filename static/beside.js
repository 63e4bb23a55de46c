// A run beside the list: its link (or s on its line) brings it without leaving the page, Escape takes it away, and
// moving along the list with j and k shows one after the other. The address says which; back and forward follow.

import { drawAll } from "./plots.js";

const PAUSE = 150; // Before the next one is fetched, while somebody moves on.
let timer = 0;

export function wireBeside() {
  if (!document.getElementById("runs-table")) return;
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  document.addEventListener("focusin", moved);
  addEventListener("popstate", () => show(location.href));
}

function clicked(event) {
  const link = event.target.closest("[data-peek], [data-unpeek]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.matches("[data-unpeek]")) close();
  else open(link);
}

function pressed(event) {
  const beside = document.getElementById("beside");
  if (event.key !== "Escape" || !beside || event.defaultPrevented) return;
  if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open], details.menu[open]")) return;
  close();
}

function moved({ target }) {
  if (!document.getElementById("beside") || !target.matches?.("[data-row] .run-name")) return;
  const link = target.closest("[data-row]").querySelector("[data-peek]");
  clearTimeout(timer);
  if (link) timer = setTimeout(() => open(link), PAUSE);
}

async function open(link) {
  if (document.getElementById("beside")?.dataset.beside === link.dataset.peek) return;
  if (await show(link.href)) history.pushState(null, "", link.href.replace(/#.*/, ""));
}

async function close() {
  clearTimeout(timer);
  const beside = document.getElementById("beside");
  const back = beside.querySelector("[data-unpeek]").href.replace(/#.*/, "");
  const line = document.querySelector(`[data-peek="${beside.dataset.beside}"]`);
  put(null);
  history.pushState(null, "", back);
  line?.focus();
}

// Whether the page at this address came; its run takes the place of the one that stands there.
async function show(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return void location.assign(address);
  put(new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("beside"));
  return true;
}

function put(fresh) {
  document.getElementById("beside")?.remove();
  for (const line of document.querySelectorAll(".is-beside")) line.classList.remove("is-beside");
  const announce = document.getElementById("announce");
  if (!fresh) return void (announce.textContent = "Closed");
  document.getElementById("main").append(document.importNode(fresh, true));
  document.getElementById(`run-${fresh.dataset.beside}`)?.classList.add("is-beside");
  announce.textContent = fresh.getAttribute("aria-label");
  drawAll();
}
