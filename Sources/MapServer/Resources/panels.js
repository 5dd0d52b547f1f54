// The list of folders, and the details of a photo. Names are set as text, so they never become markup.

/// Makes control and bidirectional characters visible.
export function shown(text) {
  return String(text).replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u{${character.codePointAt(0).toString(16)}}`);
}

export function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = shown(text);
  if (name) made.className = name;
  return made;
}

const most = 500;

/// - choose: called with the clicked folder.
export function showFolders({ total, folders }, choose) {
  const list = document.getElementById("folders");
  const rows = folders.slice(0, most).map(folder => {
    const button = element("button");
    button.type = "button";
    button.append(
      element("span", `${folder.site}/${folder.folder}`, "name"),
      element("span", folder.photos.toLocaleString("en"), "count"));
    const rest = folder.without_position + folder.failed;
    button.title = shown(
      `${folder.located} with a position` + (rest ? `, ${rest} without` : ""));
    button.addEventListener("click", () => choose(folder));
    const row = element("li");
    row.append(button);
    return row;
  });
  list.replaceChildren(...rows);
  document.getElementById("folder-note").textContent =
    total > rows.length ? `The first ${rows.length} of ${total.toLocaleString("en")}` : "";
}

const details = document.getElementById("details");

/// Shows the details of a photo; null closes the panel.
export function showPhoto(photo) {
  details.hidden = !photo;
  if (!photo) return;
  document.getElementById("details-title").textContent = shown(photo.file);
  const rows = [];
  const { sources, ...fields } = photo;
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === "") continue;
    const shownValue = element("dd", value);
    if (sources[name]) shownValue.title = shown(`source: ${sources[name]}`);
    rows.push(element("dt", name), shownValue);
  }
  document.getElementById("fields").replaceChildren(...rows);
}

export function onClose(body) {
  document.getElementById("close").addEventListener("click", body);
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") body();
  });
}
