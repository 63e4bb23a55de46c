// A folder as a tar archive that is never held in memory: a Blob of the headers and the files themselves, so
// that any part of it can be read again. The same files give the same bytes.

const BLOCK = 512;
const SHORT = 100; // Bytes of a name that fit into a header; longer ones, and any but ASCII, get one of their own.
const text = new TextEncoder();

// files: [{path, file}]. The archive, and a key that only the same files have.
export function tarOf(files) {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const parts = sorted.flatMap(({ path, file }) => [...named(path), header(short(path), file.size, "0"), file, padding(file.size)]);
  return { blob: new Blob([...parts, new Uint8Array(2 * BLOCK)]), key: keyOf(sorted) };
}

// Two hashes of 53 bits each of the names, sizes and times of files.
export function keyOf(files) {
  const told = files.map(({ path, file }) => `${path}\0${file.size}\0${file.lastModified}`).join("\n");
  return `${files.length}-${hash(told, 1)}-${hash(told, 2)}`;
}

function named(path) {
  const bytes = text.encode(path);
  if (bytes.length <= SHORT && bytes.length === path.length) return [];
  const record = pax(path, bytes.length);
  return [header("pax", record.length, "x"), record, padding(record.length)];
}

// "LENGTH path=NAME\n", where LENGTH counts itself.
function pax(path, bytes) {
  const rest = " path=\n".length + bytes;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return text.encode(`${length} path=${path}\n`);
}

function short(path) {
  return [...path].map((letter) => (letter > "~" ? "_" : letter)).join("").slice(-SHORT);
}

function header(name, size, kind) {
  const block = new Uint8Array(BLOCK);
  const put = (at, words) => block.set(text.encode(words), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, kind);
  put(257, "ustar");
  put(263, "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

function padding(size) {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

function hash(words, seed) {
  let [high, low] = [0xdeadbeef ^ seed, 0x41c6ce57 ^ seed];
  for (let at = 0; at < words.length; at++) {
    const code = words.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
