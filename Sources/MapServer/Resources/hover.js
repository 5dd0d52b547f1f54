// The card beside the pointer: picture and name of a photo, or what a cluster holds. None on touch.
import { nameAt } from "./colours.js";
import { dateText, fixText, heightText, timeText } from "./facts.js";
import { CLUSTER } from "./clusters.js";
import { clusterIndex } from "./photos.js";
import { loadNames, nameOf, showThumbnail } from "./pictures.js";
import { hasThumbnail, isGone } from "./points.js";
import { state } from "./store.js";
import { byId, counted, element } from "./text.js";

const card = byId("hover"), delay = 60;
let timer = 0, shownItem = null;

/// - item: what lies under the pointer, or null; - x, y: its place in the container.
export function hoverItem(item, x, y) {
  if (item === shownItem) return;
  shownItem = item;
  clearTimeout(timer);
  card.hidden = true;
  if (item) timer = setTimeout(() => show(item, x, y), delay);
}

function show(item, x, y) {
  const members = clusterIndex().members(item), { points } = state;
  if (points.mode === 1) {
    card.replaceChildren(element("p", counted(item.count, "photo"), "name"), element("p", `${counted(members.length, "flight")}; zoom in for photos`));
  } else if (item.kind === CLUSTER || members.length > 1) {
    showMany(item, members);
  } else {
    showOne(members[0], item);
  }
  card.hidden = false;
  place(item, x, y);
}

function showOne(photo, item) {
  const { points } = state, id = points.id[photo], picture = element("div", undefined, "picture");
  showThumbnail(picture, id);
  const fix = fixText(points, photo);
  const words = [`${dateText(points, photo)} ${timeText(points, photo).slice(0, 5)}`.trim(), heightText(points, photo), fix === "none" ? "" : fix]
    .filter(Boolean).join(" · ");
  const name = element("p", nameOf(id) ?? "…", "name");
  card.replaceChildren(picture, name, element("p", words || "No time in the file"));
  if (isGone(points, photo)) card.append(element("p", "The file is missing"));
  loadNames([id], () => {
    if (shownItem === item) name.replaceWith(element("p", nameOf(id) ?? "", "name"));
  });
}

function showMany(item, members) {
  const { points } = state, picture = element("div", undefined, "four");
  const flights = new Set(), days = new Set();
  for (const photo of members) {
    flights.add(points.group[photo]);
    const day = dateText(points, photo);
    if (day) days.add(day);
  }
  if (state.config?.pictures) {
    const step = Math.max(1, Math.floor(members.length / 4));
    for (let k = 0; k < members.length && picture.childElementCount < 4; k += step) {
      if (!hasThumbnail(points, members[k])) continue;
      const place = element("span");
      showThumbnail(place, points.id[members[k]]);
      picture.append(place);
    }
  }
  const sorted = [...days].sort(), range = sorted.length > 1 ? `${sorted[0]} – ${sorted.at(-1)}` : sorted[0] ?? "";
  const where = flights.size === 1 ? nameAt(members[0], "flight") : counted(flights.size, "flight");
  const rows = [element("p", counted(item.count, "photo") + (item.kind === CLUSTER ? "" : " at this spot"), "name"), element("p", where)];
  if (range) rows.push(element("p", range));
  if (picture.childElementCount) rows.unshift(picture);
  card.replaceChildren(...rows);
}

/// Beside the item, never under the pointer, inside the map.
function place(item, x, y) {
  const stage = byId("stage").getBoundingClientRect(), size = card.getBoundingClientRect(), gap = item.r + 12;
  const left = x + gap + size.width < stage.width ? x + gap : x - gap - size.width;
  card.style.left = `${Math.max(4, left)}px`;
  card.style.top = `${Math.max(4, Math.min(stage.height - size.height - 4, y - size.height / 2))}px`;
}
