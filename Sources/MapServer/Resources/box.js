// Drawing a box: with the tool by mouse or one finger, or with the Shift key; it becomes the filter.
/* global L */
import { showBox } from "./overlay.js";
import { byId } from "./text.js";

let map = null, isOn = false, start = null, done = null;

/// - body: called with `[west, south, east, north]`.
export function prepareBox(on_, body) {
  map = on_;
  done = body;
  for (const id of ["draw", "box-tool"]) byId(id).addEventListener("click", () => setDrawing(!isOn));
  const place = map.getContainer();
  place.addEventListener("pointerdown", begin, true);
  place.addEventListener("pointermove", event => {
    if (start) showBox(boxOf(start, latLng(event), value => value));
  }, true);
  place.addEventListener("pointerup", end, true);
  place.addEventListener("pointercancel", () => start = null, true);
}

export const isDrawing = () => isOn;

export function setDrawing(on_) {
  isOn = on_;
  start = null;
  for (const id of ["draw", "box-tool"]) byId(id).setAttribute("aria-pressed", String(isOn));
  map.getContainer().classList.toggle("drawing", isOn);
  const hint = byId("hint");
  hint.hidden = !isOn;
  hint.textContent = matchMedia("(pointer: coarse)").matches ? "Drag a box with one finger" : "Drag a box; Esc ends the tool";
  if (isOn) {
    map.dragging.disable();
    map.touchZoom?.disable();
    byId("filter-panel").hidden = true;
    byId("filter-button").setAttribute("aria-expanded", "false");
  } else {
    map.dragging.enable();
    map.touchZoom?.enable();
  }
}

const latLng = event => map.mouseEventToLatLng(event);

function begin(event) {
  if (!isOn && event.shiftKey && event.pointerType === "mouse" && event.button === 0) setDrawing(true);
  if (!isOn || event.button !== 0 || !event.isPrimary) return;
  start = latLng(event);
  map.getContainer().setPointerCapture(event.pointerId);
  event.preventDefault();
}

function end(event) {
  if (!start) return;
  const box = boxOf(start, latLng(event), wrap);
  start = null;
  setDrawing(false);
  // A click is no box.
  if (box[0] !== box[2] && box[1] !== box[3]) done(box.map(value => Number(value.toFixed(6))));
  // The click that follows belongs to the box.
  map.getContainer().addEventListener("click", event => event.stopPropagation(), { capture: true, once: true });
}

const wrap = value => ((value + 180) % 360 + 360) % 360 - 180;

function boxOf(a, b, longitude) {
  const clamp = latitude => Math.max(-90, Math.min(90, latitude));
  const isWorld = Math.abs(a.lng - b.lng) >= 360;
  return [
    isWorld ? -180 : longitude(Math.min(a.lng, b.lng)), clamp(Math.min(a.lat, b.lat)),
    isWorld ? 180 : longitude(Math.max(a.lng, b.lng)), clamp(Math.max(a.lat, b.lat)),
  ];
}
