// Names of lines where they leave the view, on the right: apart from each other, with a leader where one had to move.

import { clipped, panelOf, segmentsOf, isInside } from "./plot-geometry.js";

const LINE = 15; // Height of a line of text, as in app/figures/layout.py.
const BESIDE = 8, LEADER = 14;
const FARTHEST = 6; // Lines of text by which a name may stand off its line.

// Annotations in place of those that the server placed, each for its line; null where they cannot be placed.
export function placedEnds(box, notes) {
  const found = [];
  for (const axis of new Set(notes.map((note) => note.yref))) {
    const panel = namesOf(box, notes.filter((note) => note.yref === axis));
    if (!panel) return null;
    found.push(...panel);
  }
  return found;
}

function namesOf(box, notes) {
  const named = notes.map((note) => ({ note, trace: traceOf(box, note) })).filter(({ trace }) => trace);
  if (!named.length) return [];
  const panel = panelOf(box, named[0].trace);
  const seen = named.map((one) => ({ ...one, end: lastSeen(panel, one.trace) })).filter(({ end }) => end);
  const wanted = seen.map(({ end }) => end.y);
  if (seen.length * LINE > panel.bottom - panel.top + LINE) return null;
  const places = spread(wanted, LINE, panel.top, panel.bottom);
  if (places.some((place, at) => Math.abs(place - wanted[at]) > FARTHEST * LINE)) return null;
  const xs = seen.map(({ end }) => end.x);
  const level = Math.max(...xs) - Math.min(...xs) < 2; // Otherwise leaders would run through the figure.
  const moved = level && places.some((place, at) => Math.abs(place - wanted[at]) > 2);
  return seen.map(({ note, end, trace }, at) => written(box, note, {
    x: level ? end.x : panel.right,
    y: moved ? end.y : places[at],
    leader: moved ? { ax: LEADER, ay: places[at] - end.y, colour: trace.line.color } : null,
  }));
}

function traceOf(box, note) {
  return box.data.find((trace) => trace.meta?.label === note.hovertext && (trace.yaxis ?? "y") === note.yref);
}

// The last point of a line that is in view.
function lastSeen(panel, trace) {
  const segments = segmentsOf(panel, trace);
  for (let at = segments.length - 1; at >= 0; at--) {
    const inside = clipped(segments[at], panel);
    if (inside) return inside[1];
  }
  const lone = [...trace.y.entries()].filter(([, value]) => value !== null).map(([at, value]) => panel.place(trace.x[at], value));
  return lone.findLast((point) => isInside(point, panel)) ?? null;
}

// Heights near the wanted ones, at least `gap` apart and within top..bottom, in their order: of all such the
// ones with the least squares of how far each moves (isotonic regression of height minus rank times gap).
export function spread(wanted, gap, top, bottom) {
  const order = wanted.map((_, at) => at).toSorted((one, other) => wanted[one] - wanted[other] || one - other);
  const blocks = [];
  for (const [rank, at] of order.entries()) {
    blocks.push({ sum: wanted[at] - rank * gap, size: 1 });
    while (blocks.length > 1 && mean(blocks.at(-2)) > mean(blocks.at(-1))) {
      const { sum, size } = blocks.pop();
      blocks.at(-1).sum += sum;
      blocks.at(-1).size += size;
    }
  }
  const level = blocks.flatMap((block) => Array(block.size).fill(mean(block)));
  const highest = Math.max(top, bottom - (wanted.length - 1) * gap);
  const found = [];
  for (const [rank, at] of order.entries()) found[at] = Math.min(highest, Math.max(top, level[rank])) + rank * gap;
  return found;
}

function mean({ sum, size }) {
  return sum / size;
}

function written(box, note, { x, y, leader }) {
  const arrow = leader && {
    showarrow: true, arrowhead: 0, arrowwidth: 1, arrowcolor: leader.colour, standoff: 3,
    ax: leader.ax, ay: leader.ay, axref: "pixel", ayref: "pixel",
  };
  return { ...note, ...onPaper(box, x, y), xanchor: "left", yanchor: "middle", ...(arrow ? { ...arrow, xshift: 0 } : { xshift: BESIDE }) };
}

// A place in pixels of the box as shares of the area between the margins.
export function onPaper(box, x, y) {
  const { l, t, w, h } = box._fullLayout._size;
  return { xref: "paper", yref: "paper", x: (x - l) / w, y: 1 - (y - t) / h };
}
