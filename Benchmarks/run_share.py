#!/usr/bin/env python3
"""Measures pages for clients (`make bench-share`): run_share.py --bin DIR --out DIR

A site of 1,375 photos with thumbnails is synced with `--thumbnails`; then its photos are deleted, so that nothing but the index
and the picture cache can be read. `gpsindex export` writes HTML and KMZ; Chromium opens the HTML from disk, with the network off.
Writes OUT/bench-share.json.
"""
import argparse
import asyncio
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Support/MapClient"))
from browser import Browser  # noqa: E402

PHOTOS = 1375


def measured(command, environment):
    """Seconds, and peak memory in MiB."""
    begin = time.monotonic()
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.monotonic() - begin, usage.ru_maxrss / 1024


async def opened(path):
    """Seconds until the photos are drawn, and the requests."""
    async with Browser(1400, 900) as page:
        await page.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
        begin = time.monotonic()
        await page.open(pathlib.Path(path).as_uri())
        await page.ready(PHOTOS)
        await page.until("[...document.querySelectorAll('.frame img')].some(i => i.complete && i.naturalWidth)", "a picture")
        seconds = time.monotonic() - begin
        asked = [u for u in page.requests if not u.startswith(("data:", "blob:"))]
        assert not page.complaints, page.complaints
        return seconds, len(asked) - 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--thumbnail", type=int, default=10900)
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    program = os.path.join(given.bin, "gpsindex")
    found = {}
    with tempfile.TemporaryDirectory() as work:
        environment = dict(os.environ, HOME=work, XDG_STATE_HOME=work, XDG_CONFIG_HOME=work, XDG_DATA_HOME=work)
        site, index = os.path.join(work, "site"), os.path.join(work, "index.gpkg")
        subprocess.run([os.path.join(given.bin, "site-generator"), "--out", site, "--photos", str(PHOTOS), "--layout", "native",
                        "--thumbnail", str(given.thumbnail)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([program, "sync", site, "--thumbnails", "--index", index, "-q"], check=True, env=environment)
        shutil.rmtree(site)
        for kind in ("html", "kmz"):
            path = os.path.join(work, f"flight.{kind}")
            rounds = [measured([program, "export", "--thumbnails", "-o", path, "--index", index, "-q"], environment)
                      for _ in range(given.rounds)]
            found[kind] = {"seconds": statistics.median(r[0] for r in rounds), "worst": max(r[0] for r in rounds),
                           "peak_mib": max(r[1] for r in rounds), "bytes": os.path.getsize(path)}
            if kind == "html":
                found[kind]["opened_s"], found[kind]["requests"] = asyncio.run(opened(path))
                assert open(path, encoding="utf-8").read().count('class="thumb64"') == PHOTOS
            print(kind, json.dumps(found[kind]), flush=True)
    assert found["html"]["requests"] == 0 and found["html"]["bytes"] <= 25_000_000, "the page"
    assert found["html"]["seconds"] <= 1.5, "time of the page"
    with open(os.path.join(given.out, "bench-share.json"), "w") as file:
        json.dump(found, file, indent=1)


if __name__ == "__main__":
    main()
