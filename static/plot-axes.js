// Figures of one page with the same x axis show the same stretch of it: a zoom in one is followed by the others,
// also by those that are drawn later. Axes are the same where their titles are.

const shown = new Map(); // Title -> range; none where the reader has not zoomed.

function titleOf(box) {
  return box.layout.xaxis?.title?.text ?? "";
}

// Told after each change of a plot's layout.
export function shareZoom(box, boxes) {
  const title = titleOf(box), home = box.home["xaxis.range"];
  if (!title || !home || box.isFollowing) return;
  const { range } = box.layout.xaxis;
  const known = shown.get(title) ?? home;
  if (isSame(range, known)) return;
  if (isSame(range, home)) shown.delete(title);
  else shown.set(title, [...range]);
  for (const other of boxes) if (other !== box && titleOf(other) === title) follow(other);
}

// The stretch that the reader looks at elsewhere, or all of it.
export async function follow(box) {
  const home = box.home["xaxis.range"], range = shown.get(titleOf(box)) ?? home;
  if (!range || isSame(range, box.layout.xaxis.range)) return;
  box.isFollowing = true;
  try {
    await window.Plotly.relayout(box, { "xaxis.range": [...range] });
  } finally {
    box.isFollowing = false;
  }
}

function isSame(one, other) {
  const size = Math.abs(other[1] - other[0]);
  return one.every((end, at) => Math.abs(end - other[at]) <= 0.001 * size);
}
