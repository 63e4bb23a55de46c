// The page of a convolution's matrix: another row by link, arrow keys or a click on the picture of A. The row
// is a hidden field of the form, so that theory.js fetches and shows it like anything else that is typed.

export function wireConv() {
  const field = document.querySelector("#theory[action$='/theory/conv-matrix'] input[name=row]");
  if (!field) return;
  const go = (row) => {
    if (field.value === String(row)) return;
    field.value = row;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // A click's place is rounded to whole pixels, a pointer's is not: the row that was named is the one to go to.
  let under = null;
  for (const kind of ["pointermove", "pointerdown"]) {
    document.addEventListener(kind, (event) => hover((under = rowUnder(event))));
  }
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-go]");
    const row = link ? link.dataset.go : event.target.closest("#conv-heat") ? under : null;
    if (row === null) return;
    event.preventDefault();
    go(row);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest?.("#conv-step, #matrix a[data-go]")) return;
    const link = document.querySelector(`#conv-step [data-step="${event.key}"]`);
    if (link) go(link.dataset.go);
    if (link || event.key.startsWith("Arrow")) event.preventDefault();
  });
}

// Row of the large A under the pointer; null elsewhere.
function rowUnder(event) {
  const heat = event.target.closest?.("#conv-heat");
  if (!heat) return null;
  const box = heat.getBoundingClientRect();
  const rows = Number(heat.dataset.rows);
  return Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows)));
}

function hover(row) {
  const mark = document.getElementById("heat-hover");
  if (!mark) return;
  mark.setAttribute("y", row ?? 0);
  mark.setAttribute("height", row === null ? 0 : mark.previousElementSibling.getAttribute("height"));
  const name = document.getElementById("heat-name");
  name.textContent = row === null ? "" : `Under the pointer: row ${row}, ${outputName(row)}.`;
}

function outputName(row) {
  const { height, width, channels } = document.getElementById("conv-heat").dataset;
  const place = row % (height * width);
  const at = [Math.floor(place / width), place % width];
  return `y(${(channels === "1" ? at : [Math.floor(row / (height * width)), ...at]).join(",")})`;
}
