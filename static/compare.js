// Controls of the comparison: a change is written into the address, and the page is brought up to date in
// place. Without this script the same controls are a form (GET), and column heads are links.

import { refresh } from "./patch.js";

const OF_TABLE = ["sort", "columns", "mode", "marks"];

export function wireCompare() {
  const form = document.getElementById("compare-form");
  if (!form) return;
  document.addEventListener("change", ({ target }) => {
    if (target.form === form) go(target.name, valueOf(target), usualOf(target));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#compare-table a.sort");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const asked = new URL(link.href).searchParams.get("sort");
    go("sort", asked, "").then(() => refocus(asked));
  });
  addEventListener("popstate", () => location.reload());
  const early = [...form.elements].find((control) => control.name && !isAsLoaded(control));
  if (early) go(early.name, valueOf(early), usualOf(early));
}

// Whether nobody has changed the control, which could be done before this script was there.
function isAsLoaded(control) {
  if (control.type === "checkbox") return control.checked === control.defaultChecked;
  if (!control.options) return control.value === control.defaultValue;
  const options = [...control.options];
  return control.value === (options.find((one) => one.defaultSelected) ?? options[0]).value;
}

function valueOf(control) {
  if (control.type !== "checkbox") return control.value;
  const ticked = [...control.closest("fieldset").querySelectorAll(":checked")].map((box) => box.value);
  return ticked.join(",") || "none";
}

function usualOf(control) {
  return (control.type === "checkbox" ? control.closest("fieldset") : control).dataset.usual;
}

async function go(name, value, usual) {
  const url = new URL(location.href);
  if (value === usual) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  url.hash = "";
  history.pushState(null, "", url.href.replaceAll("%2C", ","));
  document.body.setAttribute("aria-busy", "true");
  try {
    if (!(await refresh())) location.reload();
  } finally {
    document.body.removeAttribute("aria-busy");
  }
  if (!OF_TABLE.includes(name)) document.dispatchEvent(new CustomEvent("figures-changed"));
}

// The link that was followed was replaced by one that sorts the other way round.
function refocus(asked) {
  const key = asked.replace(/^-/, "");
  const links = [...document.querySelectorAll("#compare-table a.sort")];
  links.find((link) => new URL(link.href).searchParams.get("sort").replace(/^-/, "") === key)?.focus();
}
