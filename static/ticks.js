// Ticks that lead to a comparison, in the list of runs (where a bar shows what else can be done to the ticked
// ones) and on the page that chooses. The limit counts settings: seeds of one setting share a row.

const MOST_COMPARED = 20;

export function wireTicks() {
  wireList();
  wireChoice();
}

function wireList() {
  const form = document.getElementById("bulk-form");
  if (!form) return;
  const all = document.getElementById("tick-all");
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes(form)) box.checked = all.checked;
    show(form, all);
  });
  document.getElementById("bulk-compare").addEventListener("click", (event) => {
    event.preventDefault();
    const found = ticked(boxes(form));
    const ids = found.map((box) => box.value);
    if (ids.length >= 2 && settings(found) <= MOST_COMPARED) {
      location.assign(`${document.body.dataset.root}/compare?runs=${ids.join(",")}`);
    }
  });
  document.addEventListener("page-patched", () => show(form, all));
  show(form, all);
}

function boxes(form) {
  return [...form.elements].filter((element) => element.name === "runs");
}

function ticked(all) {
  return all.filter((box) => box.checked);
}

function settings(found) {
  return new Set(found.map((box) => box.dataset.setting)).size;
}

function show(form, all) {
  const found = ticked(boxes(form));
  const count = found.length;
  const compare = document.getElementById("bulk-compare");
  document.getElementById("bulk").classList.toggle("shown", count > 0);
  all.checked = count > 0 && count === boxes(form).length;
  all.indeterminate = count > 0 && !all.checked;
  compare.disabled = count < 2 || settings(found) > MOST_COMPARED;
  document.getElementById("bulk-count").textContent =
    tooMany(found) || `${counted(count, "run")} ticked${count === 1 ? "; tick another to compare" : ""}`;
}

function wireChoice() {
  const form = document.getElementById("choose");
  if (!form) return;
  const tell = () => {
    const found = ticked(boxes(form));
    for (const place of document.querySelectorAll("[data-tick-count]")) {
      place.textContent = tooMany(found) || `${counted(settings(found), "setting")} ticked`;
    }
    for (const button of document.querySelectorAll("button[form=choose]")) {
      button.disabled = !found.length || settings(found) > MOST_COMPARED;
    }
  };
  document.addEventListener("change", tell);
  addEventListener("pageshow", tell);
  tell();
}

function tooMany(found) {
  const count = settings(found);
  return count > MOST_COMPARED ? `${count} settings ticked; at most ${MOST_COMPARED} are compared at once` : "";
}

function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
