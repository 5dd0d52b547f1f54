// The layer of the photos: single dots, stacks, clusters with the shares of their colours.
import { CanvasLayer } from "./canvas.js";
import { classes, token } from "./colours.js";
import { CLUSTER, ClusterIndex, PHOTO, STACK } from "./clusters.js";
import { drawPaths } from "./paths.js";
import { isGone } from "./points.js";
import { on, state } from "./store.js";
import { number } from "./text.js";

let index = null, items = [], made = null, shown = [];

/// Beyond this number, only items near the window are made, from this zoom on.
const windowedFrom = { photos: 5000, zoom: 6 };

export const clusterIndex = () => index;
/// All items of the last drawing, or those near the window where they are too many; tests add them up.
export const drawnItems = () => items;

/// Makes the items of a view, if those at hand do not reach.
function makeItems({ zoom, scale, corner, size }) {
  const need = {
    west: corner.x / scale, east: (corner.x + size.x) / scale, north: corner.y / scale, south: (corner.y + size.y) / scale,
  };
  const isWindowed = index.n > windowedFrom.photos && zoom >= windowedFrom.zoom;
  if (made && made.zoom === zoom && made.index === index) {
    if (!made.window && !isWindowed) return;
    const { window } = made;
    if (window && need.west >= window.west && need.east <= window.east && need.north >= window.north
      && need.south <= window.south) return;
  }
  let window = null;
  if (isWindowed) {
    const x = (need.east - need.west) / 2, y = (need.south - need.north) / 2;
    window = { west: need.west - x, east: need.east + x, north: need.north - y, south: need.south + y };
    // A window across 180° reaches into the next copy of the world.
    const pieces = [-1, 0, 1].map(k => ({ ...window, west: Math.max(0, window.west + k), east: Math.min(1, window.east + k) }))
      .filter(piece => piece.east > piece.west);
    items = pieces.flatMap(piece => index.items(zoom, piece));
  } else {
    items = index.items(zoom);
  }
  made = { zoom, index, window };
}

export function photoLayer() {
  const layer = new CanvasLayer((context, view) => {
    if (!index) return;
    makeItems(view);
    place(view);
    if (state.layers.paths && view.zoom >= 11) drawPaths(context, view);
    if (state.layers.dirs && view.zoom >= 15) drawDirections(context);
    const sprites = spritesOf(view.ratio);
    for (const one of shown) if (one.item.kind === PHOTO) drawDot(context, one, sprites);
    for (const one of shown) if (one.item.kind === STACK) drawStack(context, one);
    for (const one of shown) if (one.item.kind === CLUSTER) drawCluster(context, one);
  }, "overlayPane");

  on("points", () => {
    index = state.points ? new ClusterIndex(state.points) : null;
    made = null;
    items = [];
    layer.redraw();
  });
  on("colour layers folders theme findings", () => {
    for (const item of items) item.shares = null;
    layer.plan();
  });
  return layer;
}

/// Items on the canvas. Each is drawn once: in the copy of the world that is nearest to the middle of the view.
function place({ scale, corner, size }) {
  const middle = (corner.x + size.x / 2) / scale;
  shown = [];
  for (const item of items) {
    const copy = Math.round(middle - item.x);
    const x = (item.x + copy) * scale - corner.x, y = item.y * scale - corner.y, r = item.r + 4;
    if (x > -r && y > -r && x < size.x + r && y < size.y + r) shown.push({ item, x, y });
  }
}

/// The item at a place on the square world map; `slack` in pixels.
export function itemAt(x, y, scale, slack) {
  let best = null, least = Infinity;
  for (const item of items) {
    const dx = Math.abs(item.x - x), distance = Math.hypot(Math.min(dx, 1 - dx), item.y - y) * scale;
    // Inside of a large item counts more than next to a small one.
    const rank = distance - item.r;
    if (distance < item.r + slack && rank < least) {
      least = rank;
      best = item;
    }
  }
  return best;
}

/// The item that a photo is part of; null when it is not near the window.
export function itemOf(photo) {
  const { x, y } = state.points;
  let best = null, least = Infinity;
  for (const item of items) {
    const distance = (item.x - x[photo]) ** 2 + (item.y - y[photo]) ** 2;
    if (distance < least && holds(item, photo)) {
      least = distance;
      best = item;
    }
  }
  return best;
}
function holds(item, photo) {
  for (let k = 0; k < item.ranges.length; k += 2) {
    for (let at = item.ranges[k]; at < item.ranges[k + 1]; at++) if (index.order[at] === photo) return true;
  }
  return false;
}

// MARK: Dots

let sprites = null;
/// One small picture for each colour and form.
function spritesOf(ratio) {
  const key = `${ratio} ${state.colour} ${token("--halo")}`;
  if (sprites?.key === key) return sprites;
  sprites = { key, ratio, made: new Map() };
  return sprites;
}

const half = 8;
function spriteOf(sprites, colour, form, gone) {
  const key = `${colour} ${form} ${gone}`;
  let made = sprites.made.get(key);
  if (made) return made;
  made = document.createElement("canvas");
  made.width = made.height = 2 * half * sprites.ratio;
  const context = made.getContext("2d");
  context.scale(sprites.ratio, sprites.ratio);
  context.translate(half, half);
  const path = shapeOf(form, 4.5);
  context.lineWidth = 3;
  context.strokeStyle = token("--halo");
  context.stroke(path);
  context.fillStyle = gone ? token("--halo") : colour;
  context.fill(path);
  if (gone) {
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke(shapeOf(form, 3.6));
  }
  sprites.made.set(key, made);
  return made;
}

