// A figure in a narrow place.

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
  const rest = (layout.annotations ?? []).filter((note) => note.name !== "end-label");
  const labelled = rest.length < (layout.annotations ?? []).length;
  if (!labelled && !layout.showlegend) return layout;
  const entries = traces.filter((trace) => trace.showlegend !== false);
  const longest = Math.max(...entries.map((trace) => trace.name.length));
  const columns = Math.max(1, Math.floor((width - 70) / (45 + 7 * longest)));
  const extra = 20 * Math.ceil(entries.length / columns) + 12;
  const height = layout.height - (layout.margin.b - BOTTOM) + extra;
  const legend = { ...layout.legend, entrywidth: 7 * longest };
  const margin = { ...layout.margin, r: 12, b: BOTTOM + extra };
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
