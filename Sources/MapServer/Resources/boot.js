// Before the first paint: the colours that the user chose last; without a choice those of the system.
const theme = (() => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
})();
const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.theme = isDark ? "dark" : "light";

// A link in the address replaces whatever this browser has shown before.
const hash = new URLSearchParams(location.hash.slice(1)), link = hash.get("share");
addEventListener("hashchange", () => {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (parts.has("share") || parts.has("token")) location.reload();
});
/// Never ends when the link is accepted, because the page is loaded again; else the reason.
async function enter() {
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "Authorization": `Bearer ${link}`, "Content-Type": "application/json" },
    body: "{}",
  });
  if (!answer.ok) return (await answer.json()).description;
  hash.delete("share");
  sessionStorage.setItem("token", link);
  history.replaceState(null, "", `/${hash.size ? `#${hash}` : ""}`);
  location.reload();
  return new Promise(() => {});
}
globalThis.entering = link ? enter() : null;

// And what the page asks first: while its modules load, the server answers. With filters in the address the page asks itself.
const own = new Set(["token", "map", "colour", "photo", "strip", "layers"]);
const isFiltered = [...new URLSearchParams(location.hash.slice(1)).keys()].some(name => !own.has(name));
const first = link ? [] : ["/map/config", ...isFiltered ? [] : ["/map/points?"]];
globalThis.begun = new Map(first.map(path => [path, fetch(path)]));
for (const answer of globalThis.begun.values()) answer.catch(() => {});
