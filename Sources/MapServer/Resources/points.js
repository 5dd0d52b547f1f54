// Decodes the points of the server (columns of numbers; PointsResponse.swift describes them).

/// Position on the square world map of Web Mercator, 0…1 from the upper left corner.
export const mercatorX = longitude => (longitude + 180) / 360;
export const mercatorY = latitude => {
  const sine = Math.sin(Math.max(-85.0511, Math.min(85.0511, latitude)) * Math.PI / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
};
export const latitudeOf = y => Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI;

export const unknownYaw = 65535, unknownPitch = 32767, localOnly = 32766, unknownZone = 32767;
const fixes = ["none", "none", "single", "float", "fixed"];

/// Reads the answer of /map/points.
export function decode(buffer) {
  const head = new Uint32Array(buffer, 0, 4);
  if (head[0] !== 0x324d5047) throw new Error("unexpected response of /map/points; reload the page");
  const [, mode, n, groups] = head;
  const matched = new Float64Array(buffer, 16, 1)[0];
  let at = 24;
  const column = (Type, count) => {
    const values = new Type(buffer, at, count);
    at += count * Type.BYTES_PER_ELEMENT;
    return values;
  };
  const id = column(Float64Array, n);
  if (mode === 1) return decodeFolders({ mode, n, matched, id }, column);
  const folders = column(Float64Array, groups);
  const longitude = column(Int32Array, n), latitude = column(Int32Array, n), time = column(Uint32Array, n);
  const altitude = column(Float32Array, n), relative = column(Float32Array, n);
  const ends = column(Uint32Array, groups);
  const yaw = column(Uint16Array, n), pitch = column(Int16Array, n), zone = column(Int16Array, n);
  const marks = column(Uint8Array, n);
  const x = new Float64Array(n), y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    x[i] = mercatorX(longitude[i] / 1e7);
    y[i] = mercatorY(latitude[i] / 1e7);
  }
  const points = {
    mode, n, matched, id, folders, x, y, time, altitude, relative, ends, yaw, pitch, zone, marks,
    bounds: bounds(n, x, y),
  };
  addOrder(points);
  return points;
}

function decodeFolders(points, column) {
  const { n } = points;
  const west = column(Int32Array, n), south = column(Int32Array, n);
  const east = column(Int32Array, n), north = column(Int32Array, n);
  const count = column(Uint32Array, n);
  const x = new Float64Array(n), y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    // West is greater than east across 180°.
    const middle = (west[i] + east[i]) / 2e7 + (west[i] > east[i] ? 180 : 0);
    x[i] = mercatorX(middle > 180 ? middle - 360 : middle);
    y[i] = mercatorY((south[i] + north[i]) / 2e7);
  }
  return { ...points, x, y, count, folders: points.id, bounds: bounds(n, x, y) };
}

/// `group`: the flight of each photo. `order`: photos by flight, in the order of time; photos of equal times keep the order
/// of their names, which cameras number. `rank`: the place of each photo in it.
export function addOrder(points) {
  const { n, ends, time } = points;
  const group = new Uint32Array(n), order = new Uint32Array(n), rank = new Uint32Array(n);
  let start = 0;
  for (let g = 0; g < ends.length; g++) {
    const end = ends[g];
    let isSorted = true;
    for (let i = start; i < end; i++) {
      group[i] = g;
      order[i] = i;
      if (i > start && time[i] < time[i - 1]) isSorted = false;
    }
    if (!isSorted) order.subarray(start, end).sort((a, b) => time[a] - time[b] || a - b);
    start = end;
  }
  for (let k = 0; k < n; k++) rank[order[k]] = k;
  Object.assign(points, { group, order, rank });
}

/// The first and the last-but-one place of a flight in the order.
export const flightRange = (points, group) => [group ? points.ends[group - 1] : 0, points.ends[group]];

export const isGone = (points, i) => (points.marks[i] & 8) !== 0;
export const hasThumbnail = (points, i) => (points.marks[i] & 16) !== 0;
export const fixOf = (points, i) => fixes[points.marks[i] & 7] ?? "none";

/// Milliseconds since 1970 in the camera's local time, as if it were UTC, and how it is to be read; null without a time.
export function localTime(points, i) {
  if (!points.time[i]) return null;
  const seconds = points.time[i] - 1, zone = points.zone[i];
  const known = zone !== unknownZone && zone !== localOnly;
  return { milliseconds: (seconds + (known ? zone * 60 : 0)) * 1000, isUTC: zone === unknownZone };
}

/// The narrowest box; across 180° its east is greater than 1.
export function bounds(n, x, y, list = null) {
  const box = { west: 1, north: 1, east: 0, south: 0 };
  // The innermost positions of both hemispheres.
  let left = -1, right = 2;
  for (let k = 0; k < n; k++) {
    const i = list ? list[k] : k;
    if (x[i] < box.west) box.west = x[i];
    if (x[i] > box.east) box.east = x[i];
    if (x[i] < 0.5 && x[i] > left) left = x[i];
    if (x[i] >= 0.5 && x[i] < right) right = x[i];
    if (y[i] < box.north) box.north = y[i];
    if (y[i] > box.south) box.south = y[i];
  }
  if (left >= 0 && right <= 1 && left + 1 - right < box.east - box.west) {
    box.west = right;
    box.east = left + 1;
  }
  return box;
}

/// Metres between two photos, on a sphere.
export function metres(points, a, b) {
  const lat1 = latitudeOf(points.y[a]) * Math.PI / 180, lat2 = latitudeOf(points.y[b]) * Math.PI / 180;
  const dx = (points.x[a] - points.x[b]) * 2 * Math.PI;
  const h = Math.sin((lat1 - lat2) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(dx / 2) ** 2;
  return 12_742_017.6 * Math.asin(Math.min(1, Math.sqrt(h)));
}
