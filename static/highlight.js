// Comparison: a row under the pointer (or with focus) brings its setting out in table and plots, a line
// under the pointer its row.

import { emphasise } from "./plots.js";

export function wireHighlight() {
  const table = document.getElementById("compare-table");
  if (!table) return;
  for (const [enter, leave] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    table.addEventListener(enter, (event) => light(table, event.target.closest("tr[data-setting]")));
    table.addEventListener(leave, () => light(table, null));
  }
  document.addEventListener("trace-hover", ({ detail }) => {
    mark(table, detail === null ? null : table.querySelectorAll("tr[data-setting]")[detail]);
  });
}

function light(table, row) {
  emphasise(mark(table, row));
}

// Lights the rows of the row's setting; returns for each row whether it is of that setting (or of any).
function mark(table, row) {
  const rows = [...table.querySelectorAll("tr[data-setting]")];
  const setting = row?.dataset.setting;
  for (const other of rows) other.classList.toggle("lit", Boolean(setting) && other.dataset.setting === setting);
  return rows.map((other) => !setting || other.dataset.setting === setting);
}
