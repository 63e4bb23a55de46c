// Importing images: a folder or an archive that is dropped or chosen is sent in chunks, under the address of its
// import; and pages of work on data sets are kept up to date while it goes on.

import { chosenIn, entriesOf, filesIn } from "./dropped.js";
import { refresh } from "./patch.js";
import { Refused, send, words } from "./sending.js";
import { keyOf, tarOf } from "./tar.js";

const LOOK = 700;
const ARCHIVE = /\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$/i;

export function wireImport() {
  if (document.querySelector("[data-at-work]")) setTimeout(follow, LOOK);
  const form = document.getElementById("drop");
  if (form) wireDrop(form);
}

// Until the work is over; then the page is another one.
async function follow() {
  await refresh().catch(() => false); // The server may be away for a moment.
  if (document.querySelector("[data-at-work]")) setTimeout(follow, LOOK);
  else location.reload();
}

function wireDrop(form) {
  let chosen = [];
  let sending = null;
  const [file, folder] = ["import-file", "import-folder"].map((id) => document.getElementById(id));
  const begin = async (files) => {
    chosen = files;
    if (sending || !chosen.length) return;
    sending = new AbortController();
    await carryOut(form, chosen, sending.signal);
    sending = null;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (chosen.length) begin(chosen);
    else say("Choose an archive or a folder first, or drop one here.");
  });
  file.addEventListener("change", () => { chosen = chosenIn(file); folder.value = ""; });
  folder.addEventListener("change", () => { file.value = ""; begin(chosenIn(folder)); });
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", async (event) => {
    event.preventDefault();
    form.classList.remove("over");
    const entries = entriesOf(event.dataTransfer);
    say("Reading the names of its files…");
    begin(await filesIn(entries).catch(() => (say("It cannot be read."), [])));
  });
  document.getElementById("import-cancel").addEventListener("click", () => sending?.abort());
  addEventListener("beforeunload", (event) => sending && event.preventDefault());
}

async function carryOut(form, files, signal) {
  const { blob, key, name } = packed(files);
  busy(true);
  let path = null;
  try {
    const item = await begun(form, { blob, key, name });
    path = `${document.body.dataset.root}/api/v1/datasets/imports/${item.id}`;
    history.replaceState(null, "", path.replace("/api/v1", ""));
    await send(blob, path, (at, trouble) => show(at, blob.size, trouble), signal);
    busy(false);
    location.reload(); // The address is that of the import by now.
  } catch (error) {
    if (signal.aborted && path) await fetch(path, { method: "DELETE" }).catch(() => null);
    history.replaceState(null, "", `${document.body.dataset.root}/datasets`);
    say(signal.aborted ? "Canceled; nothing of it stays on the server." : error instanceof Refused ? error.message : `It cannot be sent: ${error.message}`);
    busy(false);
  }
}

// One archive as it is; anything else packed.
function packed(files) {
  if (files.length === 1 && ARCHIVE.test(files[0].path)) return { blob: files[0].file, key: keyOf(files), name: files[0].path };
  const top = files[0].path.split("/")[0];
  return { ...tarOf(files), name: files[0].path.includes("/") ? top : "images" };
}

async function begun(form, { blob, key, name }) {
  const typed = Object.fromEntries(new FormData(form));
  const body = {
    name: typed.name || own(name),
    file_name: name.slice(-255),
    bytes: blob.size,
    key,
    ...(typed.size && { size: Number(typed.size) }),
    replace: Boolean(typed.replace),
  };
  const answer = await fetch(`${document.body.dataset.root}/api/v1/datasets`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", Accept: "application/json" },
  });
  if (!answer.ok) throw new Refused(await words(answer));
  return answer.json();
}

function own(name) {
  const plain = name.replace(ARCHIVE, "").toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+|[-_]+$/g, "");
  return plain.slice(0, 64) || "images";
}

function busy(is) {
  document.getElementById("import-send").disabled = is;
  document.getElementById("import-cancel").hidden = !is;
  document.getElementById("import-progress").hidden = !is;
}

function show(at, size, trouble) {
  const bar = document.querySelector("#import-progress .bar");
  bar.firstElementChild.style.setProperty("--done", at / size);
  bar.setAttribute("aria-valuenow", Math.floor((100 * at) / size));
  say(trouble || `${megabytes(at)} of ${megabytes(size)} MB sent. It goes on after a lost connection or a restart of the server.`);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

function say(text) {
  document.getElementById("import-said").textContent = text;
}
