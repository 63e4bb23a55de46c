// Ticks on the page that chooses what to compare. The limit counts settings: seeds of one setting share a row.

export const MOST_COMPARED = 20;

export function wireTicks() {
  const form = document.getElementById("choose");
  if (!form) return;
  const tell = () => {
    const found = [...form.elements].filter((element) => element.name === "runs" && element.checked);
    const settings = new Set(found.map((box) => box.dataset.setting)).size;
    for (const place of document.querySelectorAll("[data-tick-count]")) {
      place.textContent = tooMany(settings) || `${counted(settings, "setting")} ticked`;
    }
    for (const button of document.querySelectorAll("button[form=choose]")) {
      button.disabled = !found.length || settings > MOST_COMPARED;
    }
  };
  document.addEventListener("change", tell);
  addEventListener("pageshow", tell);
  tell();
}

export function tooMany(settings) {
  return settings > MOST_COMPARED ? `${settings} settings ticked; at most ${MOST_COMPARED} are compared at once` : "";
}

export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
