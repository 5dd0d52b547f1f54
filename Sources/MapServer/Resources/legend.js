// The legend: what the colours mean, with the numbers of the photos in view, which add up to the filmstrip's title.
import { classes, findingNames, fixNames, nameAt, ramp, token, unknownColour } from "./colours.js";
import { formOf, shapeOf } from "./photos.js";
import { isoDate } from "./text.js";
import { emit, on, set, state } from "./store.js";
import { byId, element, number } from "./text.js";

const scale = byId("scale"), most = 5;
let view = null, frame = 0;

/// - visible: whether a photo is in the window, by its number.
export function prepareLegend(visible) {
  view = visible;
  byId("colour").addEventListener("change", event => set({ colour: event.target.value }));
  for (const [id, name] of [["show-paths", "paths"], ["show-dirs", "dirs"]]) {
    byId(id).addEventListener("change", event => {
      state.layers = { ...state.layers, [name]: event.target.checked };
      emit("layers");
    });
  }
  on("points view colour theme folders findings", () => {
    frame ||= requestAnimationFrame(draw);
  });
  on("layers", showLayers);
}

export function showLayers() {
  byId("show-paths").checked = state.layers.paths;
  byId("show-dirs").checked = state.layers.dirs;
}

function draw() {
  frame = 0;
  byId("colour").value = state.colour;
  const { points, colour } = state;
  if (!points) return;
  const { of, colours, range } = classes(), isVisible = view();
  if (range) return showRamp(range, of, isVisible);
  const counts = new Map();
  const add = (key, i, sample) => {
    const row = counts.get(key) ?? { count: 0, sample };
    row.count += points.count ? points.count[i] : 1;
    counts.set(key, row);
  };
  const words = points.mode === 0 ? classWords[colour] : null, byFlight = colour === "flight";
  for (let i = 0; i < points.n; i++) {
    if (!isVisible(i)) continue;
    if (words) add(of[i], i, i);
    else if (byFlight) add(points.group ? points.group[i] : i, i, i);
    else add(nameAt(i, "site"), i, i);
  }
  if (words) {
    const rows = words.map((word, one) => line(colours[one], word, counts.get(one)?.count ?? 0, formOf(colour, one)));
    const note = colour !== "finding" ? null : state.findings ? state.findings.note : "Checking flights…";
    if (note) rows.push(element("div", note, "count"));
    scale.replaceChildren(...rows);
    return;
  }
  const sorted = [...counts.values()].sort((a, b) => b.count - a.count || a.sample - b.sample);
  const rows = sorted.slice(0, most).map(row => line(colours[of[row.sample]], nameAt(row.sample, byFlight ? "flight" : "site"), row.count));
  if (sorted.length > most) {
    const rest = sorted.slice(most).reduce((sum, row) => sum + row.count, 0);
    rows.push(line(null, `${number(sorted.length - most)} more, colours repeat`, rest));
  }
  scale.replaceChildren(...rows);
}

/// The names of the classes of modes with few, in their order.
const classWords = {
  fix: fixNames.map(name => ({ fixed: "RTK fixed", float: "RTK float" })[name] ?? name),
  finding: findingNames.map(name => name === "none" ? "none" : `${name}s`),
};

function line(colour, name, count, form = 0) {
  const row = element("div", undefined, "line"), sign = element("canvas");
  sign.width = sign.height = 24;
  sign.style.width = sign.style.height = "12px";
  if (colour) {
    const context = sign.getContext("2d");
    context.setTransform(2, 0, 0, 2, 12, 12);
    context.fillStyle = colour;
    context.fill(shapeOf(form, 4.5));
  }
  row.append(sign, element("span", name, "name"), element("span", number(count), "count"));
  return row;
}

function showRamp(range, of, isVisible) {
  const { colour, points } = state;
  let unknown = 0;
  for (let i = 0; i < points.n; i++) if (of[i] === unknownColour && isVisible(i)) unknown++;
  if (range.isEmpty) {
    scale.replaceChildren(element("div", colour === "time" ? "No photo has a time" : "No photo has an altitude"));
    return;
  }
  const bar = element("canvas");
  bar.width = 412;
  bar.height = 20;
  bar.style.width = "206px";
  bar.style.height = "10px";
  const context = bar.getContext("2d"), steps = ramp();
  steps.forEach((step, i) => {
    context.fillStyle = step;
    context.fillRect(i / steps.length * 412, 0, 412 / steps.length + 1, 20);
  });
  const text = value => colour === "time" ? isoDate((value - 1) * 1000) : `${Math.round(value)} m`.replace("-", "−");
  const words = [`${range.isBelow ? "≤ " : ""}${text(range.low)}`, `${range.isAbove ? "≥ " : ""}${text(range.high)}`];
  if (colour !== "time") words.splice(1, 0, text((range.low + range.high) / 2));
  const ends = element("div", undefined, "ends");
  ends.append(...words.map(word => element("span", word)));
  const rows = [bar, ends];
  if (colour !== "time") rows.push(element("div", range.isRelative ? "above take-off" : "altitude", "count"));
  if (unknown) rows.push(line(token("--fix-none"), "unknown", unknown));
  scale.replaceChildren(...rows);
}
