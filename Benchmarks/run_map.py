#!/usr/bin/env python3
"""Measures the map server in a real Chromium (`make bench-map`): run_map.py --bin DIR --data DIR --out DIR"""
import argparse
import asyncio
import base64
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Support/MapClient"))
from browser import Browser  # noqa: E402
from served import Server  # noqa: E402

options = argparse.ArgumentParser()
options.add_argument("--bin", required=True)
options.add_argument("--data", required=True)
options.add_argument("--out", required=True)
options.add_argument("--rounds", type=int, default=7)
options = options.parse_args()
results = {"machine": f"{platform.machine()}, {os.cpu_count()} processors, {platform.release()}"}


def index(sites):
    path = pathlib.Path(options.data, f"{sites}.gpkg")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([f"{options.bin}/index-generator", path, "--sites", str(sites), "--drone"],
                       check=True, stdout=subprocess.DEVNULL)
    return str(path)


async def opening(path, name):
    """Time from the request to all photos drawn, by the clock of the page; a new browser each time."""
    ready, paint, world, memory = [], [], [], 0
    for _ in range(options.rounds):
        with Server(f"{options.bin}/gpsindex", path) as server:
            async with Browser(1400, 900, calm=False) as page:
                await page.open("about:blank")
                await page.send("Page.addScriptToEvaluateOnNewDocument", source="""
                    for (const [name, mark] of [["ready", "benchReady"], ["world", "benchWorld"]])
                      new MutationObserver((_, me) => {
                        if (document.documentElement?.dataset[name] === undefined) return;
                        me.disconnect();
                        requestAnimationFrame(() => setTimeout(() => window[mark] = performance.now()));
                      }).observe(document, { attributes: true, subtree: true });""")
                await page.open(server.url)
                ready.append(await page.until("window.benchReady", "photos"))
                world.append(await page.until("window.benchWorld", "the base map"))
                paint.append(await page.run(
                    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))
                size = await page.run("performance.getEntriesByName(location.origin + '/assets/basemap.bin')[0].encodedBodySize")
            status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
            memory = max(memory, int(status.split("VmHWM:")[1].split()[0]))
    results[name] = {
        "photos_drawn_ms": round(statistics.median(ready)), "worst_ms": round(max(ready)),
        "first_paint_ms": round(statistics.median(paint)), "base_map_ms": round(statistics.median(world)),
        "base_map_bytes": size, "server_peak_mib": round(memory / 1024)}


FRAMES = """(() => {
    window.frames_ = []; let last = performance.now();
    const tick = () => { const now = performance.now(); window.frames_.push(now - last); last = now;
                         window.isMoving && requestAnimationFrame(tick); };
    window.isMoving = true; requestAnimationFrame(tick); })()"""


def frames_of(frames):
    frames = sorted(frames)
    return {"frames_per_s": round(1000 * len(frames) / sum(frames), 1), "median_ms": round(statistics.median(frames), 1),
            "p95_ms": round(frames[int(len(frames) * 0.95)], 1), "worst_ms": round(frames[-1], 1)}


async def panning(path, photos):
    """Frame times while the mouse drags the map, at zooms from the world to a flight; then while the filmstrip scrolls."""
    with Server(f"{options.bin}/gpsindex", path) as server:
        async with Browser(1400, 900, calm=False) as page:
            await page.open(server.url)
            await page.ready()
            place = await page.run("import('/assets/store.js').then(({ state: { points: p } }) => { const i = p.order[p.n >> 1];"
                                   " return [Math.atan(Math.sinh(Math.PI * (1 - 2 * p.y[i]))) * 180 / Math.PI, p.x[i] * 360 - 180] })")
            for zoom in (2, 5, 8, 11, 14, 16, 18, 19):
                await page.open("about:blank")
                await page.open(f"{server.root}/#map={zoom}/{place[0]}/{place[1]}")
                await page.ready()
                await page.until("document.documentElement.dataset.world", "the base map")
                await asyncio.sleep(1)
                await page.run(FRAMES)
                for _ in range(3):
                    await page.drag((1100, 500), (600, 300), steps=40)
                    await page.drag((600, 300), (1100, 500), steps=40)
                results[f"panning, {photos} photos, zoom {zoom}"] = frames_of(await page.run("(window.isMoving = false, window.frames_)"))
            await scrolling(page, server, photos)


