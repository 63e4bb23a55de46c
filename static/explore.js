// A page whose address says what it shows: when a control changes, the page is fetched at its new address and
// patched, so that place and focus stay. Controls at their default (data-default) are left out. Of a group
// whose fields have a data-key, "key:value" parts make one word of the address. Without JavaScript the same
// controls are a plain form.

import { apply } from "./patch.js";

const PAUSE = 150;
const [FIRST_WAIT, LONGEST_WAIT] = [1000, 10_000];
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

// What is shown belongs to the controls, or the page says that it does not: where they are refused, and where
// nobody answers, until somebody does.
async function explore(form, asks, wait = FIRST_WAIT) {
  tell(form);
  const mine = ++turn;
  const query = asked(form);
  const address = form.dataset.explore + (query && `?${query}`);
  if (asks) history.replaceState(null, "", address);
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  const text = (await answer?.text().catch(() => null)) ?? null;
  if (mine !== turn) return;
  const isAway = text === null || answer.status >= 500;
  say(form, isAway ? "The server does not answer; this goes on by itself once it does." : answer.ok ? "" : refusal(text));
  if (isAway) timer = setTimeout(() => explore(form, asks, Math.min(2 * wait, LONGEST_WAIT)), wait);
  if (isAway || !answer.ok) return;
  apply(text);
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

function say(form, why) {
  const old = form.querySelector(":scope > .unmoved");
  const said = why && `The figures are those of before. ${why}`;
  if (old?.textContent === said || (!old && !said)) return;
  old?.remove();
  if (!said) return;
  const note = document.createElement("p");
  note.className = "note note-bad unmoved";
  note.setAttribute("role", "status");
  note.textContent = said;
  form.append(note);
}

// The sentences of a page that says what was refused.
function refusal(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return [...page.querySelectorAll("main > p:not(:has(a)), main > .problems > li")].map((one) => one.textContent.trim()).join(" ");
}

// What a slider is set to stands beside it at once.
function tell(form) {
  for (const slider of form.elements) {
    if (slider.type !== "range") continue;
    const output = document.querySelector(`output[for="${slider.id}"]`);
    if (output) output.textContent = slider.value;
  }
}
