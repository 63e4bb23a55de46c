// The words around a plot: label, note, and its data as a table. That is fetched when it is opened: a large one,
// which is not in the page, and any after an update.

export function relabel(box, { label, note }) {
  box.setAttribute("aria-label", label);
  const place = box.closest("figure").querySelector(".plot-note");
  if (place) place.textContent = note;
}

// The table is of an earlier epoch: an open one is fetched now, a closed one when it is opened.
export function outdate(figure) {
  const details = figure.querySelector("details[data-table]");
  if (!details) return;
  details.stale = true;
  if (details.open) fetchTable(details);
}

const isLacking = (details) => details.stale || details.querySelector("[data-later]");

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open && target.dataset.table && isLacking(target)) fetchTable(target);
  },
  true,
);

async function fetchTable(details) {
  details.stale = false;
  const answer = await fetch(details.dataset.table).catch(() => null);
  if (!answer?.ok) return;
  const text = await answer.text();
  const { scrollTop, scrollLeft } = details.querySelector(".scroll") ?? {};
  details.querySelector(".plot-table").outerHTML = text;
  details.querySelector(".scroll")?.scrollTo(scrollLeft, scrollTop);
  document.dispatchEvent(new CustomEvent("table-came"));
}
