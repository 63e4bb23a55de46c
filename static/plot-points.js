// Names beside points, where no name lies on a bar, a line, a point or another name; a leader where one stands off.

import { onPaper } from "./plot-ends.js";
import { barsOf, clipped, grown, isInside, meet, panelOf, segmentsOf, widthOf } from "./plot-geometry.js";

const SIZE = 12, HEIGHT = 15, CLEAR = 2;
const RADIUS = 7; // Of a point, with a little room.
const LEAD = 14; // Pixels off its point from which a name needs a leader.
const DISTANCES = [RADIUS + 2, 18, 30, 44, 60, 80, 104, 132];
const ANGLES = Array.from({ length: 16 }, (_, at) => (at * Math.PI) / 8);
const ORDERS = 6;

// An annotation for each point in view, or null where some name has no place.
export function placedPoints(box) {
  const points = box.data.filter((trace) => trace.meta?.point).map((trace) => pointOf(box, trace));
  const shown = points.filter(({ at, panel }) => isInside(at, panel));
  const taken = { segments: linesOf(box), points: shown.map(({ at }) => around(at)) };
  for (let turn = 0; turn < ORDERS; turn++) {
    const found = tried(box, inOrder(shown, turn), taken);
    if (found) return found;
  }
  return null;
}

function pointOf(box, trace) {
  const panel = panelOf(box, trace), { point } = trace.meta;
  const width = widthOf(point.text, SIZE, box._fullLayout.font.family);
  return { panel, at: panel.place(trace.x[0], trace.y[0]), width, point, colour: trace.marker.color };
}

function around({ x, y }) {
  return grown({ left: x, right: x, top: y, bottom: y }, RADIUS);
}

function linesOf(box) {
  const found = [];
  for (const trace of box.data) {
    const panel = panelOf(box, trace);
    const lines = trace.mode.includes("lines") ? segmentsOf(panel, trace) : [];
    found.push(...[...lines, ...barsOf(panel, trace)].map((one) => clipped(one, panel)).filter(Boolean));
  }
  return found;
}

// The crowded first; each further turn begins elsewhere.
function inOrder(points, turn) {
  const crowd = (one) => points.filter((other) => Math.hypot(one.at.x - other.at.x, one.at.y - other.at.y) < 60).length;
  const sorted = points.toSorted((one, other) => crowd(other) - crowd(one) || one.at.y - other.at.y);
  const start = Math.floor((turn * sorted.length) / ORDERS);
  return [...sorted.slice(start), ...sorted.slice(0, start)];
}

function tried(box, points, taken) {
  const marks = { ...taken, names: [], leaders: [] }, found = [];
  for (const one of points) {
    const place = placeOf(one, marks);
    if (!place) return null;
    marks.names.push(place.box);
    if (place.leader) marks.leaders.push(place.leader);
    found.push(noteOf(box, one, place));
  }
  return found;
}

// The nearest place that is free; right first, then left, below, above and between.
function placeOf(one, marks) {
  for (const distance of DISTANCES) {
    for (const angle of [0, Math.PI, ...ANGLES]) {
      const place = placeAt(one, distance, angle);
      if (isFree(place, one.panel, marks)) return place;
    }
  }
  return null;
}

// The box whose nearest edge or corner is so far off in this direction.
function placeAt({ at, width }, distance, angle) {
  const [across, down] = [Math.cos(angle), Math.sin(angle)];
  const side = (share) => (Math.abs(share) > 0.3 ? Math.sign(share) : 0); // 0: centred on the point's height or width.
  const middle = {
    x: at.x + distance * across + (side(across) * width) / 2,
    y: at.y + distance * down + (side(down) * HEIGHT) / 2,
  };
  const box = { left: middle.x - width / 2, right: middle.x + width / 2, top: middle.y - HEIGHT / 2, bottom: middle.y + HEIGHT / 2 };
  const tip = { x: Math.min(box.right, Math.max(box.left, at.x)), y: Math.min(box.bottom, Math.max(box.top, at.y)) };
  return { box, middle, leader: Math.hypot(tip.x - at.x, tip.y - at.y) > LEAD ? [at, middle] : null };
}

// A name strikes nothing; its leader may cross lines and points, but no name.
function isFree({ box, leader }, panel, { segments, points, names, leaders }) {
  const room = grown(box, CLEAR);
  if (box.left < panel.left || box.right > panel.right || box.top < panel.top || box.bottom > panel.bottom) return false;
  if ([...segments, ...leaders].some((one) => clipped(one, room))) return false;
  if ([...points, ...names].some((other) => meet(room, other))) return false;
  return !leader || !names.some((name) => clipped(leader, name));
}

function noteOf(box, { at, point, colour }, { middle, leader }) {
  const words = { name: "point-label", text: point.text, hovertext: point.whole, font: { color: point.ink, size: SIZE } };
  if (!leader) return { ...words, ...onPaper(box, middle.x, middle.y), xanchor: "center", yanchor: "middle", showarrow: false };
  const line = { arrowhead: 0, arrowwidth: 1, arrowcolor: colour, standoff: RADIUS, axref: "pixel", ayref: "pixel" };
  return { ...words, ...onPaper(box, at.x, at.y), xanchor: "center", yanchor: "middle", showarrow: true, ...line, ax: middle.x - at.x, ay: middle.y - at.y };
}
