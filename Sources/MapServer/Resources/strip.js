// The filmstrip: the photos in view, of a flight, or without a position. It is the text of the map, too: every photo is here.
import { colourAt, nameAt } from "./colours.js";
import { reasonText, setMissing } from "./details.js";
import { dateText, heightText, timeText } from "./facts.js";
import { askJSON } from "./net.js";
import { clearPicture, loadNames, nameOf, readAhead, showThumbnail } from "./pictures.js";
import { flightRange, isGone } from "./points.js";
import { indexOf, on, set, state } from "./store.js";
import { byId, counted, element, number, shown } from "./text.js";

const strip = byId("strip"), rail = byId("rail"), pitch = 128, widest = 8e6, spare = 2, pause = 60, tooFast = 4;
/// What is listed: numbers of photos, or rows of photos without a position.
let list = new Uint32Array(0), rows = null, cursor = -1, view = null;
const frames = new Map(), unused = [];
let query = () => "", timer = 0, planned = 0;

/// - visible: the box of the map on the square world map, to be asked when it has moved.
/// - filters: the query string of the current filters.
export function prepareStrip(visible, filters) {
  view = visible;
  query = filters;
  strip.addEventListener("scroll", plan, { passive: true });
  strip.addEventListener("click", event => {
    const frame = event.target.closest(".frame");
    if (frame) choose(Number(frame.dataset.at));
  });
  strip.addEventListener("pointerover", event => {
    const frame = event.target.closest(".frame");
    if (frame && event.pointerType === "mouse") set({ hover: rows ? -1 : list[frame.dataset.at] });
  });
  strip.addEventListener("pointerleave", () => set({ hover: -1 }));
  strip.addEventListener("wheel", event => {
    if (event.deltaX || event.ctrlKey) return;
    strip.scrollLeft += event.deltaY;
    event.preventDefault();
  }, { passive: false });
  strip.addEventListener("keydown", moveCursor);
  for (const choice of document.querySelectorAll("[data-strip]")) {
    choice.addEventListener("click", () => set({ strip: choice.dataset.strip }));
  }
  new ResizeObserver(plan).observe(strip);
  on("points view strip", refresh);
  on("colour theme folders optics findings", () => draw(true));
  on("hover", mark);
  on("photo", follow);
}

// MARK: What is listed

export async function refresh() {
  for (const choice of document.querySelectorAll("[data-strip]")) {
    choice.setAttribute("aria-pressed", String(choice.dataset.strip === state.strip));
  }
  const { points } = state;
  if (state.strip === "none") return refreshMissing();
  rows = null;
  if (!points || points.mode === 1) {
    list = new Uint32Array(0);
    title(points ? "Zoom in for photos" : "…", points ? `${counted(points.matched, "photo")} in ${counted(points.n, "flight")}` : "");
    return draw(true);
  }
  const chosen = indexOf(state.photo);
  if (state.strip === "flight") {
    const group = chosen >= 0 ? points.group[chosen] : points.folders.length === 1 ? 0 : -1;
    list = group < 0 ? new Uint32Array(0) : points.order.subarray(...flightRange(points, group));
    if (group < 0) title("No flight is chosen", state.config?.isFile ? "Open a photo." : "Open a photo, or choose a flight in the list of sites.");
    else title(`${counted(list.length, "photo")} in ${shown(nameAt(list[0], "flight"))}`, span(list));
  } else {
    list = inView(points);
    title(`${counted(list.length, "photo")} in view`, [counted(flightsOf(list), "flight"), span(list)].filter(Boolean).join(" · "));
  }
  cursor = list.indexOf(chosen);
  place(`${state.strip} ${list.length ? points.id[list[0]] : ""}`);
}

/// Another list begins at its begin, or at the chosen photo.
let shownList = "";
function place(key) {
  if (key !== shownList) strip.scrollLeft = 0;
  const isNew = key !== shownList;
  shownList = key;
  draw(true);
  if (isNew && cursor >= 0) reveal(cursor);
}

function inView({ n, order, x, y }) {
  const box = view(), wide = box.east - box.west >= 1;
  const west = box.west - Math.floor(box.west), width = box.east - box.west;
  const found = new Uint32Array(n);
  let count = 0;
  for (let k = 0; k < n; k++) {
    const i = order[k];
    if (y[i] < box.north || y[i] > box.south) continue;
    const from = x[i] - west;
    if (wide || (from < 0 ? from + 1 : from) <= width) found[count++] = i;
  }
  return found.subarray(0, count);
}

