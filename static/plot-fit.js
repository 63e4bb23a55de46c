// What a plot's width and a zoom leave of its layout: cells, ticks, and the names of lines at their ends or in
// a legend.

const NARROW = 520;
const BOTTOM = 46; // Margin below a plot without a legend, as in app/figures/layout.py.

// A narrow plot keeps its width: labels at line ends give way to a legend below, cells get smaller figures,
// ticks keep the first of their lines.
export function fitted(asked, traces, width) {
  if (width >= NARROW) return asked;
  const wide = levelled(asked, width);
  const ticktext = wide.xaxis?.ticktext?.map((text) => text.split("<br>")[0]);
  const layout = ticktext ? { ...wide, xaxis: { ...wide.xaxis, ticktext } } : wide;
  for (const trace of traces) if (trace.type === "heatmap") trace.textfont = { ...trace.textfont, size: 8 };
  const labelled = (layout.annotations ?? []).some(isEndLabel);
  return labelled || layout.showlegend ? legended(layout, traces, width, BOTTOM) : layout;
}

// A legend below in place of labels at line ends; `bottom` is the margin below the plot without it.
function legended(layout, traces, width, bottom) {
  const rest = (layout.annotations ?? []).filter((note) => !isEndLabel(note));
  const entries = traces.filter((trace) => trace.showlegend !== false);
  const longest = Math.max(...entries.map((trace) => trace.name.length));
  const columns = Math.max(1, Math.floor((width - 70) / (45 + 7 * longest)));
  const extra = 20 * Math.ceil(entries.length / columns) + 12;
  const height = layout.height - (layout.margin.b - bottom) + extra;
  const legend = { ...layout.legend, entrywidth: 7 * longest };
  const margin = { ...layout.margin, r: 12, b: bottom + extra };
  return { ...layout, annotations: rest, showlegend: true, legend, height, margin };
}

// Where both axes have one scale the height follows the width, so that nothing is left over above and below.
function levelled(layout, width) {
  const { xaxis, yaxis, margin } = layout;
  if (!yaxis?.scaleanchor) return layout;
  const [across, up] = [xaxis, yaxis].map(({ range }) => range[1] - range[0]);
  const height = ((width - margin.l - margin.r) * up) / across + margin.t + margin.b;
  return { ...layout, height: Math.min(layout.height, height) };
}

// Labels stand at the ends of lines, which a zoom puts out of sight: until the reset a legend has the names.
export async function nameLines(box) {
  const labels = (box.asked.annotations ?? []).some(isEndLabel);
  const axes = Object.entries(box.home).map(([key, home]) => [box.layout[key.split(".")[0]], home]);
  const zoomed = labels && axes.some(([axis, home]) => !isAt(axis.range, home));
  if (zoomed === box.zoomed) return;
  box.zoomed = zoomed;
  const layout = zoomed ? legended(box.asked, box.data, box.clientWidth, box.asked.margin.b) : box.asked;
  const { annotations, showlegend, legend, height, margin } = structuredClone(layout);
  box.style.setProperty("--height", `${height}px`);
  await window.Plotly.relayout(box, { annotations, showlegend, legend, height, margin });
}

function isEndLabel(note) {
  return note.name === "end-label";
}

function isAt(range, home) {
  const size = Math.abs(home[1] - home[0]);
  return range.every((end, at) => Math.abs(end - home[at]) <= 0.001 * size);
}
