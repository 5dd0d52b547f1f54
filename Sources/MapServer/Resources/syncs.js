// The state of each site's sync, which the server sends as events. Starting and stopping a sync needs the token from the # part
// of the address that `gpsindex serve` printed. The page keeps it for this tab only.
import { ask, banner } from "./net.js";
import { emit, state } from "./store.js";
import { byId, counted, element, isoDate, isoTime, number, shown } from "./text.js";
import { token } from "./url.js";

const sites = new Map();
state.sites = sites;
const trouble = byId("trouble");

function complain(text) {
  trouble.hidden = !text;
  trouble.textContent = text ? shown(text) : "";
}

async function post(what, site) {
  if (!token) {
    complain("To start syncs, open the full address that gpsindex serve printed.");
    return;
  }
  try {
    await ask(`/map/${what}?${new URLSearchParams({ site })}`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: "{}",
    });
    complain("");
  } catch (error) {
    complain(error.message);
  }
}

function progressText(progress) {
  const done = progress.listed - progress.to_read + progress.read;
  let text = `${number(done)} of ${number(progress.listed)} photos, ${counted(progress.folders, "folder")} listed`;
  if (progress.bytes) text += `, ${(progress.bytes / 1e6).toFixed(1)} MB`;
  if (progress.failed) text += `, ${number(progress.failed)} failed`;
  return text;
}

function stateText(site) {
  const time = site.time ? Date.parse(site.time) : NaN;
  // In the local time of this browser.
  const local = time - new Date(time).getTimezoneOffset() * 60000;
  const when = Number.isFinite(time) ? ` ${isoDate(local)} ${isoTime(local).slice(0, 5)}` : "";
  switch (site.state) {
    case "running": return `sync running${site.ours ? "" : ` in process ${site.pid ?? "?"}`}`;
    case "never": return "not synced yet; Sync reads its photos";
    case "killed": return `sync was killed${when}`;
    default: return `sync ${site.state}${when}${site.message ? `: ${site.message}` : ""}`;
  }
}

/// Adds the state of its sync to a site's row of the tree.
export function fillSite(row, name) {
  const site = sites.get(name);
  if (!site) return;
  row.dataset.state = site.state;
  const isRunning = site.state === "running";
  const button = element("button", isRunning ? "Cancel" : site.state === "failed" || site.state === "killed" ? "Retry" : "Sync");
  button.type = "button";
  button.disabled = isRunning && !site.ours;
  button.setAttribute("aria-label", shown(`${isRunning ? "Cancel the sync of" : "Sync"} ${site.site}`));
  button.addEventListener("click", () => post(isRunning ? "cancel" : "sync", site.site));
  row.append(button);
  const rest = site.without_position + site.failed;
  row.append(element("small",
    `${rest ? `${number(rest)} without position · ` : ""}${stateText(site)}`));
  if (!isRunning) return;
  const bar = element("progress");
  bar.setAttribute("aria-label", shown(`Sync of ${site.site}`));
  row.append(bar);
  if (site.progress?.listed) {
    bar.max = site.progress.listed;
    bar.value = site.progress.listed - site.progress.to_read + site.progress.read;
    row.append(element("small", progressText(site.progress), "progress"));
  }
}

/// - onSites: called with the names of all sites.
/// - onIndex: called when the index has changed.
export function follow(onSites, onIndex) {
  let isLost = false;
  const events = new EventSource("/map/events");
  events.addEventListener("state", event => {
    const news = JSON.parse(event.data);
    complain("");
    isLost = false;
    for (const site of news.sites) sites.set(site.site, site);
    for (const name of news.gone) sites.delete(name);
    emit("sites");
    onSites([...sites.keys()]);
    if (news.index_changed) onIndex();
  });
  events.addEventListener("trouble", event => complain(JSON.parse(event.data).message));
  // The browser tries again by itself, every few seconds.
  events.addEventListener("open", () => {
    if (isLost) banner(null);
    isLost = false;
  });
  events.addEventListener("error", () => {
    isLost = true;
    banner("No connection to the server; what you see may be old. Start gpsindex serve again; the page retries by itself.",
      () => location.reload());
  });
}
