// "Markdown with plots": every plot of the page is drawn again as SVG, light and at one width, and sent to the
// server, which answers with the zip. Report as HTML is a plain link and needs nothing of this.

import { boxes, load } from "./plots.js";

const WIDTH = 760;

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
    save(await answer.blob(), "betaboard-report.zip");
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
    const name = box.dataset.name;
    form.append(name, new Blob([await svg(await answer.json())], { type: "image/svg+xml" }), `${name}.svg`);
  }
  return form;
}

async function svg({ data, layout }) {
  const { width = WIDTH, height } = layout;
  const white = { ...layout, paper_bgcolor: "#ffffff" };
  const address = await window.Plotly.toImage({ data, layout: white }, { format: "svg", width, height });
  return decodeURIComponent(address.slice(address.indexOf(",") + 1));
}

async function reason(answer) {
  const { error } = await answer.json().catch(() => ({ error: null }));
  const field = error?.fields?.[0];
  return error ? `${error.message}${field ? ` ${field.path} ${field.message}` : ""}` : `the server answered ${answer.status}`;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
