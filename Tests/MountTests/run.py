#!/usr/bin/env python3
"""Syncs a folder that answers late, a file that hangs, and a file system that dies (`make test-mounts`).

The file system is Support/DelayFS, mounted with FUSE. The values of the index are compared with those of a sync of the
same folder without it.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True, type=pathlib.Path)
parser.add_argument("--delayfs", required=True, type=pathlib.Path)
given = parser.parse_args()
failures = []


def expect(condition, text):
    print(("ok    " if condition else "FAILED") + " " + text, flush=True)
    if not condition:
        failures.append(text)


class Mount:
    def __init__(self, source, place, milliseconds, die_after=None):
        place.mkdir(exist_ok=True)
        words = [given.delayfs, source, place, str(milliseconds)] + ([str(die_after)] if die_after else [])
        self.place = place
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if f" {place} " in pathlib.Path("/proc/mounts").read_text():
                return
            time.sleep(0.05)
        raise SystemExit("FUSE does not mount")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        subprocess.run(["fusermount3", "-uz", self.place], check=False)


def gpsindex(work, index, *words, timeout=60):
    run = subprocess.run(
        [given.bin / "gpsindex", *map(str, words)], capture_output=True, text=True, timeout=timeout,
        env={"HOME": str(work), "PATH": os.environ["PATH"], "GPSINDEX_INDEX": str(work / index)})
    return run.returncode, run.stdout, run.stderr


def positions(work, index):
    rows = json.loads(gpsindex(work, index, "query", "-f", "json")[1] or "[]")
    return sorted((row["path"], row["lon"], row["lat"], row.get("taken_local")) for row in rows)


def main(work):
    site, mount = work / "photos", work / "mount"
    subprocess.run(
        [given.bin / "site-generator", "--out", site, "--layout", "small", "--size", "0", "--folders", "12",
         "--photos", "240"], check=True, stdout=subprocess.DEVNULL)
    time.sleep(3)
    sync = ["--progress", "none", "--timeout", "4"]

    code, _, _ = gpsindex(work, "plain.gpkg", "sync", site, *sync)
    expect(code == 0, "a sync without the mount")
    with Mount(site, mount, 20):
        code, _, text = gpsindex(work, "late.gpkg", "sync", mount, *sync)
        expect(code == 0, "a first sync at 20 ms per operation")
        expect(positions(work, "late.gpkg") == positions(work, "plain.gpkg"), "… finds the same positions")
        code, text, _ = gpsindex(work, "late.gpkg", "sync", "--json", *sync)
        expect(code == 0 and '"files_opened":0' in text.replace(" ", ""), "an unchanged re-scan opens no file")

    hanging = work / "hanging"
    shutil.copytree(site, hanging)
    some = next(path for path in sorted(hanging.rglob("*")) if path.is_file())
    shutil.copy(some, some.with_name("zz_hang.jpg"))
    time.sleep(3)
    with Mount(hanging, mount, 2):
        start = time.monotonic()
        code, _, text = gpsindex(work, "hang.gpkg", "sync", mount, *sync)
        expect(code == 3 and "did not answer within 4 s" in text, "a file that hangs costs --timeout and exit code 3")
        expect(time.monotonic() - start < 30, "… and no more")
        expect(len(positions(work, "hang.gpkg")) == 240, "… and no other photo")

    with Mount(site, mount, 2):
        gpsindex(work, "dead.gpkg", "sync", mount, *sync)
    before = positions(work, "dead.gpkg")
    expect(len(before) == 240, "a sync before the file system dies")
    for operations in (1, 20, 200):
        with Mount(site, mount, 2, die_after=operations):
            code, _, text = gpsindex(work, "dead.gpkg", "sync", "mount", "--full", *sync)
            expect(code in (3, 69) and "did not answer" in text, f"dead after {operations} operations: exit code {code}")
        expect(positions(work, "dead.gpkg") == before, "… and all rows are kept")
    with Mount(site, mount, 2, die_after=200):
        process = subprocess.Popen(
            [given.bin / "gpsindex", "sync", "mount", "--full", "--progress", "none"], stderr=subprocess.DEVNULL,
            env={"HOME": str(work), "GPSINDEX_INDEX": str(work / "dead.gpkg")})
        time.sleep(2)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        expect(code == 130 and time.monotonic() - start < 5, f"SIGINT while it is dead: exit code {code}")


with tempfile.TemporaryDirectory(prefix="gpsindex-mounts-") as folder:
    main(pathlib.Path(folder))
print(f"{len(failures)} failures")
raise SystemExit(1 if failures else 0)