async def scrolling(page, server, photos):
    """The filmstrip of all photos, with thumbnails that the browser's own tools answer at once."""
    config = json.loads(await page.run("fetch('/map/config').then(a => a.text())"))
    picture = base64.b64decode(THUMBNAIL)
    await page.answer("/photos/", lambda _: (200, "image/jpeg", picture))
    await page.answer("/map/config", lambda _: (200, "application/json", json.dumps({**config, "pictures": True}).encode()))
    # The generated index knows no thumbnails: every photo is taken for one that has.
    await page.open("about:blank")
    await page.open(f"{server.root}/#map=2/30/10")
    await page.ready()
    await page.run("import('/assets/store.js').then(({ state, emit }) => { state.points.marks = state.points.marks.map(m => m | 16); emit('points'); })")
    await asyncio.sleep(1)
    await page.run(FRAMES)
    await page.run("""new Promise(done => { const strip = document.getElementById("strip"), begin = performance.now();
        const tick = now => { strip.scrollLeft += 25; now - begin < 3000 ? requestAnimationFrame(tick) : done(); };
        requestAnimationFrame(tick); })""")
    results[f"scrolling the filmstrip, {photos} photos"] = {
        **frames_of(await page.run("(window.isMoving = false, window.frames_)")),
        "elements": await page.run("document.querySelectorAll('.frame').length"),
        "pictures": await page.run("document.querySelectorAll('.frame.pictured').length")}


# 16 × 12 pixels.
THUMBNAIL = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeX"
    "BkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAM"
    "ABADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhBy"
    "JxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT"
    "lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAA"
    "AAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRom"
    "JygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExc"
    "bHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDnoNP6cVowaf7VpwQpxxWhBCnpWNXEyIwOMlof/9k=")

ZOOMS = """(async () => {
  const { ClusterIndex } = await import("/assets/clusters.js"), n = 1e6, x = new Float64Array(n), y = new Float64Array(n);
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  // Flights of a hundred photos, twelve of them at each of 834 places.
  let atX = 0, atY = 0;
  for (let i = 0; i < n; i++) {
    if (i % 1200 === 0) [atX, atY] = [random(), 0.2 + random() * 0.5];
    if (i % 100 === 0) [x[i], y[i]] = [atX + random() * 5e-5, atY + random() * 5e-5];
    else [x[i], y[i]] = [x[i - 1] + (i % 10 ? 4e-7 : -4e-6), y[i - 1] + (i % 10 ? 0 : 4e-7)];
  }
  const begin = performance.now(), index = new ClusterIndex({ n, x, y }), middle = index.order[n >> 1];
  window.bench = zoom => {
    // Thrice the window of 1400 × 900, as the page makes them.
    const wide = 2100 / 256 / 2 ** zoom, high = 1350 / 256 / 2 ** zoom;
    const part = zoom < 6 ? null : { west: x[middle] - wide, east: x[middle] + wide, north: y[middle] - high, south: y[middle] + high };
    const begin = performance.now();
    index.items(zoom, part);
    const time = performance.now() - begin;
    return [time, index.items(zoom).reduce((sum, item) => sum + item.count, 0)];
  };
  return performance.now() - begin;
})()"""


async def zooming(path):
    """A change of zoom with a million photos: clusters near the window; and the page, which shows folders."""
    with Server(f"{options.bin}/gpsindex", path) as server:
        async with Browser(1400, 900) as page:
            await page.open(server.url)
            await page.ready()
            times = []
            for _ in range(8):
                # Everything drawn adds up to the header's number, which is that of the window.
                await page.until("import('/assets/photos.js').then(m => m.drawnItems().reduce((sum, item) => sum + item.count, 0) === "
                                 "Number(document.querySelector('#total b').textContent.replaceAll(',', '')))", "equal numbers")
                times.append(await page.run("(begin => (document.getElementById('zoom-in').click(), performance.now() - begin))(performance.now())"))
                await asyncio.sleep(1.5)
            # Adding up all photos, as a check, takes seconds at high zooms.
            page.patience = 600
            sorting = await page.run(ZOOMS)
            made = [await page.run(f"bench({zoom})") for zoom in range(21)]
    assert all(count == 1_000_000 for _, count in made), made
    results["change of zoom, 1,000,000 photos as folders"] = {"worst_ms": round(max(times), 1)}
    results["clusters near the window, 1,000,000 photos"] = {
        "sort_ms": round(sorting), "worst_ms": round(max(time for time, _ in made), 1),
        "by_zoom_ms": [round(time, 1) for time, _ in made]}


