// Plots on paper are light and as wide as the sheet, whatever the screen shows; a page's style may make them
// lower there (--paper-height, a share). Printing cannot wait for
// the server, so the light version of each drawn figure is fetched beforehand, when the browser is idle.

const SHEET = 680; // Pixels between the margins of A4 (print.css).
const later = window.requestIdleCallback ?? ((act) => setTimeout(act, 500));

export function keepPaper(box) {
  later(async () => {
    try {
      const answer = await fetch(`${box.dataset.figure}&theme=light`);
      if (answer.ok) box.paper = await answer.json();
    } catch {
      // Without it the plot is printed as the screen shows it.
    }
  });
}

export function wirePaper(boxes, redraw) {
  addEventListener("beforeprint", () => {
    for (const box of boxes()) {
      if (!box.paper) continue;
      const { data, layout } = box.paper;
      const share = Number(getComputedStyle(box).getPropertyValue("--paper-height")) || 1;
      window.Plotly.react(box, data, { ...layout, width: SHEET, height: share * layout.height, autosize: false });
    }
  });
  addEventListener("afterprint", () => boxes().forEach(redraw));
}
