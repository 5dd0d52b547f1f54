// What a photo shows on the ground: a rectangle when the camera looked straight down, else a cone in its direction. From
// relative altitude and field of view; without these or without a direction nothing is drawn.
import { latitudeOf, unknownPitch, unknownYaw } from "./points.js";
import { state } from "./store.js";

const equator = 40_075_016.686;

/// Half the field of view, in radians, by the focal length for 35 mm film: `[across, along]`; a common drone camera's where
/// the photo does not say.
function halfAngles(optics) {
  const focal = optics?.focal35 > 0 ? optics.focal35 : 24;
  const ratio = optics?.width > 0 && optics?.height > 0 ? optics.height / optics.width : 0.75;
  // The diagonal of 35 mm film is 43.27 mm.
  const width = 43.27 / Math.hypot(1, ratio);
  return [Math.atan(width / 2 / focal), Math.atan(width * ratio / 2 / focal)];
}

/// A form in pixels around the photo: `{ corners }` or `{ angle, half, reach }`; null when it is unknown.
export function footprint(photo, scale, optics) {
  const { points } = state;
  if (points.yaw[photo] === unknownYaw) return null;
  const angle = points.yaw[photo] / 18000 * Math.PI, pitch = points.pitch[photo];
  const [across, along] = halfAngles(optics), height = points.relative[photo];
  const pixels = scale / (equator * Math.cos(latitudeOf(points.y[photo]) * Math.PI / 180));
  if (pitch !== unknownPitch && pitch / 100 < -80) {
    if (!(height > 0)) return null;
    const x = Math.tan(across) * height * pixels, y = Math.tan(along) * height * pixels;
    const turned = (dx, dy) => [dx * Math.cos(angle) - dy * Math.sin(angle), dx * Math.sin(angle) + dy * Math.cos(angle)];
    return { corners: [turned(-x, -y), turned(x, -y), turned(x, y), turned(-x, y)] };
  }
  // Where the middle of the picture meets the ground, but not without end towards the horizon.
  const down = pitch === unknownPitch ? 0 : -pitch / 100 * Math.PI / 180;
  const metres = height > 0 && down > 0.1 ? Math.min(height / Math.tan(down) * 1.5, 300) : 60;
  return { angle, half: across, reach: Math.max(60, Math.min(metres * pixels, 260)) };
}

/// - colour: as `#rrggbb`.
export function drawFootprint(context, x, y, form, colour) {
  if (!form) return;
  if (form.corners) {
    context.beginPath();
    for (const [dx, dy] of form.corners) context.lineTo(x + dx, y + dy);
    context.closePath();
    context.globalAlpha = 0.13;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash([5, 4]);
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.stroke();
    context.setLineDash([]);
    return;
  }
  const { reach } = form, north = form.angle - Math.PI / 2;
  const fade = context.createRadialGradient(x, y, 0, x, y, reach);
  fade.addColorStop(0, colour);
  fade.addColorStop(1, `${colour}00`);
  context.globalAlpha = 0.45;
  context.fillStyle = fade;
  context.beginPath();
  context.moveTo(x, y);
  context.arc(x, y, reach, north - form.half, north + form.half);
  context.closePath();
  context.fill();
  context.globalAlpha = 1;
}
