// A map without a library: panes that a drag moves, whole zoom steps, and as much of Leaflet's interface as the page uses.
import { latitudeOf, mercatorX, mercatorY } from "./points.js";

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  subtract(other) {
    return new Point(this.x - other.x, this.y - other.y);
  }
  multiplyBy(factor) {
    return new Point(this.x * factor, this.y * factor);
  }
}

const worldScale = zoom => 256 * 2 ** zoom;
const crs = {
  scale: worldScale,
  pointToLatLng: (at, zoom) => ({ lng: at.x / worldScale(zoom) * 360 - 180, lat: latitudeOf(at.y / worldScale(zoom)) }),
};
/// Pixels that a pointer may move in a click, of an arrow key, and of the wheel for a zoom step.
const still = 4, keyStep = 80, wheelStep = 60;

class View {
  constructor(id, options) {
    this.options = { ...options, crs };
    this.container = document.getElementById(id);
    this.listeners = new Map();
    this.panes = document.createElement("div");
    this.panes.className = "panes";
    for (const name of ["tilePane", "overlayPane"]) {
      const pane = document.createElement("div");
      pane.className = name;
      this.panes.append(pane);
    }
    this.container.prepend(this.panes);
    this.size = this.measure();
    this.pointers = new Map();
    const [latitude, longitude] = options.center, scale = worldScale(options.zoom);
    this.zoom = options.zoom;
    this.origin = new Point(0, 0);
    this.moveTo(mercatorX(longitude) * scale - this.size.x / 2, mercatorY(latitude) * scale - this.size.y / 2);
    this.listen();
  }
  measure() {
    return new Point(this.container.clientWidth, this.container.clientHeight);
  }

  // MARK: Events and layers

  on(names, body) {
    for (const name of names.split(" ")) this.listeners.set(name, [...this.listeners.get(name) ?? [], body]);
    return this;
  }
  fire(name, event = {}) {
    for (const body of this.listeners.get(name) ?? []) body(event);
  }
  addLayer(layer) {
    layer._map = this;
    layer.onAdd(this);
    for (const [name, body] of Object.entries(layer.getEvents?.() ?? {})) this.on(name, event => layer._map && body.call(layer, event));
  }

  // MARK: What it shows

  getContainer() { return this.container; }
  getPane(name) { return this.panes.querySelector(`.${name}`); }
  getSize() { return this.size; }
  getZoom() { return this.zoom; }
  getPixelBounds() {
    return { min: this.corner, max: new Point(this.corner.x + this.size.x, this.corner.y + this.size.y) };
  }
  getCenter() {
    const at = new Point(this.corner.x + this.size.x / 2, this.corner.y + this.size.y / 2), center = crs.pointToLatLng(at, this.zoom);
    return { ...center, wrap: () => ({ ...center, lng: ((center.lng + 180) % 360 + 360) % 360 - 180 }) };
  }
  containerPointToLayerPoint([x, y]) {
    return new Point(x + this.corner.x - this.origin.x, y + this.corner.y - this.origin.y);
  }

  // MARK: Movements

