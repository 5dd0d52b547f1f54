// Pictures and names of photos, out of the page itself. A picture becomes a blob when it is wanted.
import { photoOf, rowCount } from "./embedded.js";
import { element, shown } from "./text.js";

/// Texts in base64, one for each photo whose row says so.
const texts = document.getElementsByClassName("thumb64");
const numbers = new Map(), addresses = new Map(), most = 500;
const why = ["No thumbnail in the file", "", "Left out of this page", "It could not be read"];

for (let id = 0, k = 0; id < rowCount; id++) if (photoOf(id).picture === 1) numbers.set(id, k++);
export const pictureCount = numbers.size;

/// The address of the picture of a photo; null without one.
export function addressOf(id) {
  if (addresses.has(id)) return addresses.get(id);
  const text = texts[numbers.get(id)]?.textContent;
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  addresses.set(id, address);
  if (addresses.size > most) {
    const [oldest, old] = addresses.entries().next().value;
    addresses.delete(oldest);
    URL.revokeObjectURL(old);
  }
  return address;
}

export function showThumbnail(box, id, alt = "") {
  let image = box.querySelector("img");
  if (image?.dataset.id === String(id)) return;
  clearPicture(box);
  const address = id < rowCount ? addressOf(id) : null;
  if (!address) {
    box.append(element("span", id < rowCount ? why[photoOf(id).picture] : "No position", "none"));
    return;
  }
  image = element("img");
  image.dataset.id = id;
  image.alt = shown(alt);
  image.decoding = "async";
  image.draggable = false;
  image.addEventListener("load", () => box.classList.add("pictured"));
  image.src = address;
  box.prepend(image);
}

export function clearPicture(box) {
  box.querySelector("img")?.remove();
  box.querySelector(".none")?.remove();
  box.classList.remove("pictured");
}

export const showPreview = (box, photo) => showThumbnail(box, photo.id, photo.file);
export const pictureAddress = () => null;
export const readAhead = () => {};
export const loadNames = () => {};
export const nameOf = id => id < rowCount ? photoOf(id).file : undefined;
export function optics(id) {
  const { focal35, pixel_width: width, pixel_height: height } = photoOf(id);
  return { focal35, width, height };
}