function flightsOf(list) {
  const { group } = state.points;
  let count = 0, last = -1;
  for (const i of list) {
    if (group[i] !== last) count++;
    last = group[i];
  }
  return count;
}

/// The first and the last day.
function span(list) {
  const { points } = state;
  let first = -1, last = -1;
  for (const i of list) {
    if (!points.time[i]) continue;
    if (first < 0 || points.time[i] < points.time[first]) first = i;
    if (last < 0 || points.time[i] > points.time[last]) last = i;
  }
  if (first < 0) return "";
  const days = [dateText(points, first), dateText(points, last)];
  return days[0] === days[1] ? days[0] : days.join(" – ");
}

let askedFor = null;
async function refreshMissing() {
  const asked = askedFor = query();
  rows = [];
  list = rows;
  title("…", "");
  try {
    const answer = await askJSON(`/map/missing?${asked}`);
    if (asked !== askedFor || state.strip !== "none") return;
    rows = list = answer.photos;
    setMissing(rows);
    title(`${counted(answer.total, "photo")} without position`, answer.total > rows.length ? `The first ${number(rows.length)}; filter by folder for others.`
      : answer.total ? state.config?.isFile ? "" : "gpsindex problems lists them with their reasons."
        : state.config?.isFile ? "Every photo has a position." : "Every photo has a position, or the filter leaves none without.");
  } catch (error) {
    title("Photos without position", error.message);
  }
  cursor = rows.findIndex(row => row.id === state.photo);
  place(`none ${rows[0]?.id ?? ""}`);
}

function title(text, note) {
  // A phone has no room for the noun.
  byId("strip-title").textContent = innerWidth <= 640 ? text.replace(/ photos?/, "") : text;
  byId("strip-note").textContent = note;
}

// MARK: Frames

/// Very many frames would be wider than browsers allow: then a pixel of scrolling is more than a pixel of the strip.
function geometry() {
  const full = list.length * pitch, width = strip.clientWidth, rail = Math.min(full, widest);
  const ratio = full > widest ? (full - width) / (widest - width) : 1;
  return { full, width, rail, ratio, offset: strip.scrollLeft * ratio };
}

function plan() {
  if (!planned) planned = requestAnimationFrame(() => draw(false));
}

function draw(isNew) {
  cancelAnimationFrame(planned);
  planned = 0;
  const { width, rail: railWidth, offset } = geometry();
  if (isNew) rail.style.width = `${railWidth}px`;
  const first = Math.max(0, Math.floor(offset / pitch) - spare);
  const last = Math.min(list.length - 1, Math.ceil((offset + width) / pitch) + spare);
  for (const [at, frame] of frames) {
    if (at >= first && at <= last && !isNew) continue;
    frames.delete(at);
    unused.push(frame);
  }
  for (let at = first; at <= last; at++) {
    let frame = frames.get(at);
    if (!frame) {
      frame = unused.pop() ?? makeFrame();
      fill(frame, at);
      frames.set(at, frame);
    }
    frame.style.transform = `translateX(${Math.round(at * pitch - offset + strip.scrollLeft)}px)`;
  }
  for (const frame of unused) {
    if (frame.dataset.at === undefined) continue;
    delete frame.dataset.at;
    for (const name of ["id", "aria-posinset", "aria-label"]) frame.removeAttribute(name);
    frame.hidden = true;
    clearPicture(frame);
  }
  mark();
  askForPictures(isNew, offset);
}

/// At once for a new list, every moment while it scrolls slowly, and after a pause where it flies past.
let lastOffset = 0, lastTime = 0;
function askForPictures(isNew, offset) {
  const now = performance.now(), speed = Math.abs(offset - lastOffset) / Math.max(1, now - lastTime);
  [lastOffset, lastTime] = [offset, now];
  if (isNew || speed > tooFast) clearTimeout(timer);
  else if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    loadPictures();
  }, isNew ? 0 : pause);
}

function makeFrame() {
  const frame = element("div", undefined, "frame");
  frame.setAttribute("role", "option");
  const foot = element("span", undefined, "foot");
  foot.append(element("span"), element("span"));
  frame.append(element("span", undefined, "dot"), element("span", undefined, "of"), foot);
  rail.append(frame);
  return frame;
}

