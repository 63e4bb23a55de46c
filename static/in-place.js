// Forms that open in the place of what they change: the cursor goes into the first field, Escape and Cancel close.

const FOLD = "details.rename, details.ask, details.menu";

export function wireInPlace() {
  document.addEventListener("toggle", opened, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) close(event.target.closest("details"));
  });
  document.addEventListener("keydown", (event) => {
    const fold = event.key === "Escape" && event.target.closest?.(`:is(${FOLD})[open]`);
    if (!fold) return;
    event.preventDefault();
    close(fold);
  });
}

function opened({ target }) {
  if (!target.matches?.("details.rename") || !target.open) return;
  const field = target.querySelector("input");
  field.focus();
  field.select();
}

function close(fold) {
  fold.querySelector("form")?.reset();
  fold.open = false;
  fold.querySelector("summary").focus();
}
