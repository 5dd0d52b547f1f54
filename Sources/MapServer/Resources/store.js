// What all parts of the page share: the data, the selection, and the choices of the user; and who wants to know of changes.

export const state = {
  config: null,
  /// The answer of /map/points, decoded; null before the first.
  points: null,
  /// All flights by their id, whatever the filters say.
  folders: new Map(),
  colour: "flight",
  /// What flight checks found, see findings.js; null: not known, or not asked for.
  findings: null,
  layers: { paths: true, dirs: true },
  /// `view`, `flight` or `none`: what the filmstrip shows.
  strip: "view",
  /// The id of the photo with open details.
  photo: null,
  /// The number of the photo under the pointer, in the order of the points.
  hover: -1,
};

const listeners = new Map();

/// Calls `body` at every change of that name.
export function on(names, body) {
  for (const name of names.split(" ")) {
    listeners.set(name, [...listeners.get(name) ?? [], body]);
  }
}

export function emit(name, value) {
  for (const body of listeners.get(name) ?? []) body(value);
}

/// Sets values of the state and tells the listeners of those that changed.
export function set(changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (state[name] === value) continue;
    state[name] = value;
    emit(name, value);
  }
}

/// The number of the photo with that id among the points, or -1.
export function indexOf(id) {
  return id === null || state.points?.mode !== 0 ? -1 : state.points.id.indexOf(id);
}

/// The flight of a photo: site, folder, name without its date; null before the folders are known.
export const folderOf = index => state.folders.get(state.points.folders[state.points.group[index]]) ?? null;
