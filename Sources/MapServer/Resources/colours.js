// What the colour of a photo means: flight, site, fix, altitude, time or finding.
import { fixOf } from "./points.js";
import { emit, folderOf, state } from "./store.js";

let styles = null;
const tokens = new Map();
/// The value of a CSS variable.
export function token(name) {
  if (!tokens.has(name)) {
    styles ??= getComputedStyle(document.documentElement);
    tokens.set(name, styles.getPropertyValue(name).trim());
  }
  return tokens.get(name);
}

/// Switches between light and dark.
export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch { /* The choice holds for this visit. */ }
  refreshTheme();
}
export function refreshTheme() {
  styles = null;
  tokens.clear();
  current = null;
  emit("theme");
}

const rampSteps = 24;
export const unknownColour = 255;

/// Colours of a ramp from `--seq-1` to `--seq-5`.
export function ramp() {
  const stops = [1, 2, 3, 4, 5].map(i => token(`--seq-${i}`)).map(hex =>
    [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)));
  return Array.from({ length: rampSteps }, (_, step) => {
    const at = step / (rampSteps - 1) * 4, from = Math.min(3, Math.floor(at)), part = at - from;
    const mix = [0, 1, 2].map(c => Math.round(stops[from][c] * (1 - part) + stops[from + 1][c] * part));
    return `rgb(${mix.join(" ")})`;
  });
}

const categories = () => [1, 2, 3, 4, 5, 6].map(i => token(`--cat-${i}`));
export const fixNames = ["fixed", "float", "single", "none"];
/// From the worst; their colours are `findingTokens`.
export const findingNames = ["error", "warning", "note", "none"];
const findingTokens = ["--error", "--warning", "--info", "--fix-none"];

// Flights keep their colour for the visit, whatever is filtered.
const flightColours = new Map();
let sawAll = false;

/// Colours of flights: those within 2 km of each other get different ones, as far as six go.
export function assignFlights() {
  const { points, folders } = state;
  if (folders.size && !sawAll) {
    sawAll = true;
    flightColours.clear();
    const boxed = [...folders.values()].filter(folder => folder.bbox);
    const cells = new Map(), unit = 0.05, reach = 0.02;
    for (const folder of boxed) {
      const [west, south, east, north] = folder.bbox, near = new Set(), keys = [];
      const wide = east < west || (east - west) * (north - south) > 4;
      for (let c = Math.floor((west - reach) / unit); !wide && c <= (east + reach) / unit; c++) {
        for (let r = Math.floor((south - reach) / unit); r <= (north + reach) / unit; r++) keys.push(c * 100000 + r);
      }
      for (const key of keys) for (const other of cells.get(key) ?? []) near.add(other);
      const used = [0, 0, 0, 0, 0, 0];
      for (const other of near) {
        const [w, s, e, n] = other.bbox;
        if (w < east + reach && e > west - reach && s < north + reach && n > south - reach) used[flightColours.get(other.id)]++;
      }
      const start = flightColours.size % 6;
      let best = start;
      for (let k = 0; k < 6; k++) if (used[(start + k) % 6] < used[best]) best = (start + k) % 6;
      flightColours.set(folder.id, best);
      for (const key of keys) cells.set(key, [...cells.get(key) ?? [], folder]);
    }
  }
  for (const id of points?.folders ?? []) {
    if (!flightColours.has(id)) flightColours.set(id, flightColours.size % 6);
  }
}
export function flightColour(id) {
  if (!flightColours.has(id)) assignFlights();
  return flightColours.has(id) ? categories()[flightColours.get(id)] : token("--line-strong");
}

let current = null;

/// The classes of all points in the current mode: `of` (one number for each point), `colours`, and what the legend needs.
export function classes() {
  const { points, colour } = state;
  if (current && current.points === points && current.mode === colour && current.folders === state.folders
    && current.findings === state.findings) return current;
  current = { points, mode: colour, folders: state.folders, findings: state.findings, ...classify(points, colour) };
  return current;
}
function classify(points, mode) {
  const of = new Uint8Array(points.n);
  if (points.mode === 1 || mode === "flight" || mode === "site") {
    assignFlights();
    const byGroup = Array.from(points.folders, id => groupColour(id, mode));
    for (let i = 0; i < points.n; i++) of[i] = byGroup[points.group ? points.group[i] : i];
    return { of, colours: categories() };
  }
  if (mode === "fix") {
    for (let i = 0; i < points.n; i++) of[i] = fixNames.indexOf(fixOf(points, i));
    return { of, colours: fixNames.map(name => token(`--fix-${name}`)) };
  }
  if (mode === "finding") {
    for (let i = 0; i < points.n; i++) of[i] = state.findings?.worst.get(points.id[i]) ?? 3;
    return { of, colours: findingTokens.map(token) };
  }
  const values = mode === "time" ? points.time : altitudes(points);
  const range = spread(values);
  const width = Math.max(range.high - range.low, 1e-9);
  for (let i = 0; i < points.n; i++) {
    const value = values[i];
    of[i] = Number.isFinite(value) && (mode !== "time" || value > 0)
      ? Math.max(0, Math.min(rampSteps - 1, Math.round((value - range.low) / width * (rampSteps - 1)))) : unknownColour;
  }
  return { of, colours: ramp(), range: { ...range, isRelative: values === points.relative } };
}

/// Relative altitude when all photos have it.
function altitudes(points) {
  return points.n && points.relative.every(Number.isFinite) ? points.relative : points.altitude;
}

/// The 2nd and the 98th percentile of a sample, and whether anything lies beyond them.
function spread(values) {
  const step = Math.max(1, Math.floor(values.length / 20000));
  const sample = [];
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value) || value === 0 && values instanceof Uint32Array) continue;
    if (value < least) least = value;
    if (value > most) most = value;
    if (i % step === 0) sample.push(value);
  }
  if (!sample.length) return { low: 0, high: 0, isEmpty: true };
  sample.sort((a, b) => a - b);
  const low = sample[Math.floor((sample.length - 1) * 0.02)], high = sample[Math.ceil((sample.length - 1) * 0.98)];
  return { low, high, isBelow: least < low, isAbove: most > high };
}

function groupColour(id, mode) {
  if (mode !== "site") return flightColours.get(id);
  const site = state.folders.get(id)?.site;
  return site === undefined ? 0 : siteNumbers().get(site) % 6;
}
let sites = null;
function siteNumbers() {
  if (sites?.of !== state.folders) {
    const names = [...new Set([...state.folders.values()].map(folder => folder.site))];
    sites = { of: state.folders, numbers: new Map(names.map((name, i) => [name, i])) };
  }
  return sites.numbers;
}
export const siteColour = name => categories()[(siteNumbers().get(name) ?? 0) % 6];

export const colourAt = index => {
  const { of, colours } = classes();
  return colours[of[index]] ?? token("--fix-none");
};

/// The name that the legend shows for a point in modes flight and site.
export function nameAt(index, mode) {
  const folder = state.points.mode === 1 ? state.folders.get(state.points.id[index]) : folderOf(index);
  return folder ? mode === "site" ? folder.site : folder.label : "…";
}
