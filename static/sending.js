// Sends a Blob to an import, chunk by chunk, through whatever happens to the connection or the server meanwhile.

const CHUNK = 2_000_000;
const [FIRST_WAIT, LONGEST_WAIT] = [500, 5000];

export class Refused extends Error {}

// path: of the import's JSON. told(received, words) hears how far it is; signal ends it. Raises Refused.
export async function send(blob, path, told, signal) {
  let at = await received(path, signal);
  let wait = FIRST_WAIT;
  while (at < blob.size) {
    told(at, "");
    const chunk = await content(blob, at);
    const answer = await put(`${path}/content?offset=${at}`, chunk, signal);
    if (answer?.ok) {
      at = Math.min((await answer.json()).received, blob.size);
      wait = FIRST_WAIT;
      continue;
    }
    if (answer && answer.status < 500 && answer.status !== 409) throw new Refused(await words(answer));
    told(at, answer ? await words(answer) : "The server does not answer; this goes on by itself once it does.");
    await pause(wait, signal);
    wait = Math.min(2 * wait, LONGEST_WAIT);
    at = await received(path, signal, at);
  }
  told(blob.size, "");
  while (!(await answers(path, signal))) await pause(wait, signal); // Whoever goes to its page now shall find it.
}

async function answers(path, signal) {
  try {
    return (await fetch(path, { signal })).ok;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}

async function content(blob, at) {
  try {
    return await blob.slice(at, at + CHUNK).arrayBuffer();
  } catch {
    throw new Refused("A file cannot be read any more: it was changed, moved or removed since it was chosen. Choose again.");
  }
}

async function put(address, body, signal) {
  try {
    return await fetch(address, { method: "PUT", body, signal, headers: { "Content-Type": "application/octet-stream", Accept: "application/json" } });
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}

// Bytes that are there; `known` where nobody answers.
async function received(path, signal, known = 0) {
  try {
    const answer = await fetch(path, { signal, headers: { Accept: "application/json" } });
    if (answer.ok) return (await answer.json()).received;
    if (answer.status < 500) throw new Refused(await words(answer));
  } catch (error) {
    if (signal.aborted || error instanceof Refused) throw error;
  }
  return known;
}

export async function words(answer) {
  const { error } = await answer.json().catch(() => ({}));
  if (!error) return `The server answered ${answer.status}.`;
  const fields = error.fields.map((field) => `${field.path} ${field.message}`).join("; ");
  return [error.message, fields, error.hint].filter(Boolean).join(" ");
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}
