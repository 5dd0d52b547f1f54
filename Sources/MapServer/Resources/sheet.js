// Panels that open and close; on a phone they are sheets from below, which a swipe closes.
import { byId } from "./text.js";

/// A button that opens a panel.
export function prepareToggle(buttonId, panelId, others = []) {
  const control = byId(buttonId), panel = byId(panelId);
  control.addEventListener("click", () => {
    for (const id of others) close(id);
    panel.hidden = !panel.hidden;
    control.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) panel.querySelector("input, select, a, button")?.focus();
  });
}

export function close(panelId) {
  const panel = byId(panelId), control = document.querySelector(`[aria-controls=${panelId}]`);
  if (panel.hidden) return false;
  const hadFocus = panel.contains(document.activeElement);
  panel.hidden = true;
  control?.setAttribute("aria-expanded", "false");
  if (hadFocus) control?.focus();
  return true;
}

/// Closes by a swipe downwards that starts at the top of the sheet.
export function swipe(panel, body) {
  let start = null;
  panel.addEventListener("touchstart", event => {
    const isTop = event.touches[0].clientY - panel.getBoundingClientRect().top < 60 || panel.scrollTop === 0 && event.target.closest("#picture, .grip");
    start = isTop ? event.touches[0] : null;
  }, { passive: true });
  panel.addEventListener("touchend", event => {
    const end = event.changedTouches[0];
    if (start && end.clientY - start.clientY > 60 && Math.abs(end.clientX - start.clientX) < 60) body();
    start = null;
  });
}

export function prepareSheets(closeDetails) {
  const side = byId("side"), open = isOpen => {
    side.classList.toggle("open", isOpen);
    if (isOpen) byId("side-close").focus(); else byId("side-button").focus();
  };
  byId("side-button").addEventListener("click", () => open(true));
  byId("side-close").addEventListener("click", () => open(false));
  swipe(side, () => open(false));
  swipe(byId("details"), closeDetails);
  byId("layers-tool").addEventListener("click", event => {
    const isOn = byId("stage").classList.toggle("layered");
    event.currentTarget.setAttribute("aria-expanded", String(isOn));
  });
}

/// On a phone the list of sites covers the map.
export function closeSide() {
  const wasOpen = byId("side").classList.contains("open");
  byId("side").classList.remove("open");
  return wasOpen;
}
