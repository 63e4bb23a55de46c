// What is wider than its box fades at the right while more of it is hidden there, and what is higher below: classes say
// so, --bar and --bar-below how wide a scroll bar stands there, which is not to fade. Looks: tables.css, forms.css.

const BOXES = ".scroll, .scroll-tall, .upload-help pre, .preview, .open-image, .shots.row, .class-links, .files";
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => tell(target.closest(BOXES))));

export function wireScrollHints() {
  watch();
  const options = { capture: true, passive: true };
  document.addEventListener("scroll", ({ target }) => target.matches?.(BOXES) && tell(target), options);
  document.addEventListener("toggle", watch, options);
  for (const name of ["page-patched", "table-came"]) document.addEventListener(name, watch);
}

// Boxes that came since, and those whose classes were patched away; of each its size and that of what it holds.
function watch() {
  for (const box of document.querySelectorAll(BOXES)) {
    for (const each of [box, ...box.children]) sizes.observe(each);
    tell(box);
  }
}

function tell(box) {
  if (!box) return;
  const hidden = box.scrollWidth - box.clientWidth - box.scrollLeft;
  box.classList.toggle("goes-on", hidden > 1);
  const below = box.scrollHeight - box.clientHeight - box.scrollTop;
  box.classList.toggle("goes-down", below > 1);
  if (hidden > 1) box.style.setProperty("--bar", `${box.offsetWidth - box.clientWidth}px`);
  if (below > 1) box.style.setProperty("--bar-below", `${box.offsetHeight - box.clientHeight}px`);
}
