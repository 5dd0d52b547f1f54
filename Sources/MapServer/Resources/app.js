// The main module of the page.
/* global L */
import * as filters from "./filters.js";
import { baseMap, photos } from "./layers.js";
import { onClose, showFolders, showPhoto } from "./panels.js";
import { decode } from "./points.js";
import { follow } from "./syncs.js";

// Requested before the map is built, which overlaps with the response.
const query = () => filters.parameters().toString();
const firstPoints = fetch(`/map/points?${query()}`);
const config = await (await fetch("/map/config")).json();
filters.setFlags(config.flags);

// Honour prefers-reduced-motion.
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const map = L.map("map", {
  attributionControl: Boolean(config.attribution), center: [20, 0], zoom: 2, minZoom: 1, maxZoom: 22,
  preferCanvas: true, boxZoom: false, zoomAnimation: !isCalm, fadeAnimation: !isCalm, inertia: !isCalm,
});
L.control.scale({ imperial: false }).addTo(map);
if (config.tiles) {
  // The attribution is text, not markup.
  const escaped = document.createElement("span");
  escaped.textContent = config.attribution ?? "";
  L.tileLayer(config.tiles, { maxZoom: 22, attribution: escaped.innerHTML }).addTo(map);
  map.attributionControl?.setPrefix(false);
} else {
  baseMap().addTo(map);
}
const layer = photos().addTo(map);

// MARK: Points

let points = null;
let asked = 0;
let isFitted = false;

async function showAnswer(promise) {
  const mine = ++asked;
  const answer = await promise;
  const refusal = document.getElementById("refusal");
  if (!answer.ok) {
    refusal.textContent = (await answer.json()).description;
    refusal.hidden = false;
    return;
  }
  const buffer = await answer.arrayBuffer();
  if (mine !== asked) return;
  refusal.hidden = true;
  points = decode(buffer);
  layer.show(points);
  const what = points.mode === 1
    ? `photos in ${points.n.toLocaleString("en")} folders; zoom in for photos` : "photos on the map";
  document.getElementById("total").textContent = `${points.matched.toLocaleString("en")} ${what}`;
  if (!isFitted && points.n) {
    isFitted = true;
    fit(points.bounds);
  }
  document.documentElement.dataset.ready = String(points.n);
}

/// Fits the map to a box of the square world map.
function fit(box) {
  const corner = (x, y) => map.options.crs.pointToLatLng(L.point(x, y).multiplyBy(256), 0);
  map.fitBounds([corner(box.west, box.south), corner(box.east, box.north)], {
    padding: [40, 40], maxZoom: 19, animate: !isCalm && isFitted && map.getZoom() > 3,
  });
}

/// The query for the visible part of the map, when there are too many photos for one response.
function windowQuery() {
  const parameters = filters.parameters();
  const bounds = map.getBounds().pad(0.2);
  if (bounds.getEast() - bounds.getWest() < 360 && !parameters.has("bbox")) {
    const wrap = longitude => ((longitude + 180) % 360 + 360) % 360 - 180;
    parameters.set("bbox", [
      wrap(bounds.getWest()), Math.max(-90, bounds.getSouth()), wrap(bounds.getEast()),
      Math.min(90, bounds.getNorth()),
    ].map(value => value.toFixed(6)).join(","));
  }
  return parameters.toString();
}

let isPartial = false;
async function load() {
  const begin = performance.now();
  await showAnswer(fetch(`/map/points?${isPartial ? windowQuery() : query()}`));
  if (!isPartial && points?.mode === 1) isPartial = true;
  return performance.now() - begin;
}

map.on("moveend", () => {
  if (isPartial) load();
});

async function loadFolders() {
  const answer = await fetch(`/map/folders?${query()}`);
  if (answer.ok) showFolders(await answer.json(), folder => {
    if (folder.bbox) {
      const [west, south, east, north] = folder.bbox;
      map.fitBounds([[south, west], [north, east]], { padding: [40, 40], maxZoom: 19, animate: !isCalm });
    }
    filters.setFolder(folder.site, folder.folder);
  });
}

