// The form of a new run: whatever is typed is sent for a preview, and the page is patched with the answer.
// The server reads the form in one place, so preview, refusals and launch cannot disagree.

import { apply } from "./patch.js";
import { follow } from "./typing.js";

const PAUSE = 180;

export function wireLaunch() {
  const form = document.getElementById("launch");
  if (!form) return;
  for (const choice of form.querySelectorAll("select:has([data-sets])")) wireSets(choice);
  follow(form, PAUSE, show, ["input", "change"]);
  form.addEventListener("submit", () => setTimeout(() => lock(form), 0));
  addEventListener("pageshow", () => unlock(form));
}

// While a field is refused the last good preview stays, paler: nothing jumps while somebody types.
function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const valid = fresh.getElementById("preview").dataset.valid === "true";
  const parts = ["preview", "preview-pictures"].map((id) => document.getElementById(id));
  for (const part of parts) part.toggleAttribute("data-keep", !valid);
  apply(text);
  for (const folded of document.querySelectorAll("details.fold")) {
    if (folded.querySelector(".refused, .was")) folded.open = true;
  }
  for (const part of parts) part.classList.toggle("stale", !valid);
  document.getElementById("launch-note").replaceChildren(...fresh.getElementById("launch-note").childNodes);
}

// A word that goes with a value of another field ("data.imbalance=none") brings it along, where the word before
// went with another one.
function wireSets(choice) {
  const told = () => choice.selectedOptions[0]?.dataset.sets ?? "";
  let before = told();
  choice.addEventListener("change", () => {
    const [path, value] = told().split("=");
    const field = path && told() !== before ? choice.form.elements[path] : null;
    if (field) field.value = value;
    before = told();
  });
}

function lock(form) {
  for (const button of form.querySelectorAll("button")) button.disabled = true;
}

function unlock(form) {
  for (const button of form.querySelectorAll("button")) button.disabled = false;
}
