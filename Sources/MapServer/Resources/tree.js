// The sites and their flights. Filters never empty the list: the chosen flight is marked, its siblings stay.
import { flightColour } from "./colours.js";
import { isChosenFolder } from "./filters.js";
import { on, state } from "./store.js";
import { fillSite } from "./syncs.js";
import { byId, counted, element, number, shown } from "./text.js";

const tree = byId("tree"), search = byId("search"), note = byId("tree-note");
/// Rows of a site that are added at a time.
const portion = 500, openBelow = 60;
const isOpen = new Map(), portions = new Map();
let sites = new Map(), choose = null;

/// “2024-04-02_Kiesgrube-1/100MEDIA” as name and date.
function parts(folder) {
  const found = /(^|\/)(\d{4})-?(\d{2})(?:-?(\d{2}))?(?=[_\- /]|$)[_\- ]?/.exec(folder);
  if (!found) return { label: folder, date: "" };
  const rest = folder.slice(0, found.index) + found[1] + folder.slice(found.index + found[0].length);
  const label = rest.split("/").filter(Boolean).join("/");
  return { label: label || folder, date: [found[2], found[3], found[4]].filter(Boolean).join("-") };
}

/// All flights, by the answer of /map/folders without filters.
export function takeFolders({ folders, total }) {
  state.folders = new Map(folders.map(folder => {
    const { label, date } = parts(folder.folder);
    return [folder.id, { ...folder, label: label || folder.site, date }];
  }));
  sites = new Map();
  for (const folder of state.folders.values()) {
    if (!sites.has(folder.site)) sites.set(folder.site, []);
    sites.get(folder.site).push(folder);
  }
  note.textContent = total > folders.length
    ? `The first ${number(folders.length)} of ${number(total)} flights; the folder filter finds the others.` : "";
}

/// - onChoose: called with the chosen flight, or null for the one that was chosen before.
export function prepareTree(onChoose) {
  choose = onChoose;
  search.addEventListener("input", show);
  search.addEventListener("keydown", event => {
    if (event.key === "Escape" && search.value) {
      search.value = "";
      show();
      event.stopPropagation();
    } else if (event.key === "ArrowDown") {
      tree.querySelector("[role=treeitem]")?.focus();
      event.preventDefault();
    }
  });
  tree.addEventListener("click", event => {
    if (event.target.closest("button")) return;
    const row = event.target.closest("[role=treeitem]");
    if (row) act(row);
  });
  tree.addEventListener("keydown", move);
  on("folders theme colour", show);
  on("sites", updateSites);
  on("filters", markChosen);
}

function act(row) {
  if (row.dataset.folder) {
    const folder = state.folders.get(Number(row.dataset.folder));
    choose(isChosenFolder(folder) ? null : folder);
  } else {
    isOpen.set(row.dataset.site, row.getAttribute("aria-expanded") !== "true");
    show();
    siteRow(row.dataset.site)?.focus();
  }
}

const siteRow = site => [...tree.querySelectorAll(".site")].find(row => row.dataset.site === site);

export function show() {
  const words = search.value.trim().toLowerCase();
  const focused = document.activeElement?.closest?.("#tree [role=treeitem]");
  const key = focused && (focused.dataset.folder ?? focused.dataset.site);
  const rows = [];
  const names = new Set([...sites.keys(), ...state.sites?.keys() ?? []]);
  for (const site of [...names].sort((a, b) => a < b ? -1 : 1)) {
    const all = sites.get(site) ?? [];
    const matching = !words || site.toLowerCase().includes(words) ? all
      : all.filter(folder => folder.folder.toLowerCase().includes(words));
    if (words && !matching.length) continue;
    const opens = words ? true : isOpen.get(site) ?? state.folders.size <= openBelow;
    rows.push(makeSite(site, all, opens));
    if (!opens) continue;
    const most = portions.get(site) ?? portion;
    for (const folder of matching.slice(0, most)) rows.push(makeFlight(folder));
    if (matching.length > most) rows.push(makeMore(site, matching.length - most));
  }
  if (!rows.length) {
    rows.push(element("p", words ? `No site or flight matches “${search.value.trim()}”.` : "No sites yet.", "count"));
  }
  tree.replaceChildren(...rows);
  markChosen();
  const items = [...tree.querySelectorAll("[role=treeitem]")];
  const again = key && items.find(row => (row.dataset.folder ?? row.dataset.site) === key);
  (again ?? items[0])?.setAttribute("tabindex", "0");
  if (again) again.focus({ preventScroll: true });
}

