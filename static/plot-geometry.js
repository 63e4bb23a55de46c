// Where the marks of a drawn plot stand, in pixels of its box, and what they meet. Boxes are { left, top, right,
// bottom }, segments pairs of points.

export function panelOf(box, trace) {
  const of = (letter) => box._fullLayout[`${letter}axis${(trace[`${letter}axis`] ?? letter).slice(1)}`];
  const [x, y] = [of("x"), of("y")];
  const [left, top] = [x._offset, y._offset];
  const place = (across, up) => ({ x: left + x.d2p(across), y: top + y.d2p(up) });
  return { left, top, right: left + x._length, bottom: top + y._length, place };
}

// The segments of a trace's line, without those beside a gap; a step goes up or down first ("vh").
export function segmentsOf(panel, trace) {
  const found = [];
  let last = null;
  for (const [at, value] of trace.y.entries()) {
    const point = value === null ? null : panel.place(trace.x[at], value);
    const corner = trace.line?.shape === "vh" && last && point ? { x: last.x, y: point.y } : last;
    if (corner !== last) found.push([last, corner]);
    if (corner && point) found.push([corner, point]);
    last = point;
  }
  return found;
}

// The bars of a spread, two segments a point where there are both.
export function barsOf(panel, trace) {
  const found = [];
  for (const [at, value] of trace.y.entries()) {
    for (const [bar, is] of [[trace.error_x, "x"], [trace.error_y, "y"]]) {
      if (!bar?.visible || value === null) continue;
      const up = bar.array[at], down = (bar.arrayminus ?? bar.array)[at], x = trace.x[at];
      const ends = is === "x" ? [[x - down, value], [x + up, value]] : [[x, value - down], [x, value + up]];
      found.push(ends.map((end) => panel.place(...end)));
    }
  }
  return found;
}

// What of a segment lies within a box (Liang and Barsky); null where nothing does.
export function clipped([from, to], box) {
  let [first, last] = [0, 1];
  const [across, down] = [to.x - from.x, to.y - from.y];
  const edges = [[-across, from.x - box.left], [across, box.right - from.x], [-down, from.y - box.top], [down, box.bottom - from.y]];
  for (const [step, room] of edges) {
    if (!step && room < 0) return null;
    if (step < 0) first = Math.max(first, room / step);
    if (step > 0) last = Math.min(last, room / step);
  }
  if (first > last) return null;
  const at = (share) => ({ x: from.x + share * across, y: from.y + share * down });
  return [at(first), at(last)];
}

export function meet(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

export function grown({ left, top, right, bottom }, by) {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by };
}

export function isInside(point, box) {
  return point.x >= box.left && point.x <= box.right && point.y >= box.top && point.y <= box.bottom;
}

const pen = document.createElement("canvas").getContext("2d");
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

// Pixels of a text as Plotly draws it, which has three characters escaped.
export function widthOf(text, size, family) {
  pen.font = `${size}px ${family}`;
  return pen.measureText(text.replace(/&(lt|gt|amp);/g, (entity) => ENTITIES[entity])).width;
}
