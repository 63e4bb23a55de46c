// The list of runs: what can be done to the ticked ones, with numbers on the buttons, what was done taken back, and
// sweeps that unfold in place. Each box says which runs it stands for and what may be done to them: "id:setting:action,action;...".

import { tellRoom } from "./bulk-room.js";
import { apply } from "./patch.js";
import { counted, MOST_COMPARED, tooMany } from "./ticks.js";

const WORDS = { archive: "Archive", restore: "Restore", retry: "Retry", cancel: "Cancel", delete: "Delete" };

export function wireBulk() {
  const form = document.getElementById("bulk-form");
  if (!form) return;
  const again = () => show(form);
  form.addEventListener("change", (event) => {
    if (event.target.type !== "checkbox") return;
    spread(form, event.target);
    say("");
    for (const question of form.querySelectorAll("#bulk-delete[open]")) question.open = false;
    again();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.value === "compare") compare(form);
    else if (event.submitter) send(form, event.submitter);
  });
  document.getElementById("bulk-undo").addEventListener("click", (event) => takeBack(form, event.target));
  document.getElementById("bulk-delete").addEventListener("toggle", ({ target }) => target.open && tellRoom(form));
  form.addEventListener("click", (event) => {
    const toggle = event.target.closest(".fold-toggle");
    if (!toggle || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    unfold(form, toggle);
  });
  document.addEventListener("page-patched", again);
  addEventListener("pageshow", again);
  again();
}

function boxes(form) {
  return [...form.elements].filter((element) => element.name === "runs" || element.name === "sweeps");
}

function children(form, sweep) {
  return boxes(form).filter((box) => box.dataset.sweep === sweep);
}

// A sweep's box goes with those of its runs, where these are listed, and theirs with it.
function spread(form, target) {
  if (target.id === "tick-all") for (const box of boxes(form)) box.checked = target.checked;
  if (target.name === "sweeps") for (const box of children(form, target.value)) box.checked = target.checked;
  const parent = boxes(form).find((box) => box.name === "sweeps" && box.value === target.dataset.sweep);
  if (parent) parent.checked = children(form, parent.value).every((box) => box.checked);
}

// Id -> {setting, may} of the ticked runs; one that is ticked twice counts once.
function ticked(form) {
  const found = new Map();
  for (const box of boxes(form).filter((each) => each.checked)) {
    for (const mark of box.dataset.runs.split(";").filter(Boolean)) {
      const [id, setting, may] = mark.split(":");
      found.set(id, { setting, may: may.split(",") });
    }
  }
  return found;
}

function show(form) {
  const found = [...ticked(form).values()];
  const count = found.length;
  const all = document.getElementById("tick-all");
  const some = boxes(form).some((box) => box.checked);
  all.checked = some && boxes(form).every((box) => box.checked);
  all.indeterminate = some && !all.checked;
  const said = document.getElementById("bulk-said").textContent;
  document.getElementById("bulk").classList.toggle("shown", some || said !== "");
  const settings = new Set(found.map((run) => run.setting)).size;
  document.getElementById("bulk-compare").disabled = count < 2 || settings > MOST_COMPARED;
  document.getElementById("bulk-count").textContent =
    tooMany(settings) || `${counted(count, "run")} ticked${count === 1 ? "; tick another to compare" : ""}`;
  for (const [action, word] of Object.entries(WORDS)) {
    for (const button of form.querySelectorAll(`[name="action"][value="${action}"]`)) {
      label(button, word, found.filter((run) => run.may.includes(action)).length, count);
    }
  }
}

function label(button, word, can, count) {
  button.textContent = can < count && can > 0 ? `${word} ${can} of ${count}` : word;
  button.disabled = can === 0;
  const question = button.closest("details");
  if (question) question.hidden = can === 0;
}

function compare(form) {
  const ids = [...ticked(form).keys()];
  location.assign(`${document.body.dataset.root}/compare?runs=${ids.join(",")}`);
}

async function send(form, button) {
  const sent = new URLSearchParams(new FormData(form, button));
  button.disabled = true;
  const told = await post(form, form.getAttribute("action"), sent); // form.action would be the buttons of that name
  if (told) say(told.message, told.undo);
  for (const question of form.querySelectorAll("details.ask")) question.open = false;
  button.disabled = false;
  for (const name of ["note", "to"]) if (told) form.querySelector(`[name="${name}"]`).value = "";
  show(form);
}

async function takeBack(form, button) {
  const told = await post(form, `${form.getAttribute("action")}/undo`, new URLSearchParams({ was: button.dataset.was }));
  if (told) say(told.message);
  show(form);
}

// What the server says to it; null where that is a refusal, which is told. The list follows.
async function post(form, path, body) {
  try {
    const answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) say(`${told.error.message} ${told.error.hint}`.trim());
    const page = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!apply(await page.text()).getElementById("rows")) location.reload(); // none is left to list
    return answer.ok ? told : null;
  } catch {
    say("No answer came from the server; look at the list before trying again.");
    return null;
  }
}

function say(text, undo = null) {
  document.getElementById("bulk-said").textContent = text;
  const button = document.getElementById("bulk-undo");
  button.hidden = !undo;
  button.dataset.was = undo ? JSON.stringify(undo) : "";
}

async function unfold(form, toggle) {
  const answer = await fetch(toggle.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return location.assign(toggle.href);
  const text = await answer.text();
  history.replaceState(null, "", toggle.href.replace(/#.*/, ""));
  const fresh = apply(text);
  document.getElementById("bulk-back").value = fresh.getElementById("bulk-back").value;
  for (const box of boxes(form).filter((each) => each.name === "sweeps" && each.checked)) spread(form, box);
  show(form);
}
