// The filter form: makes the query string for the server, the equivalent command, and a chip for each filter.
import { emit } from "./store.js";
import { button, byId, element, shown } from "./text.js";

const form = document.getElementById("filters");
const field = name => form.elements[name];

const box = () => field("bbox").value.replace(/\s+/g, "");

/// Filters of two fields, as MIN..MAX.
function ranges() {
  return [["alt", "low", "high"], ["rel-alt", "rel-low", "rel-high"]]
    .map(([name, low, high]) => [name, `${field(low).value}..${field(high).value}`])
    .filter(([, text]) => text !== "..");
}

/// The filters as a query string for the server.
export function parameters() {
  const query = new URLSearchParams();
  for (const name of ["bbox", "site", "folder", "since", "until", "fix", "flag", "camera", "rtk-std"]) {
    // Names may start or end with spaces.
    const value = name === "bbox" ? box() : field(name).value;
    if (value) query.set(name, value);
  }
  for (const [name, text] of ranges()) query.set(name, text);
  if (field("present").checked) query.set("present", "true");
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
  for (const [name, text] of ranges()) words.push(`--${name} ${quoted(text)}`);
  for (const name of ["fix", "flag", "camera", "rtk-std"]) {
    if (field(name).value) words.push(`--${name} ${quoted(field(name).value)}`);
  }
  if (field("present").checked) words.push("--present");
  return words.join(" ");
}

export function setBox(box) {
  field("bbox").value = box;
  changed();
}

/// A folder name may contain pattern characters, and line ends, which an input field drops.
const pattern = folder => folder.replace(/[*?\n\r]/g, "?");

/// Only this flight; null for all.
export function setFolder(folder) {
  if (folder) setSites([folder.site]);
  field("site").value = folder?.site ?? "";
  field("folder").value = folder ? pattern(folder.folder) : "";
  changed();
}
export const isChosenFolder = folder => Boolean(folder) && field("site").value === folder.site
  && field("folder").value === pattern(folder.folder) && Boolean(field("folder").value || folder.folder === "" && field("site").value);

/// Fills the form from the names of ``parameters()``; unknown names are left out.
export function fill(query) {
  for (const [name, value] of query) {
    if (name === "alt" || name === "rel-alt") {
      const [low, high] = name === "alt" ? ["low", "high"] : ["rel-low", "rel-high"], ends = value.split("..");
      field(low).value = ends[0] ?? "";
      field(high).value = ends[1] ?? "";
    } else if (name === "present") field("present").checked = value === "true";
    else if (field(name)) {
      if (name === "site") setSites([value]);
      if (name === "flag") setFlags([value]);
      field(name).value = value;
    }
  }
}

const chipNames = {
  bbox: "Box", site: "Site", folder: "Flight", since: "From", until: "Until", fix: "Fix", flag: "Flag", camera: "Camera",
  "rtk-std": "RTK σ ≤", alt: "Altitude", "rel-alt": "Above take-off", present: "Files present",
};

/// The filters that are set, as `[name, value]`.
export const active = () => [...parameters()];

/// Removes one filter.
export function clear(name) {
  const fields = { alt: ["low", "high"], "rel-alt": ["rel-low", "rel-high"] }[name] ?? [name];
  for (const one of fields) if (one === "present") field(one).checked = false; else field(one).value = "";
  changed();
}

/// The words of a filter for people.
export function label(name, value) {
  const text = name === "present" ? "" : name === "bbox" ? value.split(",").map(side => Number(side).toFixed(3)).join(", ")
    : name === "folder" ? value.split("/").slice(-2).join("/") : value;
  return [chipNames[name] ?? name, text];
}

export function showChips() {
  byId("chips").replaceChildren(...active().map(([name, value]) => {
    const chip = element("span", undefined, "chip"), [what, text] = label(name, value);
    const remove = button("×", "", () => {
      clear(name);
      byId("filter-button").focus();
    });
    remove.setAttribute("aria-label", shown(`Remove the filter ${what} ${text}`));
    chip.append(element("span", what), element("b", text), remove);
    return chip;
  }));
}

export function setFlags(names) {
  const known = new Set([...field("flag").options].map(option => option.value));
  for (const name of names) if (!known.has(name)) field("flag").add(new Option(name, name));
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
  timer = setTimeout(() => {
    showChips();
    emit("filters");
    listener();
  }, 150);
}

export function onChange(body) {
  listener = body;
  form.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(changed));
  form.addEventListener("submit", event => event.preventDefault());
}
