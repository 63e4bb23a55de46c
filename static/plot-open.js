// A click on a cell or a bar leads to the images behind it, where the figure says so (app/figures/opening.py).

export function openOnClick(box) {
  box.on("plotly_hover", () => box.classList.toggle("opens", Boolean(box.layout.meta?.opens)));
  box.on("plotly_click", ({ points: [point], event }) => {
    const opens = box.layout.meta?.opens;
    if (!opens || (opens.y && point.data.type !== "heatmap")) return;
    const address = addressOf(opens, point);
    if (event.ctrlKey || event.metaKey) open(address);
    else location.assign(address);
  });
}

export function addressOf({ path, classes, x, y }, point) {
  const start = `${document.body.dataset.root ?? ""}${path}&`;
  if (!classes) return `${start}image=${point.customdata}#open`;
  return `${start}${x}=${classes[point.x]}${y ? `&${y}=${classes[point.y]}` : ""}`;
}
