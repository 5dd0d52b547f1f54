// The filter form: makes the query string for the server, and the equivalent command.

const form = document.getElementById("filters");
const field = name => form.elements[name];

const box = () => field("bbox").value.replace(/\s+/g, "");

/// The filters as a query string for the server.
export function parameters() {
  const query = new URLSearchParams();
  for (const name of ["bbox", "site", "folder", "since", "until", "fix", "flag"]) {
    // Names may start or end with spaces.
    const value = name === "bbox" ? box() : field(name).value;
    if (value) query.set(name, value);
  }
  const low = field("low").value, high = field("high").value;
  if (low || high) query.set("alt", `${low}..${high}`);
  return query;
}

/// Quotes a word for a shell. Control and bidirectional characters become \x escapes.
function quoted(word) {
  if (/^[A-Za-z0-9_.,:\/@+=-]+$/.test(word)) return word;
  const odd = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  if (!odd.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const bytes = [...new TextEncoder().encode(word)];
  const plain = byte => byte > 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
  const digits = byte => `\\x${byte.toString(16).padStart(2, "0")}`;
  return `$'${bytes.map(b => plain(b) ? String.fromCharCode(b) : digits(b)).join("")}'`;
}

/// The equivalent command.
export function command() {
  const words = ["gpsindex query"];
  if (box()) words.push(`--bbox ${quoted(box())}`);
  for (const name of ["site", "folder", "since", "until"]) {
    const value = field(name).value;
    if (value) words.push(`--${name} ${quoted(value)}`);
  }
  const low = field("low").value, high = field("high").value;
  if (low || high) words.push(`--alt ${quoted(`${low}..${high}`)}`);
  for (const name of ["fix", "flag"]) {
    if (field(name).value) words.push(`--${name} ${field(name).value}`);
  }
  return words.join(" ");
}

export function setBox(box) {
  field("bbox").value = box;
  changed();
}

export function setFolder(site, folder) {
  setSites([site]);
  field("site").value = site;
  // A folder name may contain pattern characters, and line ends, which an input field drops.
  field("folder").value = folder.replace(/[*?\n\r]/g, "?");
  changed();
}

export function setFlags(names) {
  for (const name of names) field("flag").add(new Option(name, name));
}

/// Adds new sites to the list.
export function setSites(names) {
  const known = new Set([...field("site").options].map(option => option.value));
  for (const name of names) if (!known.has(name)) field("site").add(new Option(name, name));
}

let listener = () => {};
let timer = 0;
function changed() {
  clearTimeout(timer);
  timer = setTimeout(listener, 150);
}

export function onChange(body) {
  listener = body;
  form.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(changed));
  form.addEventListener("submit", event => event.preventDefault());
}
