// The map: Leaflet with the base map and the photos, clicks and hovering, and the part of the world it shows.
/* global L */
import { baseMap } from "./basemap.js";
import { prepareBox, isDrawing, setDrawing } from "./box.js";
import { CLUSTER, PHOTO } from "./clusters.js";
import * as filters from "./filters.js";
import { hoverItem } from "./hover.js";
import { prepareLocator } from "./locator.js";
import { containerPoint, prepareOverlay } from "./overlay.js";
import { clusterIndex, itemAt, photoLayer } from "./photos.js";
import { bounds, mercatorX, mercatorY } from "./points.js";
import { openStack } from "./stack.js";
import { indexOf, on, set, state } from "./store.js";
import { byId } from "./text.js";

// Honour prefers-reduced-motion.
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const isPhone = () => innerWidth <= 640;
let map = null;

/// - place: zoom, latitude and longitude to start with, or nothing.
/// - onBox: called with a box that was drawn.
export function createMap(place, onBox) {
  map = L.map("map", {
    attributionControl: Boolean(state.config.attribution), zoomControl: false, preferCanvas: true, boxZoom: false,
    center: place ? [place.latitude, place.longitude] : [20, 0], zoom: place?.zoom ?? 2, minZoom: 0, maxZoom: 22,
    zoomAnimation: !isCalm, fadeAnimation: !isCalm, inertia: !isCalm, worldCopyJump: true,
  });
  L.control.scale({ imperial: false }).addTo(map);
  const isTiled = addBaseMap();
  photoLayer().addTo(map);
  prepareOverlay(map);
  prepareLocator(map, isTiled);
  prepareBox(map, onBox);
  map.on("click", clicked);
  map.on("mousemove", moved);
  map.on("mouseout movestart zoomstart", () => point(null));
  byId("zoom-in").addEventListener("click", () => map.zoomIn());
  byId("zoom-out").addEventListener("click", () => map.zoomOut());
  // When the details are open, so that their size is known.
  on("photo", () => requestAnimationFrame(reveal));
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("map"));
  return map;
}

/// - Returns: whether tiles lie below; the page then offers to show them or the map without a network.
function addBaseMap() {
  const { tiles, attribution, basemap } = state.config, vectors = baseMap();
  if (!tiles && !basemap) {
    vectors.addTo(map);
    return false;
  }
  document.body.classList.add("tiled");
  // The attribution is text, not markup.
  const escaped = document.createElement("span");
  escaped.textContent = attribution ?? "";
  const options = { maxZoom: 22, attribution: escaped.innerHTML };
  if (basemap) Object.assign(options, { minNativeZoom: basemap.min, maxNativeZoom: basemap.max });
  const layer = L.tileLayer(basemap ? "/basemap/{z}/{x}/{y}" : tiles, options).addTo(map);
  map.attributionControl?.setPrefix(false);
  byId("show-tiles").parentElement.hidden = false;
  byId("show-tiles").addEventListener("change", event => {
    const [on_, off] = event.target.checked ? [layer, vectors] : [vectors, layer];
    off.remove();
    on_.addTo(map);
  });
  return true;
}

// MARK: What it shows

/// The window on the square world map; west may be below 0, east above 1.
export function visibleBox() {
  const scale = map.options.crs.scale(map.getZoom()), { min, max } = map.getPixelBounds();
  return { west: min.x / scale, east: max.x / scale, north: min.y / scale, south: max.y / scale };
}

/// A test whether a point, by its number, is in the window.
export function isInView() {
  const { west, east, north, south } = visibleBox(), { x, y } = state.points, width = east - west;
  const start = west - Math.floor(west);
  return i => {
    if (y[i] < north || y[i] > south) return false;
    const from = x[i] - start;
    return width >= 1 || (from < 0 ? from + 1 : from) <= width;
  };
}

/// The box of the window with some more around it, for filters; null when it is the whole world.
export function windowBox() {
  const box = map.getBounds().pad(0.2);
  if (box.getEast() - box.getWest() >= 360) return null;
  const wrap = longitude => ((longitude + 180) % 360 + 360) % 360 - 180;
  return [wrap(box.getWest()), Math.max(-90, box.getSouth()), wrap(box.getEast()), Math.min(90, box.getNorth())]
    .map(value => value.toFixed(6)).join(",");
}

