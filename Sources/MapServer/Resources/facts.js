// The answers that people look for in the details: when, how high, where to, how exact, how far from its neighbours, which
// camera, where.
import { fixOf, localTime, metres } from "./points.js";
import { isoDate, isoTime, zoneText } from "./text.js";

const winds = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
export const windOf = degrees => winds[Math.round(degrees / 45) % 8];

const length = value => value < 1 ? `${(value * 100).toFixed(1)} cm` : `${value.toFixed(2)} m`;
const height = value => `${value.toFixed(1).replace("-", "−")} m`;

const fixWords = { fixed: "RTK fixed", float: "RTK float", single: "Single (no correction)", none: "No fix" };

/// Rows `[name, value, note]`; what the photo does not say is left out.
export function factsOf(photo, points, index) {
  const rows = [taken(photo)];
  rows.push(altitude(photo), direction(photo), fix(photo));
  if (index >= 0) rows.push(neighbours(points, index));
  rows.push(camera(photo));
  if (photo.lat !== null && photo.lat !== undefined) {
    rows.push(["Position", `${photo.lat.toFixed(7)}, ${photo.lon.toFixed(7)}`,
      [photo.map_datum ?? "WGS 84", photo.source && `from ${photo.source}`].filter(Boolean).join(", ")]);
  }
  return rows.filter(Boolean);
}

function taken({ taken_local: local, taken_at: utc, utc_offset_min: offset }) {
  const clean = text => text.replace("T", " ").replace(/\.0+(?=Z|$)/, "").replace(/Z$/, "");
  if (!local && !utc) return ["Taken", "No time in the file"];
  if (!local) return ["Taken", `${clean(utc)} UTC`, "local time unknown"];
  const zone = offset !== null && offset !== undefined ? zoneText(offset) : null;
  if (!utc) return ["Taken", clean(local), zone ? `local time, ${zone}` : "local time, zone unknown"];
  const time = clean(utc).slice(11), day = utc.slice(0, 10) === local.slice(0, 10) ? "" : `${utc.slice(0, 10)} `;
  return ["Taken", clean(local), `${zone ? `local, ${zone} · ` : "local time · "}${day}${time} UTC`];
}

function altitude({ alt_m: above, alt_reference: reference, rel_alt_m: relative }) {
  const names = { "sea-level": "above sea level", ellipsoid: "above the ellipsoid" };
  const absolute = above === null || above === undefined ? null
    : `${height(above)} ${names[reference] ?? "(reference unknown)"}`;
  if (relative !== null && relative !== undefined) return ["Altitude", `${height(relative)} above take-off`, absolute];
  return absolute && ["Altitude", absolute];
}

function direction({ yaw, pitch, image_direction_magnetic: isMagnetic }) {
  if (yaw === null || yaw === undefined) return null;
  const down = pitch === null || pitch === undefined ? "" : pitch < -80 ? ", straight down" : `, pitch ${pitch.toFixed(0).replace("-", "−")}°`;
  return ["Direction", `${Math.round(yaw) % 360}° ${windOf(yaw % 360)}${down}`, isMagnetic ? "magnetic north" : null];
}

function fix({ fix: quality, rtk_std_lon_m: lon, rtk_std_lat_m: lat, rtk_std_height_m: up }) {
  if (!quality) return null;
  const parts = [];
  if (lon !== null && lat !== null && lon !== undefined) parts.push(`${length(Math.hypot(lon, lat))} horizontal`);
  if (up !== null && up !== undefined) parts.push(`${length(up)} vertical`);
  return ["Fix", fixWords[quality] ?? quality, parts.length ? `σ ${parts.join(", ")}` : null, quality];
}

function neighbours(points, index) {
  const { rank, order, group, time } = points, at = rank[index], rows = [];
  for (const [k, word] of [[at - 1, "before"], [at + 1, "after"]]) {
    const other = order[k];
    if (other === undefined || group[other] !== group[index]) continue;
    const far = metres(points, index, other), seconds = Math.abs(time[index] - time[other]);
    const when = time[index] && time[other] ? `, ${seconds < 600 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}` : "";
    rows.push(`${far < 1000 ? `${far.toFixed(1)} m` : `${(far / 1000).toFixed(1)} km`}${when} ${word}`);
  }
  return rows.length ? ["Neighbours", rows[0], rows[1]] : null;
}

function camera(photo) {
  const { camera_make: make, camera_model: model } = photo;
  const name = [make && !model?.startsWith(make) ? make : null, model].filter(Boolean).join(" ");
  const parts = [];
  if (photo.pixel_width && photo.pixel_height) parts.push(`${photo.pixel_width} × ${photo.pixel_height}`);
  if (photo.exposure_s) parts.push(photo.exposure_s < 0.5 ? `1/${Math.round(1 / photo.exposure_s)} s` : `${photo.exposure_s} s`);
  if (photo.f_number) parts.push(`f/${photo.f_number}`);
  if (photo.iso) parts.push(`ISO ${photo.iso}`);
  return name || parts.length ? ["Camera", name || "Unknown", parts.join(", ")] : null;
}

// MARK: Short forms, from the points alone

/// “09:05:48”, or “” without a time.
export function timeText(points, index) {
  const time = localTime(points, index);
  return time ? `${isoTime(time.milliseconds)}${time.isUTC ? "Z" : ""}` : "";
}
export function dateText(points, index) {
  const time = localTime(points, index);
  return time ? isoDate(time.milliseconds) : "";
}
/// “81 m”: above take-off where it is known.
export function heightText(points, index) {
  const value = Number.isFinite(points.relative[index]) ? points.relative[index] : points.altitude[index];
  return Number.isFinite(value) ? `${Math.round(value)} m`.replace("-", "−") : "";
}
export const fixText = (points, index) => fixOf(points, index);
