// The base map without a network: land and borders of Natural Earth 1:50m, names of countries, and the graticule.
import { CanvasLayer } from "./canvas.js";
import { token } from "./colours.js";
import { latitudeOf, mercatorX, mercatorY } from "./points.js";
import { emit, on } from "./store.js";

let world = null;

/// Decodes Tools/basemap.py's format: lines as `{ x, y, box, skip }` on the square world map; `skip` marks edges that are no
/// coast: those on ±180° and at the south pole.
function decode(bytes) {
  let at = 0;
  const number = () => {
    let value = 0, shift = 1;
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      shift *= 128;
    }
  };
  const signed = () => {
    const value = number();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  const lines = () => Array.from({ length: number() }, () => {
    const n = number(), x = new Float64Array(n), y = new Float64Array(n), skip = new Uint8Array(n);
    const box = { west: 1, east: 0, north: 1, south: 0 };
    let lon = 0, lat = 0;
    for (let i = 0; i < n; i++) {
      const lastLon = lon, lastLat = lat;
      lon += signed();
      lat += signed();
      skip[i] = Math.abs(lon) >= 180000 && Math.abs(lastLon) >= 180000 || lat <= -90000 && lastLat <= -90000 ? 1 : 0;
      x[i] = mercatorX(lon / 1000);
      y[i] = mercatorY(lat / 1000);
      box.west = Math.min(box.west, x[i]);
      box.east = Math.max(box.east, x[i]);
      box.north = Math.min(box.north, y[i]);
      box.south = Math.max(box.south, y[i]);
    }
    return { x, y, skip, box };
  });
  const land = lines(), borders = lines(), text = new TextDecoder();
  const names = Array.from({ length: number() }, () => {
    const length = number(), name = text.decode(bytes.subarray(at, at += length));
    return { name, x: mercatorX(signed() / 1000), y: mercatorY(signed() / 1000), width: number() / 360000 };
  });
  return { land, borders, names };
}

/// Shows the base map when its bytes are there; a page without it still shows the photos.
export async function loadWorld(answer) {
  try {
    world = decode(new Uint8Array(await (await answer).arrayBuffer()));
  } catch {
    return;
  }
  emit("world");
  requestAnimationFrame(() => document.documentElement.dataset.world = "ready");
}

/// Lines of one zoom with the points that matter there: less than 0.8 px apart makes no difference.
const thinned = new Map();
function linesAt(name, zoom, scale) {
  const level = Math.min(zoom, 9), key = `${name} ${level}`;
  if (!thinned.has(key)) {
    const least = zoom >= 9 ? 0 : 0.8 / scale;
    thinned.set(key, world[name].map(line => thin(line, least)).filter(line => line.x.length > 1));
  }
  return thinned.get(key);
}
function thin(line, least) {
  if (!least) return line;
  const keep = [], n = line.x.length;
  let lastX = -9, lastY = -9;
  for (let i = 0; i < n; i++) {
    if (i < n - 1 && !line.skip[i] && !line.skip[i + 1]
      && Math.abs(line.x[i] - lastX) < least && Math.abs(line.y[i] - lastY) < least) continue;
    keep.push(i);
    lastX = line.x[i];
    lastY = line.y[i];
  }
  if (keep.length < 3 && line.box.east - line.box.west < least) keep.length = 0;
  const pick = (Type, values) => Type.from(keep, i => values[i]);
  return { x: pick(Float64Array, line.x), y: pick(Float64Array, line.y), skip: pick(Uint8Array, line.skip), box: line.box };
}

/// Whole paths of the world, kept for the zooms where all of it is in view.
const paths = new Map();
function wholePath(name, zoom, scale) {
  const key = `${name} ${zoom}`;
  if (!paths.has(key)) {
    const fill = new Path2D(), stroke = new Path2D();
    for (const line of linesAt(name, zoom, scale)) trace(line, fill, stroke, i => line.x[i] * scale, i => line.y[i] * scale);
    paths.set(key, { fill, stroke });
  }
  return paths.get(key);
}
function trace(line, fill, stroke, x, y) {
  for (let i = 0; i < line.x.length; i++) {
    const px = x(i), py = y(i);
    if (i === 0) fill.moveTo(px, py); else fill.lineTo(px, py);
    if (i === 0 || line.skip[i]) stroke.moveTo(px, py); else stroke.lineTo(px, py);
  }
}

/// Cuts a ring to a rectangle (Sutherland and Hodgman), in doubles: canvases calculate with 32 bits.
function cut(points, left, top, right, bottom) {
  const sides = [[0, left, 1], [0, right, -1], [1, top, 1], [1, bottom, -1]];
  for (const [axis, limit, sign] of sides) {
    const out = [];
    for (let i = 0; i < points.length; i += 2) {
      const j = (i + points.length - 2) % points.length;
      const a = [points[j], points[j + 1]], b = [points[i], points[i + 1]];
      const isIn = (b[axis] - limit) * sign >= 0, wasIn = (a[axis] - limit) * sign >= 0;
      if (isIn !== wasIn) {
        const part = (limit - a[axis]) / (b[axis] - a[axis]);
        out.push(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part);
      }
      if (isIn) out.push(b[0], b[1]);
    }
    points = out;
    if (!points.length) break;
  }
  return points;
}

