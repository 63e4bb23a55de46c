// A figure as a picture for paper or a slide: light whatever the screen shows, at a size in millimetres, with text of
// a size that reads there, its title and note above. It is drawn in a box of its own, off the screen.

import { drawInto } from "./plot-draw.js";
import { widthOf } from "./plot-geometry.js";

const MILLIMETRE = 96 / 25.4; // In CSS pixels, 96 an inch.
const PLAIN = 9; // Points of the figures' own text, 12 pixels.
const TITLE = 14, NOTE = 11, LEADING = 1.35, EDGE = 10, ABOVE = 16;
const STILL = { staticPlot: true, responsive: false };

// text: points of an axis title. Where there is a height, the figure fills it; otherwise it has its own.
export const SIZES = {
  column: { title: "Column, 85 mm", width: 85 * MILLIMETRE, text: 8 },
  text: { title: "Text, 170 mm", width: 170 * MILLIMETRE, text: 9 },
  slide: { title: "Slide, 16:9", width: 1280, height: 720, text: 15 },
};

// { svg, width, height } in CSS pixels of the finished picture; `png` makes one at so many dots an inch.
export async function picture({ data, layout }, size, title) {
  const width = Math.round((size.width * PLAIN) / size.text); // All is drawn at its usual size, then made to fit.
  const zoom = size.width / width, height = size.height && Math.round(size.height / zoom);
  const box = offscreen(width);
  try {
    await drawInto(box, structuredClone({ data, layout }), width, STILL, (fit) => forPaper(fit, title, width, height));
    if (height && box.layout.height !== height) await window.Plotly.relayout(box, { height });
    const drawn = { width, height: box.layout.height };
    const address = await window.Plotly.toImage(box, { format: "svg", ...drawn });
    const finished = { width: zoom * drawn.width, height: zoom * drawn.height };
    return { svg: sized(decodeURIComponent(address.slice(address.indexOf(",") + 1)), drawn, finished), ...finished };
  } finally {
    window.Plotly.purge(box);
    box.remove();
  }
}

function offscreen(width) {
  const box = document.createElement("div");
  box.className = "off-screen";
  box.style.width = `${width}px`;
  return document.body.appendChild(box);
}

// The layout that changes: white ground, and room for the title above.
function forPaper(fit, title, width, height) {
  const { title: words = title, note = "" } = fit.meta ?? {};
  const lines = [...wrapped(words, TITLE, width, fit), ...wrapped(note, NOTE, width, fit)];
  const above = lines.reduce((sum, { size }) => sum + LEADING * size, ABOVE);
  const text = lines.map((line) => `<span style="font-size:${line.size}px">${line.text}</span>`).join("<br>");
  return {
    width, height: height ?? fit.height + above, autosize: false, paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff",
    title: { text, font: { size: TITLE }, x: 0, xanchor: "left", y: 1, yanchor: "top", yref: "container", pad: { l: EDGE, t: ABOVE } },
    margin: { ...fit.margin, t: fit.margin.t + above },
  };
}

function wrapped(text, size, width, { font }) {
  const lines = [];
  for (const word of text.split(" ").filter(Boolean)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && widthOf(longer, size, font.family) <= width - 2 * EDGE) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => ({ text: line, size }));
}

// The picture says its size in millimetres; what is drawn keeps its own units.
function sized(svg, drawn, finished) {
  const millimetres = (pixels) => `${(pixels / MILLIMETRE).toFixed(2)}mm`;
  const size = `width="${millimetres(finished.width)}" height="${millimetres(finished.height)}" viewBox="0 0 ${drawn.width} ${drawn.height}"`;
  return svg.replace(/^<svg[^>]*>/, (root) => root.replace(/ (width|height|viewBox)="[^"]*"/g, "").replace("<svg", `<svg ${size}`));
}

// A PNG of it as a Blob that says its resolution, so that it comes out at its size.
export async function png({ svg, width, height }, dpi) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round((width * dpi) / 96);
    canvas.height = Math.round((height * dpi) / 96);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    return new Blob([withResolution(new Uint8Array(await blob.arrayBuffer()), dpi)], { type: "image/png" });
  } finally {
    URL.revokeObjectURL(address);
  }
}

const HEAD = 33; // Bytes of a PNG's signature and first chunk, after which the resolution stands (PNG, 11.3.4.3).

function withResolution(bytes, dpi) {
  const chunk = new DataView(new ArrayBuffer(21));
  const perMetre = Math.round(dpi / 0.0254);
  chunk.setUint32(0, 9);
  [..."pHYs"].forEach((letter, at) => chunk.setUint8(4 + at, letter.charCodeAt(0)));
  chunk.setUint32(8, perMetre);
  chunk.setUint32(12, perMetre);
  chunk.setUint8(16, 1); // The unit is the metre.
  chunk.setUint32(17, crc(new Uint8Array(chunk.buffer, 4, 13)));
  return new Blob([bytes.subarray(0, HEAD), chunk.buffer, bytes.subarray(HEAD)]);
}

function crc(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
