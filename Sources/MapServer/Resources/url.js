// The state of the page in the part behind `#` of its address: a reload, a bookmark or a colleague sees the same.
import { state } from "./store.js";

const filterNames = ["bbox", "site", "folder", "since", "until", "fix", "flag", "camera", "rtk-std", "alt", "rel-alt", "present"];

/// The token of a printed address; it leaves the address at once.
export const token = (() => {
  const parts = new URLSearchParams(location.hash.slice(1)), given = parts.get("token");
  if (given) {
    parts.delete("token");
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", `${location.pathname}${location.search}${parts.size ? `#${parts}` : ""}`);
  }
  return sessionStorage.getItem("token");
})();

/// What the address says: `map` (zoom, latitude, longitude), `filters`, and values of the state.
export function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1)), found = { filters: new URLSearchParams() };
  const [zoom, latitude, longitude] = (parts.get("map") ?? "").split("/").map(Number);
  if ([zoom, latitude, longitude].every(Number.isFinite) && zoom >= 0 && zoom <= 22 && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 100000) {
    found.map = { zoom, latitude, longitude };
  }
  if (["flight", "site", "fix", "altitude", "time", "finding"].includes(parts.get("colour"))) found.colour = parts.get("colour");
  if (["view", "flight", "none"].includes(parts.get("strip"))) found.strip = parts.get("strip");
  if (/^\d{1,15}$/.test(parts.get("photo") ?? "")) found.photo = Number(parts.get("photo"));
  if (parts.has("layers")) {
    const on = parts.get("layers").split(",");
    found.layers = { paths: on.includes("paths"), dirs: on.includes("dirs") };
  }
  for (const name of filterNames) for (const value of parts.getAll(name)) found.filters.append(name, value);
  return found;
}

/// The address of the current state.
export function addressOf(map, filters) {
  const center = map.getCenter(), parts = new URLSearchParams();
  parts.set("map", [map.getZoom(), center.lat.toFixed(6), center.lng.toFixed(6)].join("/"));
  if (state.colour !== "flight") parts.set("colour", state.colour);
  if (state.photo !== null) parts.set("photo", state.photo);
  if (state.strip !== "view") parts.set("strip", state.strip);
  const layers = Object.keys(state.layers).filter(name => state.layers[name]);
  if (layers.length < 2) parts.set("layers", layers.join(","));
  for (const [name, value] of filters) parts.append(name, value);
  return `${location.pathname}#${parts.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}