function drawLines(context, name, view, left, isLand) {
  const { zoom, scale, corner, size } = view;
  if (zoom < 6) {
    const path = wholePath(name, zoom, scale);
    context.save();
    context.translate(-left, -corner.y);
    if (isLand) context.fill(path.fill, "evenodd");
    context.stroke(path.stroke);
    context.restore();
    return;
  }
  const edge = 24, west = (left - edge) / scale, east = (left + size.x + edge) / scale;
  const north = (corner.y - edge) / scale, south = (corner.y + size.y + edge) / scale;
  const fill = new Path2D(), stroke = new Path2D();
  for (const line of linesAt(name, zoom, scale)) {
    const { box } = line;
    if (box.east < west || box.west > east || box.south < north || box.north > south) continue;
    const x = i => line.x[i] * scale - left, y = i => line.y[i] * scale - corner.y;
    if (zoom < 9) {
      trace(line, fill, stroke, x, y);
      continue;
    }
    const n = line.x.length;
    for (let i = 1; i < n; i++) {
      if (line.skip[i] || Math.max(line.x[i], line.x[i - 1]) < west || Math.min(line.x[i], line.x[i - 1]) > east
        || Math.max(line.y[i], line.y[i - 1]) < north || Math.min(line.y[i], line.y[i - 1]) > south) continue;
      stroke.moveTo(x(i - 1), y(i - 1));
      stroke.lineTo(x(i), y(i));
    }
    if (!isLand) continue;
    const ring = new Array(2 * n);
    for (let i = 0; i < n; i++) {
      ring[2 * i] = x(i);
      ring[2 * i + 1] = y(i);
    }
    const kept = cut(ring, -edge, -edge, size.x + edge, size.y + edge);
    for (let i = 0; i < kept.length; i += 2) {
      if (i === 0) fill.moveTo(kept[0], kept[1]); else fill.lineTo(kept[i], kept[i + 1]);
    }
  }
  if (isLand) context.fill(fill, "evenodd");
  context.stroke(stroke);
}

function drawNames(context, { zoom, scale, corner, size }, left) {
  context.font = `12px ${token("--font")}`;
  context.textAlign = "center";
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = token("--map-label-halo");
  context.fillStyle = token("--map-label");
  for (const { name, x, y, width } of world.names) {
    const px = x * scale - left, py = y * scale - corner.y;
    if (px < 0 || py < 0 || px > size.x || py > size.y) continue;
    const words = context.measureText(name).width;
    if (words > width * scale * 0.8 || px < words / 2 || px + words / 2 > size.x) continue;
    context.strokeText(name, px, py);
    context.fillText(name, px, py);
  }
  context.textAlign = "start";
}

// MARK: Graticule

const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];

/// Lines at least 110 px apart, as `[degrees, pixel]`.
export function graticule({ scale, corner, size }) {
  const step = steps.findLast(step => step / 360 * scale >= 110) ?? 30;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const west = corner.x / scale * 360 - 180, east = (corner.x + size.x) / scale * 360 - 180;
  const columns = [], rows = [];
  for (let i = Math.ceil(west / step); i * step <= east; i++) {
    columns.push([i * step, Math.round(mercatorX(i * step) * scale - corner.x) + 0.5]);
  }
  const south = latitudeOf(Math.min(1, (corner.y + size.y) / scale)), north = latitudeOf(Math.max(0, corner.y / scale));
  for (let i = Math.ceil(south / step); i * step <= north; i++) {
    rows.push([i * step, Math.round(mercatorY(i * step) * scale - corner.y) + 0.5]);
  }
  return { columns, rows, digits };
}

export function drawWorld(context, view, isWhole = true) {
  const { scale, corner, size, worlds, zoom } = view;
  for (const copy of worlds) {
    const left = corner.x - copy * scale;
    context.lineWidth = 1;
    context.lineJoin = "round";
    if (world) {
      context.fillStyle = token("--land");
      context.strokeStyle = token("--coast");
      drawLines(context, "land", view, left, true);
      // Antarctica goes on below the square map.
      if (corner.y + size.y > scale) context.fillRect(-left, scale - corner.y - 1, scale, size.y);
    }
    if (world && (zoom >= 3 || !isWhole)) {
      context.strokeStyle = token("--border");
      context.setLineDash(zoom >= 7 ? [6, 4] : []);
      drawLines(context, "borders", view, left, false);
      context.setLineDash([]);
    }
    if (world && zoom >= 3 && zoom <= 9) drawNames(context, view, left);
  }
}

export function baseMap() {
  const layer = new CanvasLayer((context, view) => {
    drawWorld(context, view);
    context.strokeStyle = token("--grid");
    context.lineWidth = 1;
    context.beginPath();
    const { columns, rows } = graticule(view);
    for (const [, x] of columns) {
      context.moveTo(x, 0);
      context.lineTo(x, view.size.y);
    }
    for (const [, y] of rows) {
      context.moveTo(0, y);
      context.lineTo(view.size.x, y);
    }
    context.stroke();
  }, "tilePane");
  on("world theme", () => layer.plan());
  return layer;
}
