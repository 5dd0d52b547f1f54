// The details of a photo: the picture first, then answers, then all fields folded.
import { token } from "./colours.js";
import { factsOf } from "./facts.js";
import { askJSON, Refusal } from "./net.js";
import { clearPicture, pictureAddress, showPreview } from "./pictures.js";
import { flightRange } from "./points.js";
import { shapeOf } from "./photos.js";
import { indexOf, on, set, state } from "./store.js";
import { button, byId, copy, element, number, shown } from "./text.js";

const panel = byId("details");
let asked = null;
/// Photos without a position, by the filmstrip; they have neighbours there.
let missing = [];
export const setMissing = list => missing = list;

/// The photos before and after one, in the order of its flight: `{ previous, next, place, of }`.
export function neighboursOf(id) {
  const index = indexOf(id);
  if (index >= 0) {
    const { points } = state, at = points.rank[index], [start, end] = flightRange(points, points.group[index]);
    const idAt = k => k >= start && k < end ? points.id[points.order[k]] : null;
    return { previous: idAt(at - 1), next: idAt(at + 1), place: at - start + 1, of: end - start };
  }
  const at = missing.findIndex(row => row.id === id);
  return { previous: missing[at - 1]?.id ?? null, next: at >= 0 ? missing[at + 1]?.id ?? null : null, place: at + 1, of: missing.length };
}

export function step(forward) {
  if (state.photo === null) return;
  const { previous, next } = neighboursOf(state.photo);
  const id = forward ? next : previous;
  if (id !== null) set({ photo: id });
}

async function open() {
  const id = state.photo;
  // What was shown before belongs to another photo.
  if (panel.hidden && id !== null) empty("…", "");
  panel.hidden = id === null;
  document.body.classList.toggle("detailed", id !== null);
  if (id === null) {
    asked = null;
    clearPicture(byId("picture"));
    return;
  }
  showNeighbours(id);
  if (asked === id) return;
  asked = id;
  try {
    const photo = await askJSON(`/map/photo/${id}`);
    if (asked === id) show(photo);
  } catch (error) {
    if (asked !== id) return;
    empty(error instanceof Refusal && error.status === 404 ? "This photo is no longer in the index" : error.message,
      "Close the details, and reload the page.");
  }
}

function empty(title, note) {
  byId("details-title").textContent = title;
  byId("details-path").textContent = note;
  for (const part of ["actions", "facts", "fields", "all-title"]) byId(part).replaceChildren();
  byId("warning").hidden = true;
  clearPicture(byId("picture"));
}

function showNeighbours(id) {
  const { previous, next, place, of } = neighboursOf(id);
  byId("previous").disabled = previous === null;
  byId("next").disabled = next === null;
  byId("place").textContent = place > 0 ? `${number(place)} of ${number(of)}` : "";
}

/// The photo of the open details.
let shownPhoto = null;
function show(photo) {
  shownPhoto = photo;
  const { sources = {}, ...fields } = photo;
  const picture = byId("picture");
  picture.dataset.id = photo.id;
  clearPicture(picture);
  showPreview(picture, photo);
  byId("details-title").textContent = shown(photo.file);
  byId("details-path").textContent = shown([photo.site, ...photo.folder.split("/")].filter(Boolean).join(" / "));
  showActions(photo);
  showWarning(photo);
  byId("facts").replaceChildren(...factsOf(photo, state.points, indexOf(photo.id)).flatMap(factRow));
  const rows = Object.entries(fields).filter(([, value]) => value !== null && value !== "");
  byId("all-title").textContent = `All ${rows.length} fields`;
  byId("fields").replaceChildren(...rows.flatMap(([name, value]) => {
    const shownValue = element("dd", value);
    if (sources[name]) shownValue.title = shown(`source: ${sources[name]}`);
    return [element("dt", name), shownValue];
  }));
}

function factRow([name, value, note, fix]) {
  const place = element("dd");
  if (fix) place.append(fixSign(fix));
  place.append(shown(value));
  if (note) place.append(element("small", note));
  return [element("dt", name), place];
}

/// The sign of the fix, as on the map.
function fixSign(fix) {
  const sign = element("canvas", undefined, "sign");
  sign.width = sign.height = 24;
  sign.style.width = sign.style.height = "12px";
  sign.style.marginRight = "7px";
  const context = sign.getContext("2d");
  context.setTransform(2, 0, 0, 2, 12, 12);
  context.fillStyle = token(`--fix-${fix}`);
  context.fill(shapeOf(["fixed", "float", "single", "none"].indexOf(fix), 4.5));
  return sign;
}

function showActions(photo) {
  const actions = [];
  // A page for clients leads nowhere.
  if (state.config?.isFile) return;
  // Without paths a link shows no whole files, which contain serial numbers.
  const isPlain = state.config?.share?.paths === false;
  if (state.config?.pictures && !isPlain) {
    for (const [name, how] of [["Open", "target"], ["Download", "download"]]) {
      const link = element("a", name);
      link.href = pictureAddress(photo.id);
      if (how === "target") link.target = "_blank"; else link.download = photo.file;
      link.rel = "noopener";
      actions.push(link);
    }
  }
  const path = `${photo.site}/${photo.path}`;
  if (!isPlain) actions.push(button("Copy path", "", event => copy(path, event.currentTarget)));
  if (photo.location) actions.push(button("Copy URL", "", event => copy(photo.location, event.currentTarget)));
  byId("actions").replaceChildren(...actions);
}

function showWarning(photo) {
  const lines = [];
  if (photo.reason) lines.push(`No position: ${reasonText(photo.reason)}`);
  if (String(photo.flags ?? "").split(",").includes("file-gone")) {
    lines.push(`The file is missing${photo.missing_since ? ` since ${photo.missing_since}` : ""}; the deletion guard keeps its row.`);
  }
  lines.push(...state.findings?.texts.get(photo.id) ?? []);
  byId("warning").hidden = !lines.length;
  byId("warning").textContent = shown(lines.join(" "));
}

const reasons = {
  zero: "position is 0°, 0°", undefined: "position undefined", "out-of-range": "position out of range",
  "bad-type": "position in a wrong format", "no-gps": "no GPS data in the file", "no-exif": "no Exif data in the file",
  unsupported: "format not supported", damaged: "file damaged", "not-an-image": "not an image",
  unreadable: "permission denied", vanished: "file vanished", changing: "file changed while it was read",
  transport: "connection failed", "server-error": "server error",
};
/// “no-gps” as words.
export const reasonText = reason => reasons[reason] ?? String(reason ?? "unknown");

export function prepareDetails(close) {
  byId("close").addEventListener("click", close);
  byId("previous").addEventListener("click", () => step(false));
  byId("next").addEventListener("click", () => step(true));
  // A swipe to the side on the picture: the next or previous photo.
  let start = null;
  byId("picture").addEventListener("pointerdown", event => start = event.pointerType === "mouse" ? null : event.clientX);
  byId("picture").addEventListener("pointerup", event => {
    if (start !== null && Math.abs(event.clientX - start) > 40) step(event.clientX < start);
    start = null;
  });
  on("photo", open);
  on("findings", () => {
    if (shownPhoto && shownPhoto.id === state.photo) showWarning(shownPhoto);
  });
  on("points", () => {
    if (state.photo !== null) showNeighbours(state.photo);
  });
}