/// The filters as a query string, with a box where they have none.
export function query(box = null) {
  const parameters = filters.parameters();
  if (box && !parameters.has("bbox")) parameters.set("bbox", box);
  return parameters.toString();
}

/// Fits the map to a box of the square world map, beside the details.
export function fit(box, animates = true) {
  const corner = (x, y) => map.options.crs.pointToLatLng(L.point(x, y).multiplyBy(256), 0);
  const right = state.photo !== null && !isPhone() ? byId("details").offsetWidth + 30 : 50;
  map.fitBounds([corner(box.west, box.south), corner(box.east, box.north)], {
    paddingTopLeft: [50, 66], paddingBottomRight: [right, 50], maxZoom: 19, animate: animates && !isCalm && map.getZoom() > 3,
  });
}

export function fitSelection() {
  if (state.points?.n) fit(state.points.bounds);
}

export function fitFolder({ bbox }) {
  if (!bbox) return;
  const [west, south, east, north] = bbox;
  fit({ west: mercatorX(west), east: mercatorX(east < west ? east + 360 : east), north: mercatorY(north), south: mercatorY(south) });
}

export function startBox() {
  setDrawing(!isDrawing());
}

// MARK: Pointer

function itemUnder(event, slack) {
  const scale = map.options.crs.scale(map.getZoom()), corner = map.getPixelBounds().min, { x, y } = event.containerPoint;
  const worldX = (corner.x + x) / scale;
  return clusterIndex() && itemAt(worldX - Math.floor(worldX), (corner.y + y) / scale, scale, slack);
}

const isTouch = event => event.originalEvent?.pointerType === "touch";

function clicked(event) {
  const item = itemUnder(event, isTouch(event) ? 14 : 5);
  hoverItem(null);
  if (!item) {
    set({ photo: null });
    return;
  }
  const members = clusterIndex().members(item), { points } = state;
  if (points.mode === 1) {
    openFolders(members);
  } else if (item.kind === PHOTO) {
    set({ photo: points.id[members[0]] });
  } else if (item.kind === CLUSTER && canPart(members)) {
    fit(bounds(members.length, points.x, points.y, members));
  } else {
    openStack(members);
  }
}

/// Whether a fit would zoom in and part the photos.
function canPart(members) {
  const { x, y } = state.points, box = bounds(members.length, x, y, members);
  const size = map.getSize(), wide = Math.max((box.east - box.west) / size.x, (box.south - box.north) / size.y);
  return map.getZoom() < 19 && wide * map.options.crs.scale(map.getZoom()) < 0.7;
}

/// Totals of flights lead to their photos.
function openFolders(members) {
  const boxes = members.map(i => state.folders.get(state.points.id[i])?.bbox).filter(Boolean);
  if (members.length === 1 && boxes.length) {
    fitFolder({ bbox: boxes[0] });
    return;
  }
  const { x, y } = state.points;
  fit(bounds(members.length, x, y, members));
}

let hovered = null;
function moved(event) {
  if (isTouch(event) || isDrawing()) return;
  point(itemUnder(event, 5));
}

function point(item) {
  if (item === hovered) return;
  hovered = item;
  map.getContainer().classList.toggle("pointing", Boolean(item));
  const at = item && containerPoint(item.x, item.y);
  hoverItem(item, at?.x, at?.y);
  const isOne = item && state.points.mode === 0 && item.kind !== CLUSTER;
  set({ hover: isOne ? clusterIndex().members(item)[0] : -1 });
}

/// Brings the selected photo into the part of the map that panels leave free.
function reveal() {
  const photo = indexOf(state.photo);
  if (photo < 0) return;
  const { x, y } = containerPoint(state.points.x[photo], state.points.y[photo]), size = map.getSize(), edge = 40;
  const right = isPhone() ? size.x - edge : size.x - byId("details").offsetWidth - edge - 20;
  const bottom = isPhone() ? Math.min(size.y, innerHeight * 0.38 - edge) : size.y - edge;
  if (x > edge && x < right && y > edge + 20 && y < bottom) return;
  map.panBy([x - right / 2, y - bottom / 2], { animate: !isCalm });
}