const idAt = at => rows ? rows[at]?.id : state.points.id[list[at]];

function fill(frame, at) {
  const [dot, flight, foot] = frame.querySelectorAll(":scope > .dot, :scope > .of, :scope > .foot");
  const id = idAt(at);
  if (frame.dataset.id !== String(id)) clearPicture(frame);
  Object.assign(frame.dataset, { at, id });
  frame.hidden = false;
  frame.id = `frame-${at}`;
  frame.setAttribute("aria-setsize", list.length);
  frame.setAttribute("aria-posinset", at + 1);
  const [time, height] = foot.children;
  if (rows) {
    const row = rows[at];
    frame.classList.toggle("gone", row.gone);
    dot.hidden = true;
    flight.hidden = at > 0 && rows[at - 1].folder === row.folder && rows[at - 1].site === row.site;
    flight.textContent = shown(row.folder.split("/").at(-1) || row.site);
    time.textContent = shown(row.file.length > 18 ? `…${row.file.slice(-17)}` : row.file);
    height.textContent = "";
    frame.setAttribute("aria-label", shown(`${row.file}: ${reasonText(row.reason)}`));
    return;
  }
  const photo = list[at], { points } = state;
  frame.classList.toggle("gone", isGone(points, photo));
  dot.hidden = false;
  dot.style.background = colourAt(photo);
  const isFirst = at === 0 || points.group[list[at - 1]] !== points.group[photo];
  flight.hidden = !isFirst;
  if (isFirst) flight.textContent = shown(nameAt(photo, "flight"));
  time.textContent = timeText(points, photo);
  height.textContent = heightText(points, photo);
  frame.setAttribute("aria-label", shown([nameOf(id), dateText(points, photo), timeText(points, photo), heightText(points, photo),
    isGone(points, photo) ? "file missing" : ""].filter(Boolean).join(", ")));
}

function loadPictures() {
  const wanted = [];
  if (!rows) readAhead([...frames.keys()].map(idAt));
  for (const [at, frame] of frames) {
    const id = idAt(at);
    if (id === undefined) continue;
    if (rows) {
      let note = frame.querySelector(".none");
      if (!note) frame.append(note = element("span", "", "none"));
      note.textContent = shown(rows[at].reason ? reasonText(rows[at].reason) : "no position");
    } else {
      showThumbnail(frame, id);
      wanted.push(id);
    }
  }
  if (wanted.length) loadNames(wanted, () => {});
}

// MARK: Selection

function mark() {
  for (const [at, frame] of frames) {
    const isCurrent = idAt(at) === state.photo;
    frame.classList.toggle("current", isCurrent || at === cursor && document.activeElement === strip);
    frame.classList.toggle("hovered", !rows && state.hover >= 0 && list[at] === state.hover);
    frame.setAttribute("aria-selected", String(isCurrent));
  }
  if (cursor >= 0 && frames.has(cursor)) strip.setAttribute("aria-activedescendant", `frame-${cursor}`);
  else strip.removeAttribute("aria-activedescendant");
}

/// Brings a frame into the visible part.
export function reveal(at) {
  const { offset, width, ratio } = geometry(), left = at * pitch;
  if (left >= offset && left + pitch <= offset + width) return;
  strip.scrollLeft = Math.max(0, left - (width - pitch) / 2) / ratio;
  draw(false);
}

function follow() {
  if (state.strip === "flight") {
    const chosen = indexOf(state.photo);
    if (chosen >= 0 && !list.includes(chosen)) refresh();
  }
  const at = rows ? rows.findIndex(row => row.id === state.photo) : list.indexOf(indexOf(state.photo));
  if (at >= 0) {
    cursor = at;
    reveal(at);
  }
  mark();
}

function choose(at) {
  if (idAt(at) === undefined) return;
  cursor = at;
  set({ photo: idAt(at) });
  mark();
}

function moveCursor(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !list.length) return;
  const page = Math.max(1, Math.floor(strip.clientWidth / pitch) - 1), last = list.length - 1;
  const moves = { ArrowRight: 1, ArrowLeft: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (event.key === "Enter" || event.key === " ") choose(Math.max(0, cursor));
  else if (event.key in moves) {
    cursor = Math.max(0, Math.min(last, cursor + moves[event.key]));
    reveal(cursor);
    mark();
    if (!rows) set({ hover: list[cursor] });
    // While the details are open they follow.
    if (state.photo !== null) choose(cursor);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
