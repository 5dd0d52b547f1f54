// A canvas in a pane of the map, larger than the map by a rim on each side. Dragging moves it by CSS; it is drawn again only
// when its rim comes into view, and at the end of a movement.
/* global L */

/// Part of the map's size that each side of the canvas is larger.
const rim = 0.3;

export const CanvasLayer = L.Layer.extend({
  /// - draw: called with the context and the view: `scale` of the world, its `corner` in pixels, `size`, `zoom`, and `worlds`,
  ///   the copies of the world that are visible side by side.
  initialize(draw, pane) {
    this._draw = draw;
    this._paneName = pane;
  },
  onAdd(map) {
    this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated");
    this._canvas.setAttribute("aria-hidden", "true");
    map.getPane(this._paneName).appendChild(this._canvas);
    this.redraw();
  },
  onRemove() {
    this._canvas.remove();
  },
  getEvents() {
    return { move: this._moved, moveend: this.redraw, resize: this.redraw, zoomanim: this._zoom };
  },
  /// Draws again in the next frame, once.
  plan() {
    if (this._frame) return;
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      this.redraw();
    });
  },
  _moved() {
    const map = this._map, at = map.getPixelBounds().min, drawn = this._drawn;
    if (!drawn || drawn.zoom !== map.getZoom()) return;
    const size = map.getSize();
    if (at.x < drawn.corner.x || at.y < drawn.corner.y || at.x + size.x > drawn.corner.x + drawn.size.x
      || at.y + size.y > drawn.corner.y + drawn.size.y) this.plan();
  },
  redraw() {
    const map = this._map;
    if (!map) return;
    cancelAnimationFrame(this._frame);
    this._frame = 0;
    const inner = map.getSize(), ratio = Math.min(2, window.devicePixelRatio || 1);
    const edge = L.point(Math.round(inner.x * rim), Math.round(inner.y * rim));
    const size = L.point(inner.x + 2 * edge.x, inner.y + 2 * edge.y);
    const canvas = this._canvas;
    if (canvas.width !== Math.round(size.x * ratio) || canvas.height !== Math.round(size.y * ratio)) {
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([-edge.x, -edge.y]));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.x, size.y);
    const zoom = map.getZoom(), scale = map.options.crs.scale(zoom);
    const corner = map.getPixelBounds().min.subtract(edge);
    this._drawn = { corner, size, zoom };
    const worlds = [];
    for (let k = Math.floor(corner.x / scale); k * scale < corner.x + size.x; k++) worlds.push(k);
    this._draw(context, { scale, corner, size, worlds, zoom, ratio });
  },
  _zoom(event) {
    const map = this._map, drawn = this._drawn;
    if (!drawn) return;
    const corner = map.unproject(drawn.corner, drawn.zoom);
    const position = map._latLngToNewLayerPoint(corner, event.zoom, event.center);
    L.DomUtil.setTransform(this._canvas, position, map.getZoomScale(event.zoom, drawn.zoom));
  },
});