/// New states of syncs, up to four times a second: only the rows of sites change, and the focus stays.
function updateSites() {
  const rows = [...tree.querySelectorAll(".site")];
  if (!search.value && rows.length !== new Set([...sites.keys(), ...state.sites.keys()]).size) {
    show();
    return;
  }
  for (const row of rows) {
    const { site } = row.dataset, had = row.contains(document.activeElement) ? document.activeElement : null;
    const made = makeSite(site, sites.get(site) ?? [], row.getAttribute("aria-expanded") === "true");
    made.tabIndex = row.tabIndex;
    row.replaceWith(made);
    if (had) (had === row ? made : made.querySelector("button"))?.focus({ preventScroll: true });
  }
}

function makeSite(site, folders, opens) {
  const row = element("div", undefined, "site");
  row.setAttribute("role", "treeitem");
  row.setAttribute("aria-level", "1");
  row.setAttribute("aria-expanded", String(opens));
  row.tabIndex = -1;
  row.dataset.site = site;
  const count = folders.reduce((sum, folder) => sum + folder.photos, 0);
  row.append(element("span", "▶", "twist"), element("span", site, "name"), element("span", number(count), "count"));
  row.firstChild.setAttribute("aria-hidden", "true");
  fillSite(row, site);
  return row;
}

function makeFlight(folder) {
  const row = element("div", undefined, "flight");
  row.setAttribute("role", "treeitem");
  row.setAttribute("aria-level", "2");
  row.tabIndex = -1;
  row.dataset.folder = folder.id;
  row.title = shown(folder.folder);
  const swatch = element("span", undefined, "swatch"), text = element("span", undefined, "text");
  if (state.colour === "flight") swatch.style.background = flightColour(folder.id);
  const rest = folder.without_position + folder.failed;
  const words = [folder.date, rest ? `${number(rest)} without position` : ""].filter(Boolean).join(" · ");
  text.append(element("span", folder.label, "name"));
  if (words) text.append(element("small", words));
  row.append(swatch, text, element("span", number(folder.photos), "count"));
  row.setAttribute("aria-label", shown(`${folder.label}, ${counted(folder.photos, "photo")}${words ? `, ${words}` : ""}`));
  return row;
}

function makeMore(site, left) {
  const more = element("button", `Show ${number(Math.min(portion, left))} of ${number(left)} more`);
  more.type = "button";
  more.addEventListener("click", () => {
    portions.set(site, (portions.get(site) ?? portion) + portion);
    show();
  });
  return more;
}

function markChosen() {
  for (const row of tree.querySelectorAll(".flight")) {
    row.setAttribute("aria-selected", String(isChosenFolder(state.folders.get(Number(row.dataset.folder)))));
  }
}

/// Arrow keys as in every tree: up, down, right opens, left closes, Enter filters.
function move(event) {
  const row = event.target.closest("[role=treeitem]");
  if (!row || event.target !== row || event.ctrlKey || event.altKey || event.metaKey) return;
  const items = [...tree.querySelectorAll("[role=treeitem]")], at = items.indexOf(row);
  const isSite = row.classList.contains("site"), isExpanded = row.getAttribute("aria-expanded") === "true";
  let next = null;
  switch (event.key) {
    case "ArrowDown": next = items[at + 1]; break;
    case "ArrowUp": next = items[at - 1] ?? search; break;
    case "Home": next = items[0]; break;
    case "End": next = items.at(-1); break;
    case "ArrowRight":
      if (isSite && !isExpanded) act(row); else if (isSite) next = items[at + 1];
      break;
    case "ArrowLeft":
      if (isSite && isExpanded) act(row); else if (!isSite) next = items.slice(0, at).findLast(item => item.classList.contains("site"));
      break;
    case "Enter": case " ": act(row); break;
    default: return;
  }
  if (next) {
    row.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
  event.preventDefault();
  event.stopPropagation();
}
