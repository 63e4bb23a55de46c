// "Markdown with plots": every plot of the page is drawn again as SVG, light and as wide as a text, and sent to the
// server, which answers with the zip. Report as HTML is a plain link and needs nothing of this.

import { picture, SIZES } from "./plot-image.js";
import { boxes, load } from "./plots.js";
import { saveFile } from "./save-file.js";

export function wireReport() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-bundle]");
    if (button) make(button);
  });
}

async function make(button) {
  const note = document.getElementById("report-note");
  button.disabled = true;
  try {
    note.textContent = "drawing …";
    const form = await drawn();
    note.textContent = "packing …";
    const answer = await fetch(button.dataset.bundle, { method: "POST", body: form });
    if (!answer.ok) throw new Error(await reason(answer));
    saveFile(await answer.blob(), "betaboard-report.zip");
    note.textContent = "saved";
  } catch (error) {
    note.textContent = `not made: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

async function drawn() {
  await load();
  const form = new FormData();
  const elsewhere = [...document.querySelectorAll("[data-elsewhere]")]; // Figures of the report on another page.
  for (const box of [...boxes(), ...elsewhere]) {
    const answer = await fetch(`${box.dataset.figure ?? box.dataset.elsewhere}&theme=light`);
    if (!answer.ok) throw new Error(await reason(answer));
    const { name, title } = box.dataset;
    const { svg } = await picture(await answer.json(), SIZES.text, title);
    form.append(name, new Blob([svg], { type: "image/svg+xml" }), `${name}.svg`);
  }
  return form;
}

async function reason(answer) {
  const { error } = await answer.json().catch(() => ({ error: null }));
  const field = error?.fields?.[0];
  return error ? `${error.message}${field ? ` ${field.path} ${field.message}` : ""}` : `the server answered ${answer.status}`;
}
