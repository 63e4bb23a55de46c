// Buttons that copy the text beside them.

export function wireCopy() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const text = button.parentElement.querySelector("pre").textContent;
      button.textContent = (await copied(text)) ? "Copied" : "Select and copy by hand";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  }
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // No permission, or not a secure page.
  }
}
