// The list of runs: ticking shows a bar with what can be done to the ticked ones.

const MOST_COMPARED = 20;

export function wireTicks() {
  const form = document.getElementById("bulk-form");
  if (!form) return;
  const all = document.getElementById("tick-all");
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes(form)) box.checked = all.checked;
    show(form, all);
  });
  document.getElementById("bulk-compare").addEventListener("click", (event) => {
    event.preventDefault();
    const ids = ticked(form).map((box) => box.value);
    if (ids.length >= 2 && ids.length <= MOST_COMPARED) {
      location.assign(`${document.body.dataset.root}/compare?runs=${ids.join(",")}`);
    }
  });
  document.addEventListener("page-patched", () => show(form, all));
  show(form, all);
}

function boxes(form) {
  return [...form.querySelectorAll("input[name=runs]")];
}

function ticked(form) {
  return boxes(form).filter((box) => box.checked);
}

function show(form, all) {
  const count = ticked(form).length;
  const compare = document.getElementById("bulk-compare");
  document.getElementById("bulk").classList.toggle("shown", count > 0);
  all.checked = count > 0 && count === boxes(form).length;
  all.indeterminate = count > 0 && !all.checked;
  compare.disabled = count < 2 || count > MOST_COMPARED;
  document.getElementById("bulk-count").textContent =
    count > MOST_COMPARED
      ? `${count} runs ticked; at most ${MOST_COMPARED} are compared at once`
      : `${count} run${count === 1 ? "" : "s"} ticked${count === 1 ? "; tick another to compare" : ""}`;
}
