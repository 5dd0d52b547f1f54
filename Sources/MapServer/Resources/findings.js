// What flight checks find among the photos of the filters: asked when the colours show it, and again when the photos change.
import { askJSON } from "./net.js";
import { emit, on, state } from "./store.js";

const severities = ["error", "warning", "note"];
let query = () => "", asked = null;

/// - filters: the query string of the current filters.
export function prepareFindings(filters) {
  query = filters;
  on("points colour", load);
}

/// `state.findings`: `{ worst, texts, note }`: for the id of a photo the number of its worst severity, and the texts of its
/// findings; null while nothing is known.
async function load() {
  if (state.colour !== "finding" || !state.points) return;
  const wanted = query();
  if (asked?.wanted === wanted && asked.points === state.points) return;
  const mine = asked = { wanted, points: state.points };
  show(null);
  try {
    const answer = await askJSON(`/map/findings?${wanted}`);
    if (asked === mine) show(answer.checked ? read(answer.features) : { worst: new Map(), texts: new Map(),
      note: "Too many photos to check: filter by flight, site or date." });
  } catch (error) {
    if (asked !== mine) return;
    // The next choice of the colours asks again.
    asked = null;
    show({ worst: new Map(), texts: new Map(), note: error.message });
  }
}

function show(findings) {
  state.findings = findings;
  emit("findings");
}

function read(features) {
  const worst = new Map(), texts = new Map();
  for (const { properties: { severity, title, text, ids } } of features) {
    const level = severities.indexOf(severity);
    for (const id of ids) {
      worst.set(id, Math.min(worst.get(id) ?? 3, level));
      texts.set(id, [...texts.get(id) ?? [], `${title}: ${text}`]);
    }
  }
  return { worst, texts, note: features.length ? null : "No findings." };
}
