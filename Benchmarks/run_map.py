#!/usr/bin/env python3
"""Measures the map server in a real Chromium (`make bench-map`): run_map.py --bin DIR --data DIR --out DIR"""
import argparse
import asyncio
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
    ready, paint, memory = [], [], 0
    for _ in range(options.rounds):
        with Server(f"{options.bin}/gpsindex", path) as server:
            async with Browser(calm=False) as page:
                await page.open("about:blank")
                await page.send("Page.addScriptToEvaluateOnNewDocument", source="""
                    new MutationObserver((_, me) => {
                      if (document.documentElement?.dataset.ready === undefined) return;
                      me.disconnect();
                      requestAnimationFrame(() => setTimeout(() => window.benchReady = performance.now()));
                    }).observe(document, { attributes: true, subtree: true });""")
                await page.open(server.url)
                ready.append(await page.until("window.benchReady", "photos"))
                paint.append(await page.run(
                    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"))
            status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
            memory = max(memory, int(status.split("VmHWM:")[1].split()[0]))
    results[name] = {
        "photos_drawn_ms": round(statistics.median(ready)), "worst_ms": round(max(ready)),
        "first_paint_ms": round(statistics.median(paint)), "server_peak_mib": round(memory / 1024)}


async def panning(path, name, folder):
    """Frame times while the mouse drags the map for two seconds."""
    with Server(f"{options.bin}/gpsindex", path) as server:
        async with Browser(calm=False) as page:
            await page.open(server.url)
            await page.ready()
            await asyncio.sleep(1)
            if folder:
                await page.run("document.querySelector('#folders button').click()")
                await asyncio.sleep(1.5)
                await page.run("document.querySelector('#filters button[type=reset]').click()")
                await asyncio.sleep(1.5)
            await page.run("""(() => {
                window.frames_ = []; let last = performance.now();
                const tick = () => { const now = performance.now(); window.frames_.push(now - last); last = now;
                                     window.isPanning && requestAnimationFrame(tick); };
                window.isPanning = true; requestAnimationFrame(tick); })()""")
            for _ in range(4):
                await page.drag((1100, 500), (600, 300), steps=30)
                await page.drag((600, 300), (1100, 500), steps=30)
            frames = await page.run("(window.isPanning = false, window.frames_)")
            frames.sort()
            results[name] = {
                "frames": len(frames), "median_ms": round(statistics.median(frames), 1),
                "p95_ms": round(frames[int(len(frames) * 0.95)], 1), "worst_ms": round(frames[-1], 1)}


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
    await panning(hundred_thousand, "panning, 100,000 photos, all in sight", False)
    await panning(hundred_thousand, "panning, 100,000 photos, in one flight", True)
    answers(hundred_thousand)
    events(options.data)
    pathlib.Path(options.out, "bench-map.json").write_text(json.dumps(results, indent=1) + "\n")
    for name, values in results.items():
        print(f"{name:45} {values}")


asyncio.run(main())
