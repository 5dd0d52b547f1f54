// The main module of a page for clients: what app.js is for the map page.
import { loadWorld } from "./basemap.js";
import { refreshTheme, setTheme } from "./colours.js";
import { prepareDetails, step } from "./details.js";
import { flights, photoOf, rowCount } from "./embedded.js";
import { dateText, timeText } from "./facts.js";
import { prepareKeys } from "./keys.js";
import { prepareLegend, showLayers } from "./legend.js";
import { createMap, fit, fitSelection, isInView, visibleBox } from "./map.js";
import { addOrder, bounds, localOnly, mercatorX, mercatorY, unknownPitch, unknownYaw, unknownZone } from "./points.js";
import { swipe } from "./sheet.js";
import { closeStack, isStackOpen, prepareStack } from "./stack.js";
import { emit, set, state } from "./store.js";
import { prepareStrip, refresh } from "./strip.js";
import { byId, element } from "./text.js";
import { addressOf } from "./thumbnails.js";

const root = document.documentElement;

function storedTheme() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}
const theme = storedTheme() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
root.dataset.theme = theme === "dark" ? "dark" : "light";
refreshTheme();

/// The photos as /map/points gives them.
function readPoints() {
  const n = rowCount, groups = n ? photoOf(n - 1).flight + 1 : 0;
  const points = {
    mode: 0, n, matched: n, id: Float64Array.from({ length: n }, (_, id) => id), folders: Float64Array.from({ length: groups }, (_, id) => id),
    x: new Float64Array(n), y: new Float64Array(n), time: new Uint32Array(n), altitude: new Float32Array(n), relative: new Float32Array(n),
    ends: new Uint32Array(groups), yaw: new Uint16Array(n), pitch: new Int16Array(n), zone: new Int16Array(n), marks: new Uint8Array(n),
  };
  const number = value => value === null ? NaN : value, fixes = ["", "none", "single", "float", "fixed"];
  for (let i = 0; i < n; i++) {
    const photo = photoOf(i), local = photo.taken_local === null ? null : Date.parse(`${photo.taken_local.slice(0, 23)}Z`);
    const time = photo.utc ?? local;
    points.x[i] = mercatorX(photo.lon);
    points.y[i] = mercatorY(photo.lat);
    points.time[i] = Number.isFinite(time) && time !== null ? Math.max(0, Math.floor(time / 1000)) + 1 : 0;
    points.zone[i] = zoneOf(photo.utc, local);
    points.altitude[i] = number(photo.alt_m);
    points.relative[i] = number(photo.rel_alt_m);
    points.yaw[i] = photo.yaw === null ? unknownYaw : Math.round(photo.yaw * 100) % 36000;
    points.pitch[i] = photo.pitch === null ? unknownPitch : Math.round(photo.pitch * 100);
    points.marks[i] = Math.max(0, fixes.indexOf(photo.fix ?? "")) | (photo.picture === 1 ? 16 : 0);
    points.ends[photo.flight] = i + 1;
  }
  points.bounds = bounds(n, points.x, points.y);
  addOrder(points);
  return points;
}

/// Minutes of local time before UTC, as /map/points has them.
function zoneOf(utc, local) {
  if (local === null || !Number.isFinite(local)) return unknownZone;
  const minutes = utc === null ? Infinity : Math.round((local - utc) / 60_000);
  return Math.abs(minutes) > 1440 ? localOnly : minutes;
}

/// The box of each flight, which gives near ones different colours.
function readFolders({ n, group }) {
  const boxes = new Map();
  for (let i = 0; i < n; i++) {
    const { lon, lat } = photoOf(i), box = boxes.get(group[i]);
    if (!box) boxes.set(group[i], [lon, lat, lon, lat]);
    else boxes.set(group[i], [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)]);
  }
  return new Map(flights.map(flight => [flight.id, { ...flight, bbox: boxes.get(flight.id) }]));
}

// MARK: Printing

/// Lists the photos of the filmstrip with their pictures, four in a row, below the map.
const mostPrinted = 2000;
async function print() {
  const inView = isInView(), list = Array.from(state.points.order).filter(inView).slice(0, mostPrinted);
  const sheet = byId("prints"), waiting = [];
  sheet.replaceChildren(...list.map(photo => {
    const { file, picture } = photoOf(photo), figure = element("figure"), caption = element("figcaption");
    if (picture === 1) {
      const image = element("img");
      // An address of its own: those of the page are given up when there are many.
      image.src = addressOf(photo);
      waiting.push(image.decode().catch(() => {}));
      figure.append(image);
    }
    caption.append(element("b", file, "name"), element("span", [dateText(state.points, photo), timeText(state.points, photo)].join(" ").trim()));
    figure.append(caption);
    return figure;
  }));
  await Promise.all(waiting);
  window.print();
  sheet.replaceChildren();
}

// MARK: Start

function closeDetails() {
  set({ photo: null });
  byId("strip").focus();
}

function escape() {
  if (isStackOpen()) closeStack();
  else if (state.photo !== null) closeDetails();
}

function fold() {
  const isFolded = byId("dock").classList.toggle("folded");
  byId("fold").setAttribute("aria-expanded", String(!isFolded));
}

function prepare() {
  prepareDetails(closeDetails);
  prepareStack();
  prepareStrip(visibleBox, () => "");
  prepareLegend(isInView);
  prepareKeys({ next: () => step(true), previous: () => step(false), fit: fitSelection, fold, escape });
  swipe(byId("details"), closeDetails);
  byId("fold").addEventListener("click", fold);
  for (const id of ["fit", "fit-tool"]) byId(id).addEventListener("click", fitSelection);
  byId("print").addEventListener("click", print);
  byId("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  byId("layers-tool").addEventListener("click", event => {
    event.currentTarget.setAttribute("aria-expanded", String(byId("stage").classList.toggle("layered")));
  });
  document.querySelector(".skip").addEventListener("click", event => {
    event.preventDefault();
    byId("strip").focus();
  });
}

/// The base map, which the page holds compressed.
async function worldBytes() {
  const packed = Uint8Array.from(atob(byId("world").textContent), letter => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")));
}

function start() {
  state.config = { pictures: true, isFile: true };
  state.colour = byId("colour").value;
  const map = createMap(null, () => {});
  prepare();
  showLayers();
  byId("about").prepend(`${byId("about-pictures").textContent} `);
  state.points = readPoints();
  state.folders = readFolders(state.points);
  if (rowCount) fit(state.points.bounds, false);
  else set({ strip: "none" });
  emit("points");
  emit("folders");
  map.on("moveend resize", () => emit("view"));
  refresh();
  root.dataset.ready = String(rowCount);
  setTimeout(() => loadWorld(worldBytes()));
}

start();
