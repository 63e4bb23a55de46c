// Runs before the first paint: takes the remembered theme, so that nothing flashes. Not a module, on purpose.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const kept = localStorage.getItem("theme");
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  } catch {
    // Storage is switched off: the system's theme it is.
  }
})();
