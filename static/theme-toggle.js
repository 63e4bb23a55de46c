// The button that switches between light and dark, and remembers it. theme.js takes it up on the next page.

export function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

export function wireTheme() {
  document.getElementById("theme-toggle")?.addEventListener("click", () => {
    const theme = currentTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage is switched off: the choice holds for this page.
    }
    tell();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
}

function tell() {
  document.dispatchEvent(new CustomEvent("theme-changed"));
}
