// Names of lines and points in a plot: placed anew whenever its view or size changes, for what is in view; where
// they cannot be placed without striking something, a legend has them.

import { BOTTOM, isEndLabel, legended } from "./plot-fit.js";
import { placedEnds } from "./plot-ends.js";
import { placedPoints } from "./plot-points.js";

// `box.asked` is the layout that was drawn, before Plotly wrote into it.
export async function placeLabels(box) {
  const ends = (box.asked.annotations ?? []).filter(isEndLabel);
  const isWanted = ends.length || box.data.some((trace) => trace.meta?.point);
  if (!isWanted || box.isPlacing) return;
  box.isPlacing = true; // What follows changes the layout itself.
  try {
    while (box.placedAt !== viewOf(box)) {
      const view = viewOf(box);
      await place(box, ends);
      box.placedAt = view;
    }
  } finally {
    box.isPlacing = false;
  }
}

// What decides where labels stand: width, and the range of each axis.
function viewOf({ _fullLayout: full }) {
  const axes = Object.keys(full).filter((name) => /^[xy]axis\d*$/.test(name));
  return [full.width, ...axes.map((name) => full[name].range)].join();
}

async function place(box, ends) {
  const bare = withoutLegend(box.asked);
  await lay(box, bare);
  const placed = ends.length ? placedEnds(box, ends) : placedPoints(box);
  if (placed) return lay(box, { ...bare, annotations: [...bare.annotations, ...placed] });
  return lay(box, ends.length ? legended(box.asked, box.data, box._fullLayout.width, box.asked.margin.b) : box.asked);
}

// The room of the legend goes to the plot, so that nothing on the page moves.
function withoutLegend(asked) {
  const margin = asked.showlegend ? { ...asked.margin, b: BOTTOM } : asked.margin;
  const annotations = (asked.annotations ?? []).filter((note) => !isEndLabel(note));
  return { ...asked, annotations, showlegend: false, margin };
}

async function lay(box, asked) {
  const { annotations = [], showlegend, legend, height, margin } = structuredClone(asked);
  if (!showlegend) delete box._fullLayout._reservedMargin?.legend; // Plotly keeps the room of a legend that has gone.
  box.style.setProperty("--height", `${height}px`);
  await window.Plotly.relayout(box, { annotations, showlegend, legend, height, margin });
}
