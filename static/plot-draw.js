// A figure put into a box: fitted to its width, drawn by Plotly, its names placed. Pages, saved pictures and reports
// draw through here.

import { fitted } from "./plot-fit.js";
import { placeLabels } from "./plot-labels.js";

// more: what changes in the layout that fits; config: Plotly's.
export async function drawInto(box, figure, width, config, more = () => ({})) {
  const { data, layout: fit } = fitted(figure, width);
  const layout = { ...fit, ...more(fit) };
  box.asked = structuredClone(layout); // Plotly writes into the one that it is given.
  box.home = ranges(layout);
  box.placedAt = null;
  box.style.setProperty("--height", `${layout.height}px`);
  await window.Plotly.react(box, data, layout, config);
  await placeLabels(box);
}

// What "Reset" goes back to: the ranges that the server chose.
function ranges(layout) {
  const axes = Object.entries(layout).filter(([name, axis]) => /^[xy]axis/.test(name) && axis.range);
  return Object.fromEntries(axes.map(([name, axis]) => [`${name}.range`, [...axis.range]]));
}
