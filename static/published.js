// Published results: a bar appears with the number of ticked rows; "Use as reference" leads to Compare.

const MOST = 50;

export function wirePublished() {
  const form = document.getElementById("published-form");
  if (!form) return;
  form.addEventListener("change", () => show(form));
  addEventListener("pageshow", () => show(form));
  show(form);
}

function show(form) {
  const count = form.querySelectorAll("input[name=published]:checked").length;
  document.getElementById("published-bar").classList.toggle("shown", count > 0);
  document.getElementById("published-count").textContent =
    count > MOST ? `${count} rows ticked; at most ${MOST} are used at once` : `${count} row${count === 1 ? "" : "s"} ticked`;
  form.querySelector("#published-bar .primary").disabled = count > MOST;
}
