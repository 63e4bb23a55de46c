// The toolbar of a plot: zoom (a toggle: then drag), reset, PNG, SVG. CSV is a plain link beside it.

export function addTools(box) {
  const place = box.closest("figure").querySelector(".plot-tools");
  if (!place || place.childElementCount) return;
  const zoom = button("Zoom", () => {
    box.dragmode = box.layout.dragmode === "zoom" ? false : "zoom";
    zoom.setAttribute("aria-pressed", String(box.dragmode === "zoom"));
    window.Plotly.relayout(box, { dragmode: box.dragmode });
  });
  zoom.setAttribute("aria-pressed", String(box.layout.dragmode === "zoom"));
  zoom.title = "Drag over the plot to zoom";
  place.append(
    zoom,
    button("Reset", () => window.Plotly.relayout(box, structuredClone(box.home))),
    button("PNG", () => save(box, "png")),
    button("SVG", () => save(box, "svg")),
  );
}

function button(word, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "plain";
  element.textContent = word;
  element.addEventListener("click", act);
  return element;
}

async function save(box, format) {
  const ink = getComputedStyle(document.documentElement);
  const title = { text: box.dataset.title, font: { size: 15 }, x: 0.01, xanchor: "left" };
  const layout = {
    ...box.layout,
    title,
    margin: { ...box.layout.margin, t: box.layout.margin.t + 32 },
    paper_bgcolor: getComputedStyle(document.body).backgroundColor,
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { ...box.layout.font, color: ink.color },
  };
  const size = { width: Math.max(720, box.clientWidth), height: box.layout.height + 32, scale: 2 };
  const address = await window.Plotly.toImage({ data: box.data, layout }, { format, ...size });
  const link = document.createElement("a");
  link.href = address;
  link.download = `${box.dataset.name}.${format}`;
  link.click();
}
