// The list of photos at one spot: nothing that is drawn is a dead end.
import { dateText, heightText, timeText } from "./facts.js";
import { loadNames, nameOf, showThumbnail } from "./pictures.js";
import { unknownPitch } from "./points.js";
import { set, state } from "./store.js";
import { button, byId, counted, element } from "./text.js";

const panel = byId("stack"), most = 300;
let returnTo = null;

export const isStackOpen = () => !panel.hidden;

/// - members: photos by their numbers among the points.
export function openStack(members) {
  const { points } = state;
  const list = [...members].sort((a, b) => points.rank[a] - points.rank[b]);
  byId("stack-title").textContent = `${counted(list.length, "photo")} at this spot`;
  const shownList = list.slice(0, most), ids = shownList.map(photo => points.id[photo]);
  const rows = shownList.map(photo => {
    const id = points.id[photo], row = element("li"), text = element("span");
    const thumb = element("span", undefined, "thumb");
    showThumbnail(thumb, id);
    if (thumb.querySelector(".none")) thumb.querySelector(".none").textContent = "";
    const pitch = points.pitch[photo];
    const words = [`${dateText(points, photo)} ${timeText(points, photo)}`.trim(), heightText(points, photo),
      pitch === unknownPitch ? "" : `pitch ${Math.round(pitch / 100)}°`.replace("-", "−")].filter(Boolean).join(" · ");
    const name = element("span", nameOf(id) ?? "…", "name");
    text.append(name, element("small", words));
    const choose = button(undefined, "", () => {
      set({ photo: id });
      closeStack();
    });
    choose.append(thumb, text);
    choose.dataset.id = id;
    row.append(choose);
    return row;
  });
  if (list.length > most) rows.push(element("li", `The first ${most}; the filmstrip lists all.`));
  byId("stack-list").replaceChildren(...rows);
  returnTo ??= document.activeElement;
  panel.hidden = false;
  byId("stack-title").focus();
  loadNames(ids, () => {
    for (const row of byId("stack-list").querySelectorAll("button")) {
      row.querySelector(".name").replaceWith(element("span", nameOf(Number(row.dataset.id)) ?? "", "name"));
    }
  });
}

export function closeStack() {
  if (panel.hidden) return;
  panel.hidden = true;
  returnTo?.focus?.();
  returnTo = null;
}

export function prepareStack() {
  byId("stack-close").addEventListener("click", closeStack);
}
