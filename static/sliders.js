// A slider beside a field of text: sliding writes the number there, typing a number moves the slider. Empty
// and words, as "validation", leave the slider where it is. It comes before explore.js hears of it.

export function wireSliders() {
  for (const form of document.querySelectorAll("form[data-sliders]")) {
    const sliders = [...form.querySelectorAll("input[type=range][data-of]")];
    form.addEventListener("input", ({ target }) => {
      const field = target.dataset.of && document.getElementById(target.dataset.of);
      if (field) { field.value = target.value; return; }
      const slider = sliders.find((one) => one.dataset.of === target.id);
      if (slider && target.value.trim() && Number.isFinite(Number(target.value))) slider.value = target.value;
    }, { capture: true });
  }
}
