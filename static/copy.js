// Buttons that copy the text beside them, or a file that the server makes, such as a table as LaTeX.

export function wireCopy() {
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy], [data-copy-from]");
    if (!button) return;
    const inside = (button.inside ??= button.innerHTML), failed = button.dataset.copyFrom ? "Not copied" : "Select and copy by hand";
    const text = button.dataset.copyFrom ? fetched(button.dataset.copyFrom) : button.parentElement.querySelector("pre").textContent;
    button.textContent = (await copied(text)) ? "Copied" : failed;
    setTimeout(() => (button.innerHTML = inside), 2000);
  });
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.text();
}

// A text that is still on its way is promised at once: a browser lets a page copy while the click is fresh.
async function copied(text) {
  try {
    const plain = Promise.resolve(text).then((known) => new Blob([known], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": plain })]);
    return true;
  } catch {
    return false; // No permission, not a secure page, or no answer.
  }
}