  /// Keeps the middle of the window on the world.
  moveTo(x, y) {
    const top = -this.size.y / 2, bottom = worldScale(this.zoom) - this.size.y / 2;
    this.corner = new Point(Math.round(x), Math.round(Math.max(top, Math.min(bottom, y))));
    this.panes.style.transform = `translate(${this.origin.x - this.corner.x}px, ${this.origin.y - this.corner.y}px)`;
  }
  settle() {
    // Back from another copy of the world.
    const scale = worldScale(this.zoom), copy = Math.floor((this.corner.x + this.size.x / 2) / scale);
    if (copy) this.moveTo(this.corner.x - copy * scale, this.corner.y);
    this.fire("moveend");
  }
  panBy([x, y]) {
    this.fire("movestart");
    this.moveTo(this.corner.x + x, this.corner.y + y);
    this.fire("move");
    this.settle();
  }
  /// Shows a corner at another zoom.
  jump(zoom, x, y) {
    this.fire("movestart");
    if (zoom !== this.zoom) {
      this.fire("zoomstart");
      this.zoom = zoom;
      this.origin = new Point(Math.round(x), Math.round(y));
    }
    this.moveTo(x, y);
    this.fire("zoomend");
    this.settle();
  }
  /// Keeps the point of the container where it is.
  zoomAround(at, zoom) {
    const wanted = Math.max(this.options.minZoom, Math.min(this.options.maxZoom, zoom));
    if (wanted === this.zoom) return;
    const factor = 2 ** (wanted - this.zoom);
    this.jump(wanted, (this.corner.x + at.x) * factor - at.x, (this.corner.y + at.y) * factor - at.y);
  }
  setZoom(zoom) { this.zoomAround(this.size.multiplyBy(0.5), zoom); }
  zoomIn() { this.setZoom(this.zoom + 1); }
  zoomOut() { this.setZoom(this.zoom - 1); }
  fitBounds(corners, { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom], maxZoom }) {
    const xs = corners.map(corner => mercatorX(corner.lng)), ys = corners.map(corner => mercatorY(corner.lat));
    const wide = Math.max(...xs) - Math.min(...xs), high = Math.max(...ys) - Math.min(...ys);
    const room = new Point(Math.max(40, this.size.x - left - right), Math.max(40, this.size.y - top - bottom));
    const most = Math.min(room.x / wide, room.y / high) / 256;
    const zoom = Math.max(this.options.minZoom, Math.min(maxZoom, Number.isFinite(most) ? Math.floor(Math.log2(most)) : maxZoom));
    const scale = worldScale(zoom);
    this.jump(zoom, (Math.min(...xs) + wide / 2) * scale - left - (this.size.x - left - right) / 2,
      (Math.min(...ys) + high / 2) * scale - top - (this.size.y - top - bottom) / 2);
  }
  invalidateSize() {
    const size = this.measure(), before = this.size;
    if (size.x === before.x && size.y === before.y) return;
    this.size = size;
    this.moveTo(this.corner.x + (before.x - size.x) / 2, this.corner.y + (before.y - size.y) / 2);
    this.fire("resize");
    this.settle();
  }

  // MARK: Pointer and keys

  place(event) {
    const box = this.container.getBoundingClientRect();
    return new Point(event.clientX - box.x, event.clientY - box.y);
  }
  listen() {
    const { container } = this;
    container.addEventListener("pointerdown", event => this.pressed(event));
    container.addEventListener("pointermove", event => this.moved(event));
    for (const name of ["pointerup", "pointercancel"]) container.addEventListener(name, event => this.released(event));
    container.addEventListener("pointerleave", () => this.fire("mouseout"));
    container.addEventListener("dblclick", event => this.zoomAround(this.place(event), this.zoom + (event.shiftKey ? -1 : 1)));
    container.addEventListener("wheel", event => this.wheeled(event), { passive: false });
    container.addEventListener("keydown", event => this.typed(event));
  }
  pressed(event) {
    if (event.button !== 0) return;
    capturePointer(this.container, event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    this.start = this.pointers.size === 1 ? { at: this.place(event), corner: this.corner, isDrag: false } : null;
    this.spread = this.distance();
  }
  /// Between two fingers, pixels.
  distance() {
    const [a, b] = this.pointers.values();
    return b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }
  moved(event) {
    const at = this.place(event);
    if (!this.pointers.has(event.pointerId)) {
      this.fire("mousemove", { containerPoint: at, originalEvent: event });
      return;
    }
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size > 1) {
      this.pinched();
      return;
    }
    const { start } = this;
    if (!start) return;
    const x = at.x - start.at.x, y = at.y - start.at.y;
    if (!start.isDrag && Math.hypot(x, y) < still) return;
    if (!start.isDrag) this.fire("movestart");
    start.isDrag = true;
    this.moveTo(start.corner.x - x, start.corner.y - y);
    this.fire("move");
  }
  /// A step for each half of a doubling.
  pinched() {
    const distance = this.distance(), [a, b] = this.pointers.values();
    const step = distance > this.spread * 1.5 ? 1 : distance < this.spread / 1.5 ? -1 : 0;
    if (!step) return;
    this.spread = distance;
    this.zoomAround(new Point((a.x + b.x) / 2, (a.y + b.y) / 2), this.zoom + step);
  }
  released(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { start } = this;
    this.start = null;
    if (!start) return;
    if (start.isDrag) this.settle();
    else if (event.type === "pointerup") this.fire("click", { containerPoint: this.place(event), originalEvent: event });
  }
  wheeled(event) {
    event.preventDefault();
    this.turned = (this.turned ?? 0) + event.deltaY * (event.deltaMode ? 20 : 1);
    if (Math.abs(this.turned) < wheelStep || performance.now() - (this.lastTurn ?? 0) < wheelStep) return;
    const step = -Math.sign(this.turned);
    this.turned = 0;
    this.lastTurn = performance.now();
    this.zoomAround(this.place(event), this.zoom + step);
  }
  typed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const far = keyStep * (event.shiftKey ? 3 : 1);
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (moves[event.key]) this.panBy(moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoomIn();
    else if (event.key === "-") this.zoomOut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/// A pointer that is up again cannot be captured.
function capturePointer(container, pointer) {
  try {
    container.setPointerCapture(pointer);
  } catch { /* Then it ends at the edge. */ }
}

/// The length of a round distance at the middle of the map.
class ScaleBar {
  addTo(map) {
    const corner = document.createElement("div"), line = document.createElement("div");
    corner.className = "leaflet-control-scale leaflet-bottom leaflet-left";
    line.className = "leaflet-control-scale-line";
    corner.append(line);
    map.getContainer().append(corner);
    const draw = () => {
      const pixel = 40_075_016.686 * Math.cos(map.getCenter().lat * Math.PI / 180) / worldScale(map.getZoom());
      const most = pixel * 100, unit = 10 ** Math.floor(Math.log10(most));
      const metres = unit * [5, 3, 2, 1].find(factor => factor * unit <= most);
      line.textContent = metres >= 1000 ? `${metres / 1000} km` : metres >= 1 ? `${metres} m` : `${Math.round(metres * 100)} cm`;
      line.style.width = `${Math.round(metres / pixel)}px`;
    };
    map.on("moveend", draw);
    draw();
  }
}

export const L = {
  map: (id, options) => new View(id, options),
  point: (x, y) => new Point(x, y),
  control: { scale: () => new ScaleBar() },
  Layer: {
    extend(methods) {
      function Layer(...given) {
        this.initialize(...given);
      }
      Object.assign(Layer.prototype, { addTo(map) { map.addLayer(this); return this; } }, methods);
      return Layer;
    },
  },
  DomUtil: {
    create(tag, name) {
      const made = document.createElement(tag);
      made.className = name;
      return made;
    },
    setPosition: (element, { x, y }) => element.style.transform = `translate(${x}px, ${y}px)`,
  },
};
