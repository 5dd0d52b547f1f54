// The list of sites with the state of their syncs, which the server sends as events. Starting and stopping a sync needs the
// token from the # part of the address that `gpsindex serve` printed. The page keeps it for this tab only.
import { element, shown } from "./panels.js";

const token = (() => {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem("token");
})();

const sites = new Map();
const list = document.getElementById("sites");
const trouble = document.getElementById("trouble");

function complain(text) {
  trouble.hidden = !text;
  trouble.textContent = text ? shown(text) : "";
}

async function post(what, site) {
  if (!token) {
    complain("To start syncs, open the full address that gpsindex serve printed.");
    return;
  }
  const answer = await fetch(`/map/${what}?${new URLSearchParams({ site })}`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: "{}",
  });
  complain(answer.ok ? "" : (await answer.json()).description);
}

const number = value => value.toLocaleString("en");

function progressText(progress) {
  const done = progress.listed - progress.to_read + progress.read;
  let text = `${number(done)} of ${number(progress.listed)} photos, ${number(progress.folders)} folders listed`;
  if (progress.bytes) text += `, ${(progress.bytes / 1e6).toFixed(1)} MB`;
  if (progress.failed) text += `, ${number(progress.failed)} failed`;
  return text;
}

function stateText(site) {
  const when = site.time ? ` ${new Date(site.time).toLocaleString("en-GB")}` : "";
  switch (site.state) {
    case "running": return `sync running${site.ours ? "" : ` in process ${site.pid ?? "?"}`}`;
    case "never": return "not synced yet";
    case "killed": return `sync was killed${when}`;
    default: return `sync ${site.state}${when}${site.message ? `: ${site.message}` : ""}`;
  }
}

function row(site) {
  const item = element("li");
  item.dataset.state = site.state;
  const head = element("div", undefined, "head");
  const isRunning = site.state === "running";
  const button = element("button", isRunning ? "Cancel" : "Sync");
  button.type = "button";
  button.disabled = isRunning && !site.ours;
  button.setAttribute("aria-label", shown(`${isRunning ? "Cancel the sync of" : "Sync"} ${site.site}`));
  button.addEventListener("click", () => post(isRunning ? "cancel" : "sync", site.site));
  head.append(element("span", site.site, "name"), button);
  item.append(head);
  const rest = site.without_position + site.failed;
  item.append(element("small",
    `${number(site.photos)} photos${rest ? `, ${number(rest)} without a position` : ""}; ${stateText(site)}`));
  if (isRunning) {
    const bar = element("progress");
    if (site.progress?.listed) {
      bar.max = site.progress.listed;
      bar.value = site.progress.listed - site.progress.to_read + site.progress.read;
      item.append(bar, element("small", progressText(site.progress), "progress"));
    } else {
      item.append(bar);
    }
  }
  return item;
}

/// Replaces the rows of changed sites, and keeps the focus.
function show(changed) {
  for (const site of changed) {
    const old = sites.get(site.site);
    const hadFocus = old?.row.contains(document.activeElement);
    const made = row(site);
    sites.set(site.site, { ...site, row: made });
    if (old) old.row.replaceWith(made); else list.append(made);
    if (hadFocus) made.querySelector("button").focus();
  }
}

/// - onSites: called with the names of all sites.
/// - onIndex: called when the index has changed.
export function follow(onSites, onIndex) {
  const events = new EventSource("/map/events");
  events.addEventListener("state", event => {
    const news = JSON.parse(event.data);
    complain("");
    show(news.sites);
    for (const name of news.gone) {
      sites.get(name)?.row.remove();
      sites.delete(name);
    }
    onSites([...sites.keys()]);
    if (news.index_changed) onIndex();
  });
  events.addEventListener("trouble", event => complain(JSON.parse(event.data).message));
  events.addEventListener("error", () => complain("No connection to the server; retrying …"));
}
