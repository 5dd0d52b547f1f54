"""Pictures for screenshots: fields, a path, trees, as a drone sees them; painted by the browser, so that no library is needed."""
import base64
import json

PAINT = """(async () => {
  const made = [];
  for (let number = 0; number < 12; number++) {
    let seed = number * 977 + 5;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const canvas = new OffscreenCanvas(640, 440), context = canvas.getContext("2d");
    context.fillStyle = "#8d8461";
    context.fillRect(0, 0, 640, 440);
    for (let k = 0; k < 9; k++) {
      context.fillStyle = `hsl(${60 + random() * 50} ${18 + random() * 22}% ${34 + random() * 20}%)`;
      context.beginPath();
      const x = random() * 640, y = random() * 440, w = 90 + random() * 220, h = 70 + random() * 160, turn = random() * 0.5;
      context.ellipse(x, y, w, h, turn, 0, 7);
      context.fill();
      context.strokeStyle = "#ffffff14";
      context.lineWidth = 3;
      for (let row = -h; row < h; row += 12) {
        const half = w * Math.sqrt(Math.max(0, 1 - row * row / h / h));
        context.beginPath();
        context.moveTo(x - half * 0.9, y + row);
        context.lineTo(x + half * 0.9, y + row + turn * 40);
        context.stroke();
      }
    }
    context.strokeStyle = "#d8ccaa";
    context.lineWidth = 26;
    context.beginPath();
    context.moveTo(-20, 60 + random() * 200);
    context.bezierCurveTo(200, random() * 440, 420, random() * 440, 660, 150 + random() * 200);
    context.stroke();
    for (let k = 0; k < 26; k++) {
      const x = random() * 640, y = random() * 440, r = 8 + random() * 14;
      context.fillStyle = "#1d2a1450";
      context.beginPath();
      context.arc(x + 6, y + 6, r, 0, 7);
      context.fill();
      context.fillStyle = `hsl(95 ${25 + random() * 15}% ${24 + random() * 12}%)`;
      context.beginPath();
      context.arc(x, y, r, 0, 7);
      context.fill();
    }
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    made.push(btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join("")));
  }
  return made;
})()"""


async def show_pictures(page):
    """The page gets pictures, as from a server that has them."""
    pictures = [base64.b64decode(text) for text in await page.run(PAINT)]
    config = json.loads(await page.run("fetch('/map/config').then(a => a.text())"))
    # In front of the other answer, which takes the number of a photo.
    await page.answer("/photos/ahead", lambda _: (202, "application/json", b"{}"))
    await page.answer("/photos/", lambda path: (200, "image/jpeg", pictures[int(path.split("/")[2]) % len(pictures)]))
    await page.answer("/map/config", lambda _: (200, "application/json", json.dumps({**config, "pictures": True}).encode()))
    await page.send("Page.reload")
    await page.ready()
