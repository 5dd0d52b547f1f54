// The main module of the page: asks for data, and brings map and panels together.
import { loadWorld } from "./basemap.js";
import { refreshTheme, setTheme } from "./colours.js";
import { prepareDetails, step } from "./details.js";
import { hideEmpty, showEmpty } from "./empty.js";
import { prepareFindings } from "./findings.js";
import * as filters from "./filters.js";
import { prepareKeys } from "./keys.js";
import { prepareLegend, showLayers } from "./legend.js";
import { createMap, fit, fitFolder, fitSelection, isInView, query, startBox, visibleBox, windowBox } from "./map.js";
import { isDrawing, setDrawing } from "./box.js";
import { ask, askJSON, banner, endPage, prepareBanner } from "./net.js";
import { showBox } from "./overlay.js";
import { decode } from "./points.js";
import { changesRole, prepareShare } from "./share.js";
import { close, closeSide, prepareSheets, prepareToggle } from "./sheet.js";
import { closeStack, isStackOpen, prepareStack } from "./stack.js";
import { emit, on, set, state } from "./store.js";
import { prepareStrip } from "./strip.js";
import { follow } from "./syncs.js";
import { byId, copy, counted, number } from "./text.js";
import { prepareTree, takeFolders } from "./tree.js";
import { addressOf, readAddress } from "./url.js";

prepareBanner();
const refused = await globalThis.entering;
if (refused) {
  endPage(refused);
  throw new Error(refused);
}
const address = readAddress();
filters.fill(address.filters);
// Requested before the map is built, which overlaps with the response.
const firstPoints = ask(`/map/points?${query()}`);
firstPoints.catch(() => {});
const firstFolders = askJSON("/map/folders");
firstFolders.catch(() => {});
const world = ask("/assets/basemap.bin");
world.catch(() => {});

let map = null;
/// Photos of the whole index, from its folders; null before they are known.
let totals = null;
/// There are too many photos for one answer: each window is asked for alone.
let isPartial = false, asked = 0, isFitted = false;

async function start() {
  state.config = await askJSON("/map/config");
  if (await changesRole()) return;
  filters.setFlags(state.config.flags);
  const { colour, strip, layers, photo } = address;
  Object.assign(state, { ...colour && { colour }, ...strip && { strip }, ...layers && { layers }, photo: photo ?? null });
  showLayers();
  map = createMap(address.map, box => filters.setBox(box.join(",")));
  isFitted = Boolean(address.map);
  preparePanels();
  prepareShare();
  showSelection();
  filters.showChips();
  const folders = firstFolders.then(takeAllFolders);
  await show(firstPoints);
  // Decoding takes a moment: the photos come first.
  setTimeout(() => loadWorld(world));
  await folders;
  if (state.photo !== null) emit("photo");
  listen();
  writeAddress();
}

function preparePanels() {
  prepareSheets(closeDetails);
  prepareToggle("filter-button", "filter-panel", ["export-panel"]);
  prepareToggle("export-button", "export-panel", ["filter-panel"]);
  prepareDetails(closeDetails);
  prepareStack();
  prepareStrip(visibleBox, query);
  prepareLegend(isInView);
  prepareFindings(() => query());
  prepareTree(folder => {
    if (folder) fitFolder(folder);
    filters.setFolder(folder);
    closeSide();
  });
  prepareKeys({
    next: () => step(true), previous: () => step(false), fit: fitSelection, box: startBox, fold, search: focusSearch, escape,
  });
  byId("fold").addEventListener("click", fold);
  for (const id of ["fit", "fit-tool", "fit-result"]) byId(id).addEventListener("click", fitSelection);
  byId("theme").addEventListener("click", () =>
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", event => {
    document.documentElement.dataset.theme = event.matches ? "dark" : "light";
    refreshTheme();
  });
  byId("copy").addEventListener("click", event => copy(byId("command").textContent, event.currentTarget));
  byId("copy-link").addEventListener("click", event =>
    copy(location.origin + addressOf(map, filters.parameters()), event.currentTarget));
  byId("tiles-note").textContent = state.config.share || state.config.tiles || state.config.basemap ? ""
    : "Other base maps: gpsindex serve --basemap FILE.mbtiles, or --tiles URL.";
  document.querySelector(".skip").addEventListener("click", event => {
    event.preventDefault();
    byId("strip").focus();
  });
}

// MARK: Data

async function show(promise) {
  const mine = ++asked;
  try {
    const buffer = await (await promise).arrayBuffer();
    if (mine !== asked) return false;
    state.points = decode(buffer);
  } catch (error) {
    if (mine === asked) refuse(error);
    return false;
  }
  byId("refusal").hidden = true;
  banner(null);
  if (state.points.mode === 1) isPartial = true;
  if (!isFitted && state.points.n) {
    isFitted = true;
    fit(state.points.bounds, false);
  }
  emit("points");
  showTotals();
  document.documentElement.dataset.ready = String(state.points.n);
  return true;
}

/// An invalid filter is said at its form; everything else in the banner.
function refuse(error) {
  const refusal = byId("refusal");
  if (error.status === 400 || error.status === 404) {
    refusal.textContent = error.message;
    refusal.hidden = false;
    if (byId("filter-panel").hidden) banner(`The filter is not valid: ${error.message}`);
    return;
  }
  banner(error.message, () => load());
}

