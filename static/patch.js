// Brings the page up to date without a flicker: fetches it again and changes only what differs.
// The server stays the one place where numbers become words. [data-live] parts are patched; [data-keep]
// below them are left alone, and so are what people typed, ticked, opened or focused.

export async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected) location.reload(); // To the form that signs in: the session has ended.
  if (!answer.ok || answer.redirected) return false;
  apply(await answer.text());
  return true;
}

export function apply(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  if (fresh.body.dataset.stream) document.body.dataset.stream = fresh.body.dataset.stream;
  for (const id of ["queue", "banner"]) patch(document.getElementById(id), fresh.getElementById(id));
  for (const part of fresh.querySelectorAll("[data-live]")) patch(document.getElementById(part.id), part);
  for (const box of fresh.querySelectorAll(".plot-box")) relabel(box);
  document.dispatchEvent(new CustomEvent("page-patched"));
  return fresh;
}

function patch(old, fresh) {
  if (!old || !fresh || old.isEqualNode(fresh)) return;
  morph(old, fresh);
}

// A figure keeps its drawing and its tools; its words, addresses and table follow.
function relabel(box) {
  const figure = box.closest("figure");
  const old = document.getElementById(figure.id);
  if (!old) return;
  const kept = old.querySelector(".plot-box");
  for (const name of ["aria-label", "data-figure"]) kept.setAttribute(name, box.getAttribute(name));
  patch(old.querySelector("figcaption"), figure.querySelector("figcaption"));
  const [table, fresh] = [old, figure].map((each) => each.querySelector(".plot-data"));
  if (fresh && !table) old.append(document.importNode(fresh, true));
  else patch(table, fresh);
}

function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.hasAttribute("data-keep")) return;
  copyAttributes(old, fresh);
  const named = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = old.firstChild;
  for (const want of [...fresh.childNodes]) {
    const same = want.id ? named.get(want.id) : isAlike(at, want) ? at : null;
    if (!same) old.insertBefore(document.importNode(want, true), at);
    else if (same === at) at = at.nextSibling;
    else old.insertBefore(same, at);
    if (same) morph(same, want);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function isAlike(old, want) {
  return old && old.nodeName === want.nodeName && !old.id;
}

const PERSONAL = { DETAILS: ["open"], INPUT: ["value", "checked"], OPTION: ["selected"] };

function copyAttributes(old, fresh) {
  const kept = PERSONAL[old.nodeName] ?? [];
  for (const { name, value } of [...fresh.attributes]) {
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!kept.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}
