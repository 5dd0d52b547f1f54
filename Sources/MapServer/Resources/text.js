// Text of the page. Names come from strangers: they are set as text, so they never become markup.

const odd = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/// Makes control and bidirectional characters visible.
export function shown(text) {
  return String(text).replace(odd, character => `\\u{${character.codePointAt(0).toString(16)}}`);
}

export function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = shown(text);
  if (name) made.className = name;
  return made;
}

export function button(text, name, action) {
  const made = element("button", text, name);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

export const byId = id => document.getElementById(id);

const grouped = new Intl.NumberFormat("en");
export const number = value => grouped.format(value);
/// “1 photo”, “1,375 photos”.
export const counted = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;

const two = value => String(value).padStart(2, "0");

/// The parts of a time in milliseconds since 1970, as if it were UTC: ISO date and time.
export function isoDate(milliseconds) {
  const time = new Date(milliseconds);
  return `${time.getUTCFullYear()}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}`;
}
export function isoTime(milliseconds) {
  const time = new Date(milliseconds);
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
}

/// “UTC+02:00”.
export function zoneText(minutes) {
  const size = Math.abs(minutes);
  return minutes === 0 ? "UTC" : `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/// Copies text and says so on the button.
export async function copy(text, from) {
  const before = from.textContent;
  try {
    await navigator.clipboard.writeText(text);
    from.textContent = "Copied";
  } catch {
    from.textContent = "Not allowed";
  }
  setTimeout(() => from.textContent = before, 1500);
}
