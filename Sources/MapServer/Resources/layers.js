// Two canvases over the map: the base map (graticule, coastline) and the photos. Redrawn for every frame of a movement; a
// hundred thousand photos take a few milliseconds.
/* global L */
import { clusters as clustersOf, mercatorX, mercatorY, tracks } from "./points.js";

const CanvasLayer = L.Layer.extend({
  initialize(draw, pane) {
    this._draw = draw;
    this._paneName = pane;
  },
  onAdd(map) {
    this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated");
    map.getPane(this._paneName).appendChild(this._canvas);
    this.redraw();
  },
  onRemove() {
    this._canvas.remove();
  },
  getEvents() {
    return { move: this.plan, moveend: this.redraw, resize: this.redraw, zoomanim: this._zoom };
  },
  /// Redraws at most once per frame.
  plan() {
    if (this._frame) return;
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      this.redraw();
    });
  },
  redraw() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize(), ratio = Math.min(2, window.devicePixelRatio || 1);
    const canvas = this._canvas;
    if (canvas.width !== size.x * ratio || canvas.height !== size.y * ratio) {
      canvas.width = size.x * ratio;
      canvas.height = size.y * ratio;
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.x, size.y);
    const scale = map.options.crs.scale(map.getZoom());
    const corner = map.getPixelBounds().min;
    // Copies of the world that are visible side by side.
    const worlds = [];
    for (let k = Math.floor(corner.x / scale); k * scale < corner.x + size.x; k++) worlds.push(k);
    this._draw(context, { scale, corner, size, worlds, zoom: map.getZoom() });
  },
  _zoom(event) {
    const map = this._map, scale = map.getZoomScale(event.zoom);
    const corner = map.containerPointToLayerPoint([0, 0]);
    const position = map._latLngToNewLayerPoint(
      map.layerPointToLatLng(corner), event.zoom, event.center);
    L.DomUtil.setTransform(this._canvas, position, scale);
  },
});

// MARK: Base map

const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

/// The graticule and the coastline.
export function baseMap() {
  let coast = [];
  const layer = new CanvasLayer((context, view) => {
    const { scale, corner, size, worlds } = view;
    context.strokeStyle = "#b9c8d1";
    context.lineWidth = 1;
    context.fillStyle = "#7b8d98";
    context.font = "11px system-ui, sans-serif";
    const step = steps.findLast(step => step / 360 * scale >= 90) ?? 30;
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    context.beginPath();
    const west = corner.x / scale * 360 - 180, east = (corner.x + size.x) / scale * 360 - 180;
    for (let i = Math.ceil(west / step); i * step <= east; i++) {
      const x = Math.round(mercatorX(i * step) * scale - corner.x) + 0.5;
      context.moveTo(x, 0);
      context.lineTo(x, size.y);
      const shown = ((i * step + 180) % 360 + 360) % 360 - 180;
      context.fillText(`${shown.toFixed(digits)}°`, x + 3, size.y - 5);
    }
    const latitude = y => Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI;
    const south = latitude(Math.min(1, (corner.y + size.y) / scale));
    const north = latitude(Math.max(0, corner.y / scale));
    for (let i = Math.ceil(south / step); i * step <= north; i++) {
      const y = Math.round(mercatorY(i * step) * scale - corner.y) + 0.5;
      context.moveTo(0, y);
      context.lineTo(size.x, y);
      context.fillText(`${(i * step).toFixed(digits)}°`, size.x - 48, y - 3);
    }
    context.stroke();
    context.strokeStyle = "#6f8f7d";
    context.lineWidth = 1.2;
    context.beginPath();
    for (const world of worlds) {
      for (const line of coast) {
        for (let i = 0; i < line.length; i += 2) {
          const x = (line[i] + world) * scale - corner.x, y = line[i + 1] * scale - corner.y;
          if (i === 0) context.moveTo(x, y); else context.lineTo(x, y);
        }
      }
    }
    context.stroke();
  }, "tilePane");
  fetch("/assets/coastline.json").then(answer => answer.json()).then(lines => {
    coast = lines.map(line => {
      const out = new Float64Array(line.length);
      let x = 0, y = 0;
      for (let i = 0; i < line.length; i += 2) {
        x += line[i];
        y += line[i + 1];
        out[i] = mercatorX(x / 100);
        out[i + 1] = mercatorY(y / 100);
      }
      return out;
    });
    layer.redraw();
  });
  return layer;
}

// MARK: Photos

