// The toolbar of a plot: zoom (a toggle: then drag), reset, a picture of it. CSV is a plain link beside it.

import { askAndSave } from "./plot-save.js";

const placeOf = (box) => box.closest("figure").querySelector(".plot-tools");

// They stand there, and have their room, before the figure has come that they are for.
export function addTools(box, lightFigure) {
  const place = placeOf(box);
  if (!place || place.childElementCount) return;
  const zoom = button("Zoom", () => {
    box.dragmode = box.layout.dragmode === "zoom" ? false : "zoom";
    zoom.setAttribute("aria-pressed", String(box.dragmode === "zoom"));
    window.Plotly.relayout(box, { dragmode: box.dragmode });
  });
  zoom.setAttribute("aria-pressed", "false");
  zoom.title = "Drag over the plot to zoom";
  const image = button("Image", () => {
    askAndSave({ name: box.dataset.name, title: box.dataset.title, figure: async () => asSeen(await lightFigure(box), box) });
  });
  image.title = "Save as PNG or SVG: light, at the size of a column, a text or a slide";
  place.append(zoom, button("Reset", () => window.Plotly.relayout(box, structuredClone(box.home))), image);
}

export function enableTools(box) {
  for (const tool of placeOf(box)?.children ?? []) tool.disabled = false;
  placeOf(box)?.firstChild.setAttribute("aria-pressed", String(box.layout.dragmode === "zoom"));
}

// The figure with the stretch of its axes that the reader looks at.
function asSeen({ data, layout }, box) {
  const seen = Object.keys(box.home).map((key) => key.split(".")[0]);
  const axes = seen.map((name) => [name, { ...layout[name], range: [...box.layout[name].range] }]);
  return { data, layout: { ...layout, ...Object.fromEntries(axes) } };
}

function button(word, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "plain";
  element.textContent = word;
  element.disabled = true;
  element.addEventListener("click", act);
  return element;
}
