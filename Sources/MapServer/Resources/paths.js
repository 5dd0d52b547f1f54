// Flight paths in the order of time, with arrows in the direction of flight.
import { flightColour, siteColour, token } from "./colours.js";
import { flightRange } from "./points.js";
import { folderOf, state } from "./store.js";

const arrowEvery = 150;

/// The box of each flight, on the square world map; made once for an answer.
const boxes = new WeakMap();
function boxesOf(points) {
  if (!boxes.has(points)) {
    boxes.set(points, Array.from(points.ends, (_, g) => {
      const [start, end] = flightRange(points, g), box = { west: 1, east: 0, north: 1, south: 0 };
      for (let i = start; i < end; i++) {
        box.west = Math.min(box.west, points.x[i]);
        box.east = Math.max(box.east, points.x[i]);
        box.north = Math.min(box.north, points.y[i]);
        box.south = Math.max(box.south, points.y[i]);
      }
      return box;
    }));
  }
  return boxes.get(points);
}

/// Draws the flights that touch the canvas.
export function drawPaths(context, view) {
  const { points } = state, { scale, corner, size } = view;
  if (points.mode === 1) return;
  const left = corner.x / scale, right = (corner.x + size.x) / scale, middle = (left + right) / 2;
  const top = corner.y / scale, bottom = (corner.y + size.y) / scale;
  context.lineWidth = 1.8;
  context.lineJoin = "round";
  context.globalAlpha = Number(token("--path-alpha"));
  boxesOf(points).forEach((box, g) => {
    // A flight across 180° reaches around the world: its copy is that of its first photo.
    const isWide = box.east - box.west > 0.5;
    const copy = Math.round(middle - (isWide ? points.x[flightRange(points, g)[0]] : (box.west + box.east) / 2));
    if (box.south < top || box.north > bottom) return;
    if (!isWide && (box.east + copy < left || box.west + copy > right)) return;
    drawPath(context, view, g, copy);
  });
  context.globalAlpha = 1;
}

function pathColour(g, first) {
  const { points, colour } = state;
  if (colour === "flight") return flightColour(points.folders[g]);
  if (colour === "site") return siteColour(folderOf(first)?.site);
  return token("--ink-3");
}

function drawPath(context, { scale, corner, size }, g, copy) {
  const { points } = state, [start, end] = flightRange(points, g), { order, x, y, time } = points;
  const line = new Path2D(), arrows = new Path2D(), first = order[start];
  let lastX = NaN, lastY = NaN, way = arrowEvery / 2, previous = -1;
  for (let k = start; k < end; k++) {
    const i = order[k];
    // Without a time a photo has no place on the path.
    if (!time[i]) continue;
    // The short way from the photo before it, across 180° too.
    const turn = previous < 0 ? 0 : Math.round(x[previous] - x[i]);
    const px = (x[i] + copy + turn) * scale - corner.x, py = y[i] * scale - corner.y;
    if (previous >= 0) {
      const isNear = Math.max(px, lastX) > 0 && Math.min(px, lastX) < size.x
        && Math.max(py, lastY) > 0 && Math.min(py, lastY) < size.y;
      if (isNear) {
        line.moveTo(lastX, lastY);
        line.lineTo(px, py);
        const length = Math.hypot(px - lastX, py - lastY);
        way += length;
        if (way >= arrowEvery && length > 12) {
          addArrow(arrows, (px + lastX) / 2, (py + lastY) / 2, (px - lastX) / length, (py - lastY) / length);
          way = 0;
        }
      }
    }
    if (turn && previous >= 0) copy += turn;
    [lastX, lastY, previous] = [px, py, i];
  }
  context.strokeStyle = context.fillStyle = pathColour(g, first);
  context.stroke(line);
  context.fill(arrows);
}

function addArrow(path, x, y, dx, dy) {
  path.moveTo(x + dx * 5, y + dy * 5);
  path.lineTo(x - dx * 4 - dy * 4.5, y - dy * 4 + dx * 4.5);
  path.lineTo(x - dx * 4 + dy * 4.5, y - dy * 4 - dx * 4.5);
  path.closePath();
}