async function load() {
  const begin = performance.now();
  await show(ask(`/map/points?${isPartial ? query(windowBox()) : query()}`));
  return performance.now() - begin;
}

function takeAllFolders(answer) {
  takeFolders(answer);
  // The state of syncs, which names the sites otherwise, is not for links.
  if (state.config.share) filters.setSites([...new Set(answer.folders.map(folder => folder.site))]);
  totals = { photos: 0, located: 0, flights: answer.total };
  for (const folder of answer.folders) {
    totals.photos += folder.photos;
    totals.located += folder.located;
  }
  emit("folders");
  showTotals();
}
async function loadFolders() {
  try {
    takeAllFolders(await askJSON("/map/folders"));
  } catch (error) {
    banner(error.message, loadFolders);
  }
}

/// The number of photos on the map, which everything drawn adds up to.
function showTotals() {
  const { points } = state, isFiltered = filters.active().length > 0;
  if (!points) return;
  const big = document.createElement("b");
  big.textContent = number(points.matched);
  let what = " photos on the map", rest = totals ? `${number(totals.photos)} in ${state.config?.share ? "this link" : "the index"}, ${number(totals.photos - totals.located)} without position` : "";
  const isPart = isPartial && totals && points.matched < totals.located;
  if (isPart || isFiltered) {
    what = totals ? ` of ${number(totals.located)} photos` : " photos";
    rest = isPart ? "near this part of the map; zoom out for all" : "match the filters";
  }
  if (points.mode === 1) rest = `${isPart ? "near this part of the map, " : ""}as ${counted(points.n, "flight")}; zoom in for photos`;
  byId("total").replaceChildren(big, what);
  byId("rest").textContent = rest;
  byId("export-title").textContent = isPartial ? "Export the matching photos" : `Export ${number(points.matched)} photo${points.matched === 1 ? "" : "s"}`;
  byId("fit-result").hidden = !isFiltered || !points.n;
  if (points.n || isPartial) hideEmpty(); else showEmpty(totals);
}

function showSelection() {
  byId("command").textContent = filters.command();
  for (const link of document.querySelectorAll("[data-format]")) {
    const parameters = filters.parameters();
    parameters.set("f", link.dataset.format);
    link.href = `/map/download?${parameters}`;
  }
  const box = filters.parameters().get("bbox")?.split(",").map(Number);
  showBox(box?.length === 4 && box.every(Number.isFinite) ? box : null);
}

// MARK: Changes

function listen() {
  wasOpen = state.photo !== null;
  filters.onChange(() => {
    showSelection();
    isPartial = false;
    load();
  });
  map.on("moveend", () => {
    if (isPartial) load();
    viewChanged();
  });
  on("filters colour layers strip", writeAddress);
  on("photo", () => {
    // Back closes the details.
    const isOpen = state.photo !== null;
    if (isOpen !== wasOpen && !isRestoring) history.pushState(null, "", addressOf(map, filters.parameters()));
    wasOpen = isOpen;
    if (isOpen && state.strip === "flight") emit("strip");
    writeAddress();
  });
  addEventListener("popstate", () => {
    const { photo, map: place, colour, strip } = readAddress();
    isRestoring = true;
    if (place) map.setView([place.latitude, place.longitude], place.zoom, { animate: false });
    set({ photo: photo ?? null, ...colour && { colour }, strip: strip ?? "view" });
    isRestoring = false;
  });
  if (state.config.share) return;
  let isFirst = true;
  follow(filters.setSites, () => {
    // The first event contains all sites, also when the index has not changed.
    if (!isFirst) indexChanged();
    isFirst = false;
  });
}

let viewTimer = 0;
function viewChanged() {
  clearTimeout(viewTimer);
  viewTimer = setTimeout(() => emit("view"), 60);
  writeAddress();
}

let wasOpen = false, isRestoring = false, addressTimer = 0;
function writeAddress() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => history.replaceState(null, "", addressOf(map, filters.parameters())), 200);
}

let reloading = 0, cost = 0;
/// Shows new photos while a sync runs. Reloading takes at most a twentieth of the time.
function indexChanged() {
  if (reloading || document.hidden) return;
  reloading = setTimeout(async () => {
    cost = await load();
    await loadFolders();
    reloading = 0;
  }, Math.max(2000, 20 * cost));
}

// MARK: Actions

function closeDetails() {
  set({ photo: null });
}

function fold() {
  const isFolded = byId("dock").classList.toggle("folded");
  byId("fold").setAttribute("aria-expanded", String(!isFolded));
  map.invalidateSize({ animate: false });
}

function focusSearch() {
  byId("search").focus();
  byId("search").select();
}

/// Closes one thing: tool, stack, panel, sheet, details, in this order.
function escape() {
  if (isDrawing()) setDrawing(false);
  else if (isStackOpen()) closeStack();
  else if (close("filter-panel") || close("export-panel") || closeSide()) return;
  else if (state.photo !== null) {
    const hadFocus = byId("details").contains(document.activeElement);
    closeDetails();
    if (hadFocus) byId("strip").focus();
  }
}

try {
  await start();
} catch (error) {
  banner(error.message, () => location.reload());
}
