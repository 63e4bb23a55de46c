// Pictures dropped on a run's page, or chosen there, are sent at once; the answer comes into the page.

const PATIENCE = 700; // Before it says that the network is being asked: mostly it has answered by then.

export function wirePredict() {
  const form = document.getElementById("predict-form");
  if (!form) return;
  const place = form.closest("section");
  const send = () => ask(form, new FormData(form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.elements.picture.addEventListener("change", () => form.elements.picture.files.length && send());
  for (const name of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.toggle("over", name === "dragover");
      if (name === "drop") drop(form, event.dataTransfer.files, send);
    });
  }
}

function drop(form, files, send) {
  if (!files.length) return; // A folder's name alone.
  form.elements.picture.files = files;
  send();
}

async function ask(form, body) {
  const said = document.getElementById("predict-said");
  const waiting = setTimeout(() => (said.textContent = "The network is being asked…"), PATIENCE);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = fresh.getElementById("predicted");
    if (found) document.getElementById("predicted").replaceWith(document.importNode(found, true));
    clearTimeout(waiting);
    said.textContent = found ? told(found) : (fresh.querySelector("main p")?.textContent ?? "It was refused.");
  } catch {
    clearTimeout(waiting);
    said.textContent = "The server does not answer.";
  }
}

function told(found) {
  const shown = found.querySelectorAll(".picture-answer").length, unread = found.querySelectorAll(".picture-answer .problem").length;
  const pictures = `${shown} picture${shown === 1 ? "" : "s"}`;
  return unread ? `${shown - unread} of ${pictures} answered.` : shown ? `${pictures} answered.` : "";
}
