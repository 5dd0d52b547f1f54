// Keys of the page. Single letters count only outside of fields, and can be turned off (WCAG 2.1.4).
import { byId, element } from "./text.js";

/// Keys, what they do, and the action without which a page does not have them.
const list = [
  ["→ ←", "next, previous photo (outside the map)"], [". ,", "next, previous photo (everywhere)"],
  ["F", "fit the map to the selection"], ["B", "draw a box", "box"], ["T", "fold the photos"], ["/", "search sites and flights", "search"],
  ["+ −", "zoom, with the map focused"], ["arrows", "move the map, with the map focused"],
  ["Home End Page", "move in the list of photos"], ["Enter", "open the photo, choose the flight"],
  ["Esc", "close: tool, list, filter, details"], ["?", "this list"],
];

let areLettersOn = true;
try {
  areLettersOn = localStorage.getItem("letters") !== "off";
} catch { /* They stay on. */ }

/// - actions: a function for each of `next`, `previous`, `fit`, `box`, `fold`, `search`, `escape`.
export function prepareKeys(actions) {
  preparePanel(list.filter(([, , action]) => !action || actions[action]));
  const letters = {
    f: actions.fit, b: actions.box, t: actions.fold, "/": actions.search, "?": showKeys,
    ".": actions.next, ",": actions.previous,
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const inField = event.target.closest?.("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape") {
      actions.escape();
      return;
    }
    if (inField || byId("keys-panel").open) return;
    const action = letters[event.key.toLowerCase()];
    if (action && areLettersOn) {
      action();
      event.preventDefault();
    } else if ((event.key === "ArrowRight" || event.key === "ArrowLeft") && !event.target.closest?.("#map, [role=tree], [role=toolbar]")) {
      if (event.key === "ArrowRight") actions.next(); else actions.previous();
    }
  });
}

function preparePanel(list) {
  const panel = byId("keys-panel"), rows = element("dl");
  rows.append(...list.flatMap(([key, what]) => [element("dt", key), element("dd", what)]));
  const label = element("label", undefined, "check"), box = element("input");
  box.type = "checkbox";
  box.checked = areLettersOn;
  box.addEventListener("change", () => {
    areLettersOn = box.checked;
    try {
      localStorage.setItem("letters", areLettersOn ? "on" : "off");
    } catch { /* The choice holds for this visit. */ }
  });
  label.append(box, "Single-letter keys");
  const done = element("button", "Close");
  done.type = "button";
  done.addEventListener("click", () => panel.close());
  panel.append(element("h2", "Keys"), rows, label, element("p"), done);
  byId("keys-button").addEventListener("click", showKeys);
}

function showKeys() {
  byId("keys-panel").showModal();
}
