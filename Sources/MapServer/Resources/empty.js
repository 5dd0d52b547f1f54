// What the page says when there is nothing to show: the next step.
import * as filters from "./filters.js";
import { askJSON } from "./net.js";
import { state } from "./store.js";
import { button, byId, copy, counted, element, shown } from "./text.js";

const card = byId("empty");
let asked = 0;

export function hideEmpty() {
  asked++;
  card.hidden = true;
}

/// - totals: of the whole index, or null before they are known.
export async function showEmpty(totals) {
  const mine = ++asked;
  if (!totals) return;
  card.hidden = false;
  const isShared = Boolean(state.config?.share);
  if (isShared && !totals.photos) {
    card.replaceChildren(element("h2", "This link shows no photo"), element("p", "Its filter matches none at the moment."));
    return;
  }
  if (!totals.photos) {
    card.replaceChildren(element("h2", "No photos in the index yet"), element("p", "Add a site and sync it; the photos appear here."),
      ...["gpsindex site add nas sftp://user@host/photos", "gpsindex sync nas"].map(command));
    return;
  }
  const active = filters.active();
  if (!active.length) {
    card.replaceChildren(element("h2", "No photo has a position"),
      element("p", `${counted(totals.photos, "photo")} in ${isShared ? "this link" : "the index"}; the list “No position” has their reasons.`),
      ...isShared ? [] : [command("gpsindex problems")]);
    return;
  }
  card.replaceChildren(element("h2", "No photo matches the filters"), button("Clear all filters", "", () => byId("filters").reset()));
  const best = await mostRemoving(active);
  if (mine !== asked || !best) return;
  const [name, value, count] = best, [what, text] = filters.label(name, value);
  card.insertBefore(element("p", `Without ${shown(what)} ${shown(text)}: ${counted(count, "photo")}.`), card.lastChild);
  card.insertBefore(button("Remove this filter", "", () => filters.clear(name)), card.lastChild);
}

/// The filter without which most photos match.
async function mostRemoving(active) {
  let best = null;
  for (const [name, value] of active) {
    const rest = filters.parameters();
    rest.delete(name);
    try {
      const { folders } = await askJSON(`/map/folders?${rest}`);
      const count = folders.reduce((sum, folder) => sum + folder.located, 0);
      if (count > (best?.[2] ?? 0)) best = [name, value, count];
    } catch { /* The other filter is invalid alone. */ }
  }
  return best;
}

function command(text) {
  const row = element("p", undefined, "command");
  row.append(element("code", text), button("Copy", "", event => copy(text, event.currentTarget)));
  return row;
}
