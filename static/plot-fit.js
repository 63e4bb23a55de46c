// What a plot's width leaves of its layout: cells, ticks, and the names of lines at their ends or in a legend.

const NARROW = 520;
const LARGE = 34, SMALL = 17; // Pixels of a cell that has room for figures with decimals, and for whole ones.
const DIGIT = 0.56; // Width of a digit, in heights of the type.
export const BOTTOM = 46; // Margin below a plot without a legend, as in app/figures/layout.py.

// A narrow plot keeps its width: labels at line ends give way to a legend below, cells round their figures,
// ticks keep the first of their lines. At any width the figures over bars are to be read.
export function fitted({ data: given, layout: asked }, width) {
  const data = given.map((trace) => (trace.type === "bar" ? smallBars(trace, asked, width) : trace));
  if (width >= NARROW) return { data, layout: asked };
  const wide = levelled(asked, width);
  const ticktext = wide.xaxis?.ticktext?.map((text) => text.split("<br>")[0]);
  const layout = ticktext ? { ...wide, xaxis: { ...wide.xaxis, ticktext } } : wide;
  const traces = data.map((trace) => (trace.type === "heatmap" ? smallCells(trace, layout, width) : trace));
  const labelled = (layout.annotations ?? []).some(isEndLabel);
  const isNamed = labelled || layout.showlegend;
  return { data: traces, layout: isNamed ? legended(layout, traces, width, BOTTOM) : layout };
}

// Figures that can be read: whole ones where there is no room for decimals, none where there is not for these.
function smallCells(trace, { margin, xaxis }, width) {
  if (!Array.isArray(trace.text)) return trace;
  const [from, to] = xaxis.domain ?? [0, 1];
  const cell = ((width - margin.l - margin.r) * (to - from)) / trace.text[0].length;
  if (cell >= LARGE) return trace;
  if (cell < SMALL) return { ...trace, texttemplate: "" };
  return { ...trace, text: trace.text.map((row) => row.map(whole)), textfont: { ...trace.textfont, size: 10 } };
}

// Plotly would shrink what is wider than its bar. A figure may take what lies between two bars, too: it keeps its size,
// without decimals or not at all where it would meet the next one.
function smallBars(trace, { margin, xaxis }, width) {
  if (trace.orientation === "h" || !Array.isArray(trace.text)) return trace;
  const [from, to] = xaxis?.domain ?? [0, 1];
  const room = ((width - margin.l - margin.r) * (to - from)) / trace.text.length;
  const fits = (text) => text.length * trace.textfont.size * DIGIT <= room;
  const text = [trace.text, trace.text.map(whole)].find((all) => all.every(fits));
  return text ? { ...trace, text, constraintext: "none" } : { ...trace, textposition: "none" };
}

// "+4.6*" becomes "+5*", and what rounds to zero loses its sign.
export function whole(text) {
  const rounded = text.replace(/\d+\.\d+/, (figure) => String(Math.round(Number(figure))));
  return rounded.replace(/[+\u2212](?=0(\D|$))/, "").replace("<b>0</b>", "0");
}

// A legend below in place of labels at line ends; `bottom` is the margin below the plot without it.
export function legended(layout, traces, width, bottom) {
  const rest = (layout.annotations ?? []).filter((note) => !isEndLabel(note));
  const entries = traces.filter((trace) => trace.showlegend !== false);
  const longest = Math.max(...entries.map((trace) => trace.name.length));
  const extra = legendHeight(entries.length, longest, width);
  const height = layout.height - (layout.margin.b - bottom) + extra;
  const legend = { ...layout.legend, entrywidth: 7 * longest };
  const margin = { ...layout.margin, r: 12, b: bottom + extra };
  return { ...layout, annotations: rest, showlegend: true, legend, height, margin };
}

function legendHeight(entries, longest, width) {
  const columns = Math.max(1, Math.floor((width - 70) / (45 + 7 * longest)));
  return 20 * Math.ceil(entries / columns) + 12;
}

// The height of a figure that has not come yet, where its width changes it.
export function roomFor({ clientWidth: width, dataset: { legend } }) {
  if (!legend || !width || width >= NARROW) return null;
  const [entries, longest, bare] = legend.split(" ").map(Number);
  return bare + legendHeight(entries, longest, width);
}

// Where both axes have one scale the height follows the width, so that nothing is left over above and below.
function levelled(layout, width) {
  const { xaxis, yaxis, margin } = layout;
  if (!yaxis?.scaleanchor) return layout;
  const [across, up] = [xaxis, yaxis].map(({ range }) => range[1] - range[0]);
  const height = ((width - margin.l - margin.r) * up) / across + margin.t + margin.b;
  return { ...layout, height: Math.min(layout.height, height) };
}

export function isEndLabel(note) {
  return note.name === "end-label";
}