def first_sign(path):
    times = []
    for _ in range(options.rounds):
        begin = time.perf_counter()
        with Server(f"{options.bin}/gpsindex", path):
            times.append((time.perf_counter() - begin) * 1000)
    results["address printed after"] = {"median_ms": round(statistics.median(times), 1)}


def answers(path):
    """Single requests, each over its own connection."""
    with Server(f"{options.bin}/gpsindex", path) as server:
        for target in ["/map/points", "/map/folders", "/collections/photos/items?limit=1000",
                       "/collections/photos/items?limit=1000&offset=90000", "/map/download"]:
            times = []
            for _ in range(options.rounds):
                begin = time.perf_counter()
                with urllib.request.urlopen(server.root + target) as answer:
                    size = len(answer.read())
                times.append((time.perf_counter() - begin) * 1000)
            results[target] = {"median_ms": round(statistics.median(times), 1), "bytes": size}


def events(folder):
    """A sync of another process: delay of its end event, number of events, and cost of listening."""
    photos = pathlib.Path(folder, "photos")
    if not photos.exists():
        subprocess.run([f"{options.bin}/site-generator", "--out", photos, "--photos", "20000", "--folders", "100",
                        "--layout", "small"], check=True, stdout=subprocess.DEVNULL)
    path = f"{folder}/sync.gpkg"
    sync = [f"{options.bin}/gpsindex", "sync", str(photos), "--index", path, "--full", "--progress", "none", "-q"]
    subprocess.run(sync, check=True)
    seconds = {True: [], False: []}
    cpu = {True: [], False: []}
    gaps, late, rate = [], [], []
    for _ in range(options.rounds):
        for listens in (False, True):
            seen = []
            server = Server(f"{options.bin}/gpsindex", path)
            with server:
                if listens:
                    answer = urllib.request.urlopen(server.root + "/map/events")

                    def read():
                        try:
                            for line in answer:
                                if line.startswith(b"data: "):
                                    seen.append((time.perf_counter(), json.loads(line[6:])))
                        except (OSError, ValueError, AttributeError):
                            pass
                    thread = threading.Thread(target=read, daemon=True)
                    thread.start()
                    time.sleep(0.5)
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                begin = time.perf_counter()
                subprocess.run(sync, check=True)
                end = time.perf_counter()
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                seconds[listens].append(end - begin)
                cpu[listens].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
                if listens:
                    time.sleep(1)
                    times = [t for t, _ in seen if begin <= t <= end]
                    rate.append(len(times) / (end - begin))
                    gaps += [b - a for a, b in zip(times, times[1:])]
                    late += [t - end for t, e in seen if t > end - 0.05
                             and any(s["state"] == "complete" for s in e["sites"])][:1]
    results["sync of 20,000 photos"] = {
        "alone_s": round(statistics.median(seconds[False]), 2), "watched_s": round(statistics.median(seconds[True]), 2),
        "alone_cpu_s": round(statistics.median(cpu[False]), 2), "watched_cpu_s": round(statistics.median(cpu[True]), 2),
        "events_per_s": round(max(rate), 2), "end_told_after_ms": round(statistics.median(late) * 1000),
        "latest_ms": round(max(late) * 1000)}


async def main():
    hundred_thousand, million = index(80), index(800)
    first_sign(hundred_thousand)
    await opening(hundred_thousand, "opening, 100,000 photos")
    await opening(million, "opening, 1,000,000 photos (as folders)")
    await panning(hundred_thousand, "100,000")
    await zooming(million)
    answers(hundred_thousand)
    events(options.data)
    pathlib.Path(options.out, "bench-map.json").write_text(json.dumps(results, indent=1) + "\n")
    for name, values in results.items():
        print(f"{name:45} {values}")


asyncio.run(main())
