// The words around a plot: label, note, and its data as a table, which is fetched when it is opened after an update.

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
  details.ontoggle = () => details.open && details.stale && fetchTable(details);
}

async function fetchTable(details) {
  details.stale = false;
  const answer = await fetch(details.dataset.table).catch(() => null);
  if (!answer?.ok) return;
  const text = await answer.text();
  const { scrollTop, scrollLeft } = details.querySelector(".scroll") ?? {};
  details.querySelector(".plot-table").outerHTML = text;
  details.querySelector(".scroll")?.scrollTo(scrollLeft, scrollTop);
}
