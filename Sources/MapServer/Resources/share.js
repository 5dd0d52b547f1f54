// The page of a link: the photos of one filter, for a reader who has no gpsindex.
import { askJSON } from "./net.js";
import { state } from "./store.js";
import { byId, shown } from "./text.js";
import { token } from "./url.js";

/// The owner's address was opened in a browser that has opened a link: the page is loaded again, for the owner.
export async function changesRole() {
  if (!state.config.share || !token || token.startsWith("share-")) return false;
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: "{}",
  });
  if (answer.ok) location.reload();
  return answer.ok;
}

/// How often the page asks whether its link still works.
const interval = 30_000;

export function prepareShare() {
  const { share } = state.config;
  if (!share) return;
  document.documentElement.dataset.share = share.paths ? "paths" : "plain";
  document.title = shown(share.name);
  byId("title").textContent = shown(share.name);
  if (share.expires) byId("title").title = `This link works until ${share.expires.slice(0, 16).replace("T", " ")} UTC.`;
  setInterval(() => askJSON("/map/config").catch(() => {}), interval);
}
