// A small map of the surroundings: a window of some kilometres is blank on a map of the world.
import { drawWorld } from "./basemap.js";
import { token } from "./colours.js";
import { mercatorX, mercatorY } from "./points.js";
import { on } from "./store.js";
import { byId } from "./text.js";

const zoom = 5, from = 9;

export function prepareLocator(map, isTiled) {
  const canvas = byId("locator");
  const draw = () => {
    canvas.hidden = isTiled || map.getZoom() < from;
    if (canvas.hidden) return;
    const context = canvas.getContext("2d"), scale = 256 * 2 ** zoom, size = { x: 144, y: 97 };
    const center = map.getCenter().wrap();
    const x = mercatorX(center.lng), y = mercatorY(center.lat);
    const corner = { x: x * scale - size.x / 2, y: y * scale - size.y / 2 };
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.fillStyle = token("--sea");
    context.fillRect(0, 0, size.x, size.y);
    drawWorld(context, { scale, corner, size, zoom, worlds: [0] }, false);
    context.fillStyle = token("--accent");
    context.strokeStyle = token("--halo");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(size.x / 2, size.y / 2, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  };
  map.on("moveend", draw);
  on("theme world", draw);
  canvas.addEventListener("click", () => map.setZoom(6));
  draw();
}
