// "Image": a plot is saved as PNG or SVG at the size of a column, a text or a slide. One dialog serves all plots, and
// the choice is remembered.

import { picture, png, SIZES } from "./plot-image.js";
import { saveFile } from "./save-file.js";

const RESOLUTIONS = [150, 300, 600];
const USUAL = { size: "text", format: "png", dpi: "300" };
const KEPT = "plot-image";
let dialog = null;

// figure: a promise of the figure in light.
export function askAndSave({ name, title, figure }) {
  dialog ??= document.body.appendChild(made());
  const form = dialog.querySelector("form"), save = form.querySelector("[name=save]");
  dialog.querySelector("h2").textContent = `Save “${title}”`;
  for (const [word, value] of Object.entries(chosen())) form.elements[word].value = value;
  const tell = () => describe(form);
  form.onchange = tell;
  save.onclick = () => act(form, { name, title, figure });
  tell();
  dialog.showModal();
}

function chosen() {
  try {
    return { ...USUAL, ...JSON.parse(localStorage.getItem(KEPT)) };
  } catch {
    return USUAL;
  }
}

function keep(choice) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(choice));
  } catch {
    // A saved report may be opened where nothing can be kept.
  }
}

function made() {
  const radio = (name, value, word) => `<label><input type="radio" name="${name}" value="${value}"> ${word}</label>`;
  const sizes = Object.entries(SIZES).map(([value, { title }]) => radio("size", value, title));
  const dots = RESOLUTIONS.map((dpi) => `<option value="${dpi}">${dpi} dpi</option>`);
  const element = document.createElement("dialog");
  element.className = "save-plot";
  element.setAttribute("aria-labelledby", "save-plot-title");
  element.innerHTML = `<form method="dialog"><h2 id="save-plot-title"></h2>
    <fieldset><legend>Size</legend>${sizes.join("")}</fieldset>
    <fieldset><legend>Format</legend>${radio("format", "png", "PNG")}${radio("format", "svg", "SVG")}
    <label>Resolution <select name="dpi">${dots.join("")}</select></label></fieldset>
    <p class="muted small" role="status"></p>
    <div class="save-plot-ends"><button type="button" name="save" class="primary">Save</button><button>Close</button></div></form>`;
  return element;
}

function describe(form) {
  const { size, format, dpi } = values(form), { width, height, text } = SIZES[size];
  const wide = Math.round((width * dpi) / 96), high = height && Math.round((height * dpi) / 96);
  const dots = format === "svg" ? "scales without loss" : `${wide}${high ? ` × ${high}` : ""} pixels${high ? "" : " wide"}`;
  form.elements.dpi.disabled = format === "svg";
  form.querySelector("[role=status]").textContent = `Light, text of ${text} pt; ${dots}.`;
}

function values(form) {
  return { size: form.elements.size.value, format: form.elements.format.value, dpi: form.elements.dpi.value };
}

async function act(form, { name, title, figure }) {
  const choice = values(form), status = form.querySelector("[role=status]");
  status.textContent = "drawing …";
  try {
    const drawn = await picture(await figure(), SIZES[choice.size], title);
    const svg = new Blob([drawn.svg], { type: "image/svg+xml" });
    saveFile(choice.format === "svg" ? svg : await png(drawn, Number(choice.dpi)), `${name}-${choice.size}.${choice.format}`);
    keep(choice);
    dialog.close();
  } catch (error) {
    status.textContent = `Not saved: ${error.message}`;
  }
}