/// The forms of classes, in modes where a form repeats what the colour says.
const forms = { fix: [0, 1, 2, 3], finding: [4, 2, 3, 0] };
export const formOf = (mode, one) => forms[mode]?.[one] ?? 0;

/// Circle, diamond, triangle, square, octagon: what a colour says is readable without colour.
export function shapeOf(form, r) {
  const path = new Path2D();
  if (form === 1) for (const [x, y] of [[0, -r * 1.2], [r * 1.2, 0], [0, r * 1.2], [-r * 1.2, 0]]) path.lineTo(x, y);
  else if (form === 2) for (const [x, y] of [[0, -r * 1.15], [r * 1.15, r * 0.85], [-r * 1.15, r * 0.85]]) path.lineTo(x, y);
  else if (form === 3) path.rect(-r * 0.9, -r * 0.9, r * 1.8, r * 1.8);
  else if (form === 4) for (let k = 0; k < 8; k++) path.lineTo(r * 1.25 * Math.cos((k + 0.5) * Math.PI / 4), r * 1.25 * Math.sin((k + 0.5) * Math.PI / 4));
  else path.arc(0, 0, r, 0, 2 * Math.PI);
  path.closePath();
  return path;
}

function drawDot(context, { item, x, y }, sprites) {
  const photo = index.order[item.ranges[0]], { of, colours } = classes();
  const form = formOf(state.colour, of[photo]);
  const sprite = spriteOf(sprites, colours[of[photo]] ?? token("--fix-none"), form, isGone(state.points, photo));
  context.drawImage(sprite, x - half, y - half, 2 * half, 2 * half);
}

function drawDirections(context) {
  const { yaw } = state.points;
  if (state.points.mode === 1) return;
  context.strokeStyle = token("--ink-2");
  context.lineWidth = 1.6;
  context.beginPath();
  for (const { item, x, y } of shown) {
    if (item.kind === CLUSTER) continue;
    for (let k = item.ranges[0]; k < Math.min(item.ranges[1], item.ranges[0] + 8); k++) {
      const photo = index.order[k];
      if (yaw[photo] === 65535) continue;
      const angle = yaw[photo] / 18000 * Math.PI, dx = Math.sin(angle), dy = -Math.cos(angle);
      context.moveTo(x + dx * item.r, y + dy * item.r);
      context.lineTo(x + dx * (item.r + 7), y + dy * (item.r + 7));
    }
  }
  context.stroke();
}

// MARK: Stacks and clusters

function drawStack(context, { item, x, y }) {
  const photo = index.order[item.ranges[0]], { of, colours } = classes();
  const colour = colours[of[photo]] ?? token("--fix-none");
  for (const [shift, fill] of [[2, colour], [-1, token("--surface")]]) {
    context.fillStyle = fill;
    context.strokeStyle = shift > 0 ? token("--halo") : colour;
    context.lineWidth = shift > 0 ? 1 : 2;
    context.beginPath();
    context.roundRect(x - 7.5 + shift, y - 7.5 - shift, 15, 15, 4);
    context.fill();
    context.stroke();
  }
  text(context, number(item.count), x - 1, y + 1, token("--ink"), item.count > 99 ? 8 : 10);
}

function text(context, words, x, y, colour, size) {
  context.font = `700 ${size}px ${token("--font")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(words, x, y + 0.5);
  context.textAlign = "start";
  context.textBaseline = "alphabetic";
}

/// How many photos of an item have which colour; large items are sampled.
function sharesOf(item) {
  if (item.shares) return item.shares;
  const { of } = classes(), counts = new Map();
  for (let k = 0; k < item.ranges.length; k += 2) {
    const step = Math.max(1, Math.floor((item.ranges[k + 1] - item.ranges[k]) / 400));
    for (let at = item.ranges[k]; at < item.ranges[k + 1]; at += step) {
      const photo = index.order[at], weight = step * (index.count ? index.count[photo] : 1);
      counts.set(of[photo], (counts.get(of[photo]) ?? 0) + weight);
    }
  }
  item.shares = [...counts].sort((a, b) => a[0] - b[0]);
  return item.shares;
}

function drawCluster(context, { item, x, y }) {
  const shares = sharesOf(item), total = shares.reduce((sum, [, count]) => sum + count, 0), { colours } = classes();
  const size = item.count < 100 ? 10 : 11;
  context.font = `700 ${size}px ${token("--font")}`;
  context.fillStyle = token("--halo");
  context.beginPath();
  context.arc(x, y, item.r + 1, 0, 2 * Math.PI);
  context.fill();
  let angle = -Math.PI / 2;
  context.lineWidth = 3;
  for (const [one, count] of shares) {
    const end = angle + count / total * 2 * Math.PI;
    context.strokeStyle = colours[one] ?? token("--fix-none");
    context.beginPath();
    context.arc(x, y, item.r - 1.5, angle, end);
    context.stroke();
    angle = end;
  }
  context.fillStyle = token("--cluster");
  context.beginPath();
  context.arc(x, y, item.r - 3.5, 0, 2 * Math.PI);
  context.fill();
  const words = number(item.count), room = 2 * (item.r - 4);
  const width = context.measureText(words).width;
  text(context, words, x, y, token("--cluster-ink"), Math.min(size, Math.max(8, size * room / width)));
}

