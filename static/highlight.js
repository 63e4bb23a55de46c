// Comparison: a row under the pointer (or with focus) brings its setting out in table and plots.

import { emphasise } from "./plots.js";

export function wireHighlight() {
  const table = document.getElementById("compare-table");
  if (!table) return;
  for (const [enter, leave] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    table.addEventListener(enter, (event) => light(table, event.target.closest("tr[data-setting]")));
    table.addEventListener(leave, () => light(table, null));
  }
}

function light(table, row) {
  const rows = [...table.querySelectorAll("tr[data-setting]")];
  const setting = row?.dataset.setting;
  for (const other of rows) other.classList.toggle("lit", Boolean(setting) && other.dataset.setting === setting);
  emphasise(rows.map((other) => !setting || other.dataset.setting === setting));
}
