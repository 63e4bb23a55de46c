// A page whose address says what it shows: when a control changes, the page is fetched at its new address and
// patched, so that place and focus stay. Controls at their default (data-default) are left out. Of a group
// whose fields have a data-key, "key:value" parts make one word of the address. Without JavaScript the same
// controls are a plain form.

import { apply } from "./patch.js";

const PAUSE = 150;
let turn = 0;
let timer = 0;

export function wireExplore() {
  for (const form of document.querySelectorAll("form[data-explore]")) {
    const asks = form.method === "get";
    const later = (pause) => {
      clearTimeout(timer);
      timer = setTimeout(() => explore(form, asks), pause);
    };
    for (const control of form.elements) {
      control.addEventListener("input", () => later(PAUSE));
      control.addEventListener("change", () => later(0));
    }
    if (asks) form.addEventListener("submit", (event) => { event.preventDefault(); later(0); });
  }
}

async function explore(form, asks) {
  tell(form);
  const mine = ++turn;
  const query = asked(form);
  const address = form.dataset.explore + (query && `?${query}`);
  if (asks) history.replaceState(null, "", address);
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || mine !== turn) return;
  apply(await answer.text());
  document.dispatchEvent(new CustomEvent("figures-changed"));
}

// The words of the address, in the order of the controls.
export function asked(form) {
  const query = new URLSearchParams();
  const parts = new Map();
  for (const control of form.elements) {
    if (!control.name || control.disabled || (control.type === "checkbox" && !control.checked)) continue;
    if (control.value === control.dataset.default || (control.dataset.key && control.value === "")) continue;
    if (control.dataset.key) parts.set(control.name, [...(parts.get(control.name) ?? []), `${control.dataset.key}:${control.value}`]);
    else query.append(control.name, control.value);
  }
  for (const [name, words] of parts) query.set(name, words.join(","));
  return query.toString();
}

// What a slider is set to stands beside it at once.
function tell(form) {
  for (const slider of form.elements) {
    if (slider.type !== "range") continue;
    const output = document.querySelector(`output[for="${slider.id}"]`);
    if (output) output.textContent = slider.value;
  }
}
