// Pictures and names of photos. Requests wait until scrolling pauses, and end when their place is needed for another photo.
import { ask, askJSON } from "./net.js";
import { hasThumbnail } from "./points.js";
import { emit, indexOf, state } from "./store.js";
import { element, shown } from "./text.js";
import { token } from "./url.js";

/// When pictures of photos have failed: nobody asks again at once, but the reason may be a server that is away for a moment.
const failed = new Map(), patience = 60_000;
const address = (id, kind) => `/photos/${id}/${kind}`;

/// Why there is no thumbnail, or null.
function refusalOf(id) {
  if (!state.config?.pictures) return "No pictures from this server";
  const index = indexOf(id);
  if (index >= 0 && !hasThumbnail(state.points, index)) return "No thumbnail in the file";
  return performance.now() - (failed.get(id) ?? -Infinity) < patience ? "No picture" : null;
}

/// Has the server read thumbnails together, before the browser asks for them, which it does six at a time.
let ahead = "";
export function readAhead(ids) {
  const wanted = ids.filter(id => !refusalOf(id)).slice(0, 500).join(",");
  if (!token || !wanted.includes(",") || wanted === ahead) return;
  ahead = wanted;
  // Without it pictures come all the same.
  ask(`/photos/ahead?ids=${wanted}`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: "{}",
  }).catch(() => {});
}

/// Shows the thumbnail of a photo in a box, or in few words why there is none.
///
/// - alt: empty where the name stands beside it.
export function showThumbnail(box, id, alt = "") {
  const why = refusalOf(id);
  let image = box.querySelector("img");
  if (why) {
    image?.remove();
    say(box, why);
    return;
  }
  if (image?.dataset.id === String(id)) return;
  image?.removeAttribute("src");
  image?.remove();
  box.querySelector(".none")?.remove();
  image = element("img");
  image.dataset.id = id;
  image.alt = shown(alt);
  image.decoding = "async";
  image.draggable = false;
  image.addEventListener("load", () => box.classList.add("pictured"));
  image.addEventListener("error", () => {
    if (!image.isConnected || !image.hasAttribute("src")) return;
    if (failed.size > 20000) failed.clear();
    failed.set(id, performance.now());
    image.remove();
    say(box, "No picture");
  });
  image.src = address(id, "thumbnail");
  box.prepend(image);
}

function say(box, why) {
  box.classList.remove("pictured");
  let note = box.querySelector(".none");
  if (!note) box.append(note = element("span", "", "none"));
  note.textContent = why;
}

/// Takes the picture out of a box; a request for it ends.
export function clearPicture(box) {
  const image = box.querySelector("img");
  image?.removeAttribute("src");
  image?.remove();
  box.querySelector(".none")?.remove();
  box.classList.remove("pictured");
}

/// The larger picture over the thumbnail, once it is there.
export function showPreview(box, photo) {
  const { id, file: alt } = photo;
  if (state.config?.pictures && !photo.thumbnail_length) say(box, "No thumbnail in the file");
  else showThumbnail(box, id, alt);
  // Most previews stand behind what a sync reads, so only the file itself tells whether there is one.
  if (!state.config?.pictures) return;
  const large = element("img");
  large.alt = shown(alt);
  large.dataset.large = id;
  large.addEventListener("load", () => {
    if (box.dataset.id === String(id)) {
      clearPicture(box);
      box.replaceChildren(large);
    }
  });
  large.src = address(id, "preview");
}

export const pictureAddress = id => address(id, "image");

// MARK: Names

const known = new Map();
const most = 200;

/// What the server knows of a photo beside the points: its file name, and what its field of view follows from.
export const optics = id => known.get(id);
export const nameOf = id => known.get(id)?.file;

/// Asks for names that are not known yet; `body` is called when they are there.
export async function loadNames(ids, body) {
  const wanted = ids.filter(id => !known.has(id)).slice(0, most);
  if (!wanted.length) return;
  try {
    const rows = await askJSON(`/map/names?id=${wanted.join(",")}`);
    if (known.size > 50000) known.clear();
    for (const row of rows) known.set(row.id, row);
    body();
    emit("optics");
  } catch { /* Frames stay without a name; the details say what is wrong. */ }
}