function showSelection() {
  document.getElementById("command").textContent = filters.command();
  for (const link of document.querySelectorAll("[data-format]")) {
    const parameters = filters.parameters();
    parameters.set("f", link.dataset.format);
    link.href = `/map/download?${parameters}`;
  }
  const box = filters.parameters().get("bbox")?.split(",").map(Number);
  showBox(box?.length === 4 && box.every(Number.isFinite) ? box : null);
}

filters.onChange(() => {
  showSelection();
  isPartial = false;
  load();
  loadFolders();
});

// MARK: Drawing a box

let rectangle = null;
function showBox(box) {
  rectangle?.remove();
  rectangle = null;
  if (!box) return;
  const [west, south, east, north] = box;
  rectangle = L.rectangle([[south, west], [north, west > east ? east + 360 : east]], {
    color: "#0b6e99", weight: 2, fill: false, interactive: false,
  }).addTo(map);
}

const draw = document.getElementById("draw");
function setDrawing(isDrawing) {
  draw.setAttribute("aria-pressed", String(isDrawing));
  map.getContainer().classList.toggle("drawing", isDrawing);
  if (isDrawing) map.dragging.disable(); else map.dragging.enable();
}
draw.addEventListener("click", () => setDrawing(draw.getAttribute("aria-pressed") !== "true"));

let start = null;
map.on("mousedown", event => {
  if (draw.getAttribute("aria-pressed") === "true") start = event.latlng;
});
map.on("mousemove", event => {
  if (start) showBox(boxOf(start, event.latlng, value => value));
});
map.on("mouseup", event => {
  if (!start) return;
  const wrap = value => ((value + 180) % 360 + 360) % 360 - 180;
  const box = boxOf(start, event.latlng, wrap);
  start = null;
  setDrawing(false);
  filters.setBox(box.map(value => Number(value.toFixed(6))).join(","));
});
function boxOf(a, b, wrap) {
  const clamp = latitude => Math.max(-90, Math.min(90, latitude));
  const isWorld = Math.abs(a.lng - b.lng) >= 360;
  return [
    isWorld ? -180 : wrap(Math.min(a.lng, b.lng)), clamp(Math.min(a.lat, b.lat)),
    isWorld ? 180 : wrap(Math.max(a.lng, b.lng)), clamp(Math.max(a.lat, b.lat)),
  ];
}

// MARK: Clicks

map.on("click", async event => {
  const found = layer.at(event.containerPoint, map);
  if (found?.cluster) {
    if (map.getZoom() < 21) fit(found.cluster);
    return;
  }
  if (!found || points.mode === 1) {
    close();
    return;
  }
  layer.set({ chosen: found.id });
  const answer = await fetch(`/map/photo/${found.id}`);
  if (answer.ok) showPhoto(await answer.json());
});
function close() {
  layer.set({ chosen: null });
  showPhoto(null);
}
onClose(close);

for (const [id, name] of [["show-tracks", "tracks"], ["show-arrows", "arrows"]]) {
  document.getElementById(id).addEventListener("change", event => {
    layer.set({ [name]: event.target.checked });
  });
}
document.getElementById("copy").addEventListener("click", async event => {
  await navigator.clipboard.writeText(document.getElementById("command").textContent);
  event.target.textContent = "Copied";
  setTimeout(() => event.target.textContent = "Copy", 1500);
});

// MARK: Updates

let reloading = 0;
let cost = 0;
/// Shows new photos while a sync runs. Reloading takes at most a twentieth of the time.
function indexChanged() {
  if (reloading || document.hidden) return;
  reloading = setTimeout(async () => {
    cost = await load();
    await loadFolders();
    reloading = 0;
  }, Math.max(2000, 20 * cost));
}

showSelection();
await showAnswer(firstPoints);
if (points?.mode === 1) isPartial = true;
loadFolders();
let isFirst = true;
follow(filters.setSites, () => {
  // The first event contains all sites, also when the index has not changed.
  if (!isFirst) indexChanged();
  isFirst = false;
});
