// What this page holds in place of a server: its photos, and the answers that the modules of the map page ask for.

const textsOf = name => Array.from(document.getElementsByClassName(name), element => JSON.parse(element.textContent));

/// Flights as `[label, site, folder]`; the last two are empty where the page was written without paths.
export const flights = (textsOf("flights")[0] ?? []).map(([label, site, folder], id) => ({ id, label, site, folder, date: "" }));

/// The columns of a row, in the order of PhotoLine.swift.
const columns = ["file", "flight", "lon", "lat", "alt_m", "alt_reference", "rel_alt_m", "utc", "taken_local", "utc_offset_min", "yaw", "pitch",
  "image_direction_magnetic", "fix", "rtk_std_lon_m", "rtk_std_lat_m", "rtk_std_height_m", "camera_make", "camera_model", "pixel_width",
  "pixel_height", "focal35", "exposure_s", "f_number", "iso", "picture", "location", "serial_number"];
/// Photos on the map, by their ids, which are their numbers.
const rows = textsOf("photos").flat();
/// Photos without a position: `[file, flight, reason, time]`.
const nowhere = textsOf("nowhere").flat();
export const rowCount = rows.length;

/// - Returns: the photo with that id as the server's details name its fields.
export function photoOf(id) {
  const row = rows[id], photo = {};
  columns.forEach((name, k) => photo[name] = row[k] ?? null);
  const { site, folder, label } = flights[photo.flight];
  const time = photo.utc === null ? null : new Date(photo.utc).toISOString();
  return { ...photo, id, site, folder: folder || label, lon: photo.lon / 1e7, lat: photo.lat / 1e7, taken_at: time };
}

function missingPhoto([file, flight, reason, taken], k) {
  const { site, folder, label } = flights[flight];
  return { id: rows.length + k, file, site, folder: folder || label, label, reason, taken_local: taken, gone: false };
}

export class Refusal extends Error {}

/// The answers of a server's addresses.
export async function askJSON(path) {
  if (path.startsWith("/map/missing")) return { total: nowhere.length, photos: nowhere.map(missingPhoto) };
  const id = Number(path.split("/").at(-1));
  if (id < rows.length) {
    const { utc, flight, picture, focal35, location, serial_number: serial, ...photo } = photoOf(id);
    // Where the page holds them.
    return { ...photo, ...location && { location }, ...serial && { serial_number: serial } };
  }
  if (nowhere[id - rows.length]) return missingPhoto(nowhere[id - rows.length], id - rows.length);
  throw new Refusal("This page has no such photo");
}

// A page without filters and without a box.
export const parameters = () => new URLSearchParams();
export const prepareBox = () => {};
export const isDrawing = () => false;
export const setDrawing = () => {};
