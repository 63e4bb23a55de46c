// Keys: / search, n new run, j k move, arrows among images, x tick, s show beside the list, c compare, Esc close,
// ? help. Silent while somebody types.

export function wireKeys() {
  const help = document.getElementById("help");
  document.getElementById("help-open")?.addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || help?.open) return;
    const act = ACTIONS[event.key];
    if (act?.(help)) event.preventDefault();
  });
}

const ACTIONS = {
  "/": () => focusOn(document.querySelector('[data-key="/"]')) || visit("/runs?q="),
  n: () => press("n"),
  c: () => press("c"),
  j: () => press("j") || move(1),
  k: () => press("k") || move(-1),
  Escape: () => press("Escape"),
  ArrowRight: () => walk(1),
  ArrowLeft: () => walk(-1),
  ArrowDown: () => walk(columns()),
  ArrowUp: () => walk(-columns()),
  x: () => tick(),
  s: () => peek(),
  "?": (help) => (help?.showModal(), true),
};

function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");
}

function focusOn(element) {
  element?.focus();
  element?.select?.();
  return Boolean(element);
}

function press(key) {
  const element = document.querySelector(`[data-key="${key}"]`);
  if (!element || element.closest(".bulk:not(.shown)")) return false;
  element.click();
  return true;
}

function visit(path) {
  location.assign(document.body.dataset.root + path);
  return true;
}

function links() {
  return [...document.querySelectorAll("[data-row] .run-name, [data-step]")];
}

function current() {
  return document.activeElement?.closest?.("[data-row], [data-step]");
}

// Arrows move among images once one of them has the focus; until then they scroll.
function walk(by) {
  return current()?.matches("[data-step]") ? move(by) : false;
}

function columns() {
  const all = links(), top = all[0]?.offsetTop;
  return Math.max(1, all.filter((link) => link.offsetTop === top).length);
}

function move(step) {
  const all = links();
  if (!all.length) return false;
  const at = all.findIndex((link) => link.closest("[data-row], [data-step]") === current());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

function tick() {
  const box = current()?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

function peek() {
  const link = current()?.querySelector("[data-peek]");
  link?.click();
  return Boolean(link);
}