export function photos() {
  let points = null, clusters = null, clusterScale = 0, lines = null;
  const options = { tracks: false, arrows: true, chosen: null };
  const dot = "#c43d12";

  const layer = new CanvasLayer((context, view) => {
    if (!points) return;
    const { scale, corner, size, worlds } = view;
    if (!clusters || clusterScale !== scale) {
      clusters = clustersOf(points, scale);
      clusterScale = scale;
    }
    for (const world of worlds) {
      const left = corner.x - world * scale;
      if (options.tracks) drawTracks(context, view, left);
      drawPhotos(context, view, left);
    }
    for (const world of worlds) {
      for (const cluster of clusters.clusters) {
        const x = (cluster.x + world) * scale - corner.x, y = cluster.y * scale - corner.y;
        if (x > -30 && y > -30 && x < size.x + 30 && y < size.y + 30) drawCluster(context, x, y, cluster);
      }
    }
  }, "overlayPane");

  function drawPhotos(context, { scale, corner, size, zoom }, left) {
    // Draws one photo per pair of pixels; the others would be invisible.
    const width = (size.x >> 1) + 1;
    const taken = new Uint8Array(width * ((size.y >> 1) + 1));
    const x = points.x, y = points.y, single = clusters.single;
    const shown = [];
    context.fillStyle = dot;
    for (let k = 0; k < single.length; k++) {
      const i = single[k];
      const px = x[i] * scale - left, py = y[i] * scale - corner.y;
      if (px < 0 || py < 0 || px >= size.x || py >= size.y) continue;
      const spot = (py >> 1) * width + (px >> 1);
      if (taken[spot]) continue;
      taken[spot] = 1;
      shown.push(i);
      context.fillRect(px - 2, py - 2, 4, 4);
    }
    if (options.arrows && zoom >= 14 && shown.length < 1500) drawArrows(context, { scale, corner }, left, shown);
    if (options.chosen !== null) {
      const i = points.id.indexOf(options.chosen);
      if (i < 0) return;
      context.strokeStyle = "#123";
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x[i] * scale - left, y[i] * scale - corner.y, 8, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  function drawArrows(context, { scale, corner }, left, shown) {
    context.strokeStyle = "#0b6e99";
    context.lineWidth = 1.5;
    context.beginPath();
    for (const i of shown) {
      if (points.mode === 1 || points.yaw[i] === 65535) continue;
      const angle = points.yaw[i] / 18000 * Math.PI;
      const dx = Math.sin(angle), dy = -Math.cos(angle);
      const px = points.x[i] * scale - left, py = points.y[i] * scale - corner.y;
      const tx = px + dx * 15, ty = py + dy * 15;
      context.moveTo(px + dx * 3, py + dy * 3);
      context.lineTo(tx, ty);
      context.moveTo(tx - dx * 5 - dy * 3, ty - dy * 5 + dx * 3);
      context.lineTo(tx, ty);
      context.lineTo(tx - dx * 5 + dy * 3, ty - dy * 5 - dx * 3);
    }
    context.stroke();
  }

  function drawTracks(context, { scale, corner, size }, left) {
    lines ??= tracks(points);
    context.strokeStyle = "#0b6e9988";
    context.lineWidth = 1.5;
    context.beginPath();
    for (const line of lines) {
      let lastX = NaN, lastY = NaN, isOutside = true;
      for (let k = 0; k < line.length; k++) {
        const x = points.x[line[k]] * scale - left, y = points.y[line[k]] * scale - corner.y;
        if (k > 0 && Math.abs(x - lastX) < 2 && Math.abs(y - lastY) < 2) continue;
        const outside = x < -size.x || y < -size.y || x > 2 * size.x || y > 2 * size.y;
        if (k === 0 || outside && isOutside) context.moveTo(x, y); else context.lineTo(x, y);
        lastX = x;
        lastY = y;
        isOutside = outside;
      }
    }
    context.stroke();
  }

  function drawCluster(context, x, y, cluster) {
    const radius = Math.min(24, 9 + 2.2 * Math.log2(cluster.count));
    context.fillStyle = "#0b6e99dd";
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = "#fff";
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(short(cluster.count), x, y);
    context.textAlign = "start";
    context.textBaseline = "alphabetic";
  }

  /// The cluster at a point of the window, or the id of a photo.
  layer.at = (position, map) => {
    if (!points || !clusters) return null;
    const scale = clusterScale, corner = map.getPixelBounds().min;
    const px = corner.x + position.x, py = corner.y + position.y;
    const x = (px / scale % 1 + 1) % 1, y = py / scale;
    for (const cluster of clusters.clusters) {
      if (Math.hypot(cluster.x - x, cluster.y - y) * scale < 24) return { cluster };
    }
    let best = null, least = 12 / scale;
    for (const i of clusters.single) {
      const distance = Math.hypot(points.x[i] - x, points.y[i] - y);
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best === null ? null : { id: points.id[best] };
  };
  layer.set = changes => {
    Object.assign(options, changes);
    layer.redraw();
  };
  layer.show = new_ => {
    points = new_;
    clusters = lines = null;
    layer.redraw();
  };
  return layer;
}

/// 950, 1.2k, 35k, 4.1M
export function short(count) {
  if (count < 1000) return `${count}`;
  const [value, unit] = count < 1e6 ? [count / 1000, "k"] : [count / 1e6, "M"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}${unit}`;
}
