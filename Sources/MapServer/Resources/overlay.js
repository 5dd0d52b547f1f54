// What changes with every frame: hovered and selected photo with their footprints, the box, and the degrees at the lower edge.
/* global L */
import { graticule } from "./basemap.js";
import { token } from "./colours.js";
import { drawFootprint, footprint } from "./footprint.js";
import { mercatorX, mercatorY } from "./points.js";
import { itemOf } from "./photos.js";
import { optics } from "./pictures.js";
import { indexOf, on, state } from "./store.js";

let map = null, canvas = null, frame = 0;
let box = null;

export function prepareOverlay(on_) {
  map = on_;
  canvas = document.createElement("canvas");
  canvas.id = "overlay";
  canvas.setAttribute("aria-hidden", "true");
  canvas.style.pointerEvents = "none";
  canvas.style.zIndex = 450;
  map.getContainer().append(canvas);
  map.on("move moveend resize zoomend", plan);
  map.on("zoomanim", () => canvas.getContext("2d").clearRect(0, 0, 1e5, 1e5));
  on("photo hover theme points folders optics", plan);
}

/// The box of the filter, `[west, south, east, north]`, or null.
export function showBox(new_) {
  box = new_;
  plan();
}

export function plan() {
  if (!frame) frame = requestAnimationFrame(draw);
}

/// The place of a point of the square world map in the container; in the copy of the world nearest to the middle.
export function containerPoint(x, y) {
  const scale = map.options.crs.scale(map.getZoom()), corner = map.getPixelBounds().min, size = map.getSize();
  const copy = Math.round((corner.x + size.x / 2) / scale - x);
  return L.point((x + copy) * scale - corner.x, y * scale - corner.y);
}

function draw() {
  frame = 0;
  const size = map.getSize(), ratio = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(size.x * ratio) || canvas.height !== Math.round(size.y * ratio)) {
    canvas.width = Math.round(size.x * ratio);
    canvas.height = Math.round(size.y * ratio);
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
  }
  const context = canvas.getContext("2d"), zoom = map.getZoom();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.x, size.y);
  if (!state.config?.tiles && !state.config?.basemap) drawDegrees(context, size, zoom);
  drawBox(context);
  const selected = indexOf(state.photo);
  if (state.hover >= 0 && state.hover !== selected && state.points?.mode === 0 && state.hover < state.points.n) {
    drawPhoto(context, state.hover, zoom, token("--ink-2"), 2);
  }
  if (selected >= 0) drawPhoto(context, selected, zoom, token("--accent"), 3);
}

function drawPhoto(context, photo, zoom, colour, width) {
  const { points } = state, item = itemOf(photo);
  const at = item ?? { x: points.x[photo], y: points.y[photo], r: 4.5 };
  if (zoom >= 15) {
    const own = containerPoint(points.x[photo], points.y[photo]);
    drawFootprint(context, own.x, own.y, footprint(photo, map.options.crs.scale(zoom), optics(points.id[photo])), token("--accent"));
  }
  const { x, y } = containerPoint(at.x, at.y);
  for (const [line, stroke] of [[width + 3, token("--halo")], [width, colour]]) {
    context.lineWidth = line;
    context.strokeStyle = stroke;
    context.beginPath();
    context.arc(x, y, at.r + 5, 0, 2 * Math.PI);
    context.stroke();
  }
}

function drawDegrees(context, size, zoom) {
  const scale = map.options.crs.scale(zoom), corner = map.getPixelBounds().min;
  const { columns, digits } = graticule({ scale, corner, size });
  context.font = `11px ${token("--font")}`;
  context.textAlign = "center";
  context.lineWidth = 3;
  context.strokeStyle = token("--map-label-halo");
  context.fillStyle = token("--map-label");
  for (const [degrees, x] of columns) {
    if (x < 260 || x > size.x - 60) continue;
    const value = ((degrees + 180) % 360 + 360) % 360 - 180;
    const text = `${Math.abs(value).toFixed(digits)}°${Math.abs(value) < 1e-9 || Math.abs(value) === 180 ? "" : value < 0 ? "W" : "E"}`;
    context.strokeText(text, x, size.y - 8);
    context.fillText(text, x, size.y - 8);
  }
  context.textAlign = "start";
}

function drawBox(context) {
  if (!box) return;
  const [west, south, east, north] = box;
  const scale = map.options.crs.scale(map.getZoom()), corner = map.getPixelBounds().min, size = map.getSize();
  const wide = mercatorX(west > east ? east + 360 : east) - mercatorX(west);
  const copy = Math.round((corner.x + size.x / 2) / scale - mercatorX(west) - wide / 2);
  const x = (mercatorX(west) + copy) * scale - corner.x, y = mercatorY(north) * scale - corner.y;
  const height = (mercatorY(south) - mercatorY(north)) * scale;
  context.globalAlpha = 0.08;
  context.fillStyle = token("--accent");
  context.fillRect(x, y, wide * scale, height);
  context.globalAlpha = 1;
  context.strokeStyle = token("--accent");
  context.lineWidth = 2;
  context.strokeRect(x, y, wide * scale, height);
}
