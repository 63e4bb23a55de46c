// Plots on paper are light and as wide as the sheet, whatever the screen shows; a page's style may make them
// lower there (--paper-height, a share). Printing cannot wait for the server: a figure drawn in light is kept
// as it is, and of one drawn in dark the light version is fetched beforehand, when the browser is idle; while a
// run trains, at most twice a minute.

import { drawInto } from "./plot-draw.js";
import { currentTheme } from "./theme-toggle.js";

const CONFIG = { displayModeBar: false, responsive: true };
const PAUSE = 30_000;
const SHEET = 680; // Pixels between the margins of A4 (print.css).
const later = window.requestIdleCallback ?? ((act) => setTimeout(act, 500));

export function keepPaper(box, figure) {
  if (currentTheme() === "light") box.paper = figure;
  else box.paperTimer ??= setTimeout(() => later(() => fetchPaper(box)), box.paper ? PAUSE : 0);
}

async function fetchPaper(box) {
  box.paperTimer = null;
  try {
    const answer = await fetch(`${box.dataset.figure}&theme=light`);
    if (answer.ok) box.paper = await answer.json();
  } catch {
    // Without it the plot is printed as the screen shows it.
  }
}

export function wirePaper(boxes, redraw) {
  addEventListener("beforeprint", () => {
    for (const box of boxes()) {
      if (!box.paper) continue;
      const share = Number(getComputedStyle(box).getPropertyValue("--paper-height")) || 1;
      const sheet = ({ height }) => ({ width: SHEET, height: share * height, autosize: false });
      drawInto(box, structuredClone(box.paper), SHEET, CONFIG, sheet); // Ends before the browser prints.
    }
  });
  addEventListener("afterprint", () => boxes().forEach(redraw));
}
