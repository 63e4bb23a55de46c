// A calculator's page: what is typed goes into the address, and the page is patched with the server's answer.
// The field with the focus lights up the parts of the picture that are marked with its name (data-part).

import { apply } from "../patch.js";

const PAUSE = 200;

export function wireTheory() {
  const form = document.getElementById("theory");
  if (!form) return;
  let timer = 0;
  let turn = 0;
  const work = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++turn;
      const query = typed(form).toString();
      const address = form.action + (query && `?${query}`);
      const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
      if (!answer || mine !== turn || ![200, 422].includes(answer.status)) return;
      history.replaceState(null, "", address);
      show(await answer.text());
    }, pause);
  };
  form.addEventListener("input", (event) => fills(event.target) || work(PAUSE));
  form.addEventListener("change", (event) => fills(event.target) || work(0));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (asksToFill(event.submitter)) fill(form);
    else work(0);
  });
  form.addEventListener("focusin", (event) => light(event.target.name));
  form.addEventListener("focusout", () => light(null));
  document.addEventListener("click", follow);
}

// A link with data-go is a value of the hidden field data-field: the page is patched, so that place and focus stay.
function follow(event) {
  const link = event.target.closest("a[data-go]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  point(link.dataset.field, link.dataset.go);
}

export function point(name, value) {
  const field = document.querySelector(`#theory input[type=hidden][name=${name}]`);
  if (field.value === String(value)) return;
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

// What names a run or a data set is not worked out while it is typed: it is asked for, and fills the form anew.
function fills(control) {
  return control.hasAttribute("data-fills");
}

// Enter in a field names the form's first button as the one pressed, whichever it is.
function asksToFill(pressed) {
  const active = document.activeElement;
  return fills(active) || (pressed?.hasAttribute("data-fill") && !active.name);
}

function fill(form) {
  location.assign(`${form.action}?${typed(form, () => true)}`);
}

// Fields at their default are left out of the address.
function typed(form, wanted = (control) => !fills(control)) {
  const query = new URLSearchParams();
  for (const control of form.elements) {
    if (!control.name || !wanted(control)) continue;
    const value = control.type === "checkbox" && !control.checked ? "" : control.value;
    if (value !== control.dataset.default) query.set(control.name, value);
  }
  return query;
}

// While a field is refused the last good answer stays, paler: nothing jumps while somebody types.
function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const valid = fresh.getElementById("answer")?.dataset.valid === "true";
  for (const id of ["answer", "below"]) {
    const part = document.getElementById(id);
    part.toggleAttribute("data-keep", !valid);
    part.classList.toggle("stale", !valid);
  }
  mark(fresh);
  apply(text);
  document.dispatchEvent(new CustomEvent("figures-changed"));
}

function mark(fresh) {
  for (const control of document.querySelectorAll("#theory [id]")) {
    const other = fresh.getElementById(control.id);
    if (other && "name" in control && control.name) {
      if (other.hasAttribute("aria-invalid")) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }
}

function light(name) {
  for (const part of document.querySelectorAll("[data-part]")) {
    part.classList.toggle("lit-part", Boolean(name) && part.dataset.part.split(" ").includes(name));
  }
}
