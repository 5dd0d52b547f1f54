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

// And what the page asks first: while its modules load, the server answers. With filters in the address the page asks itself.
const own = new Set(["token", "map", "colour", "photo", "strip", "layers"]);
const isFiltered = [...new URLSearchParams(location.hash.slice(1)).keys()].some(name => !own.has(name));
globalThis.begun = new Map(["/map/config", ...isFiltered ? [] : ["/map/points?"]].map(path => [path, fetch(path)]));
for (const answer of globalThis.begun.values()) answer.catch(() => {});
