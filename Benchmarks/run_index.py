#!/usr/bin/env python3
"""Measures queries of a large index: gpsindex, ogr2ogr, DuckDB, the sqlite3 shell and a JSON cache.

Whole processes from start to exit, output to memory (/dev/shm where there is one), rounds
interleaved, medians. See docs/index.md; `make bench-index` builds what this needs.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

JSON_CACHE = """
import json, sys
w, s, e, n = map(float, sys.argv[2:6])
photos = json.load(open(sys.argv[1]))
hits = [p for p in photos if w <= p["lon"] <= e and s <= p["lat"] <= n]
json.dump({"type": "FeatureCollection", "features": [
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [p["lon"], p["lat"]]},
     "properties": p} for p in hits]}, open(sys.argv[6], "w"))
"""

DUCKDB = """
import duckdb, sys
w, s, e, n = map(float, sys.argv[2:6])
db = duckdb.connect(sys.argv[1], read_only=True)
db.execute(f"COPY (SELECT * FROM photos WHERE lon BETWEEN {w} AND {e} AND lat BETWEEN {s} AND {n}) "
           f"TO '{sys.argv[6]}' (FORMAT json)")
"""

# The output of gpsindex in SQL: its columns in its order.
COLUMNS = """s.name AS site, f.path AS folder, p.file, p.lon, p.lat, p.alt_m, p.rel_alt_m, p.taken_at,
 p.taken_local, p.camera_make, p.camera_model, p.yaw, p.pitch, p.fix, p.source, p.flags, p.size, p.mtime"""


def sql(box):
    w, s, e, n = box
    return f"""SELECT {COLUMNS} FROM rtree_folders_geom r CROSS JOIN folders f ON f.id = r.id
 CROSS JOIN photos p ON p.folder_id = f.id JOIN site s ON s.id = f.site_id
 WHERE r.maxx >= {w} AND r.minx <= {e} AND r.maxy >= {s} AND r.miny <= {n}
 AND p.lon BETWEEN {w} AND {e} AND p.lat BETWEEN {s} AND {n} ORDER BY s.name, f.path, p.file;"""


def run(arguments, out=None):
    """Wall milliseconds, CPU milliseconds and peak KiB of one process."""
    target = os.open(out or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    actions = [(os.POSIX_SPAWN_DUP2, target, 1)]
    start = time.perf_counter()
    pid = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    os.close(target)
    if status != 0:
        sys.exit(f"{' '.join(arguments)[:300]} ended with {status}")
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss


class Runs:
    def __init__(self, scratch):
        self.scratch = scratch
        self.times = {}
        self.peaks = {}

    def measure(self, size, contenders, boxes, rounds):
        """Runs every program on every box, interleaved, so that all meet the same state of the machine."""
        names = list(contenders)
        if not names:
            return
        for turn in range(rounds):
            for number, box in enumerate(boxes):
                for name in names[turn % len(names):] + names[:turn % len(names)]:
                    arguments, to_stdout = contenders[name](box)
                    for file in self.scratch.glob("out*"):
                        file.unlink()
                    wall, _, peak = run(arguments, str(self.scratch / "out") if to_stdout else None)
                    if turn or number or len(boxes) == 1 and rounds == 1:
                        self.times.setdefault((size, name), []).append(wall)
                        self.peaks[(size, name)] = max(peak, self.peaks.get((size, name), 0))

    def median(self, size, name):
        found = self.times.get((size, name))
        return statistics.median(found) if found else None


def contenders(args, index, scratch, cache=None, duck=None):
    out = str(scratch / "out.json")
    gpsindex, sqlite3 = str(args.bin / "gpsindex"), shutil.which("sqlite3")
    table = {
        "gpsindex": lambda b: ([gpsindex, "query", "-q", "-f", "geojson", "--index", index,
                                "--bbox=" + ",".join(map(str, b))], True),
        "sqlite3": lambda b: ([sqlite3, "-readonly", index, sql(b)], True),
        "ogr2ogr": lambda b: ([shutil.which("ogr2ogr"), "-f", "GeoJSON", "-spat",
                               *map(str, b), out, index, "photos"], False),
    }
    if duck:
        table["DuckDB"] = lambda b: ([sys.executable, "-c", DUCKDB, duck, *map(str, b), out], False)
    if cache:
        table["JSON cache"] = lambda b: (
            [sys.executable, "-c", JSON_CACHE, cache, *map(str, b), out], False)
    return table


def forget(path):
    """Drops the file from the page cache: the next reader reads from disk."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def cold(args, index, scratch, boxes):
    """gpsindex and ogr2ogr on an index without cached pages."""
    table = contenders(args, index, scratch)
    runs = Runs(scratch)
    for size, found in boxes.items():
        for box in found[:8]:
            for name in ("gpsindex", "ogr2ogr"):
                arguments, to_stdout = table[name](box)
                for file in scratch.glob("out*"):
                    file.unlink()
                forget(index)
                wall, _, _ = run(arguments, str(scratch / "out") if to_stdout else None)
                runs.times.setdefault((size, name), []).append(wall)
    return {str(size): {name: round(runs.median(size, name), 1) for name in ("gpsindex", "ogr2ogr")}
            for size in boxes}


def inside(args, index):
    result = subprocess.run([args.bin / "index-bench", "inside", index], capture_output=True, check=True)
    return json.loads(result.stdout)


def boxes_of(args, index, count):
    result = subprocess.run(
        [args.bin / "index-bench", "boxes", index, "--count", str(count)],
        capture_output=True, check=True)
    boxes = {}
    for line in result.stdout.splitlines():
        entry = json.loads(line)
        boxes.setdefault(entry["target"], []).append(entry["box"])
    return boxes


def generate(args, path, sites, *options):
    if not path.exists():
        part = path.with_suffix(".part")
        for suffix in ("", "-wal", "-shm"):
            pathlib.Path(f"{part}{suffix}").unlink(missing_ok=True)
        result = subprocess.run(
            [args.bin / "index-generator", part, "--sites", str(sites), *options],
            capture_output=True, check=True)
        part.rename(path)
        figures = json.loads(result.stdout)
        figures["bytes_per_photo"] = round(path.stat().st_size / figures["photos"], 1)
        path.with_suffix(".json").write_text(json.dumps(figures))
    return json.loads(path.with_suffix(".json").read_text())


DUCKDB_LOAD = """
import duckdb, sys
duckdb.connect(sys.argv[1]).execute(
    f"CREATE TABLE photos AS SELECT * FROM read_csv('{sys.argv[2]}', sample_size=-1)")
"""


def duck_table(index, path):
    """Makes a native table of the same rows, in another process, because the peak memory of a child includes that of its
    parent."""
    if path.exists():
        return True
    if subprocess.run([sys.executable, "-c", "import duckdb"], capture_output=True).returncode:
        return False
    csv = path.with_suffix(".csv")
    with open(csv, "wb") as file:
        query = (f"SELECT {COLUMNS} FROM photos p JOIN folders f ON f.id = p.folder_id "
                 "JOIN site s ON s.id = f.site_id WHERE p.status = 0")
        subprocess.run(["sqlite3", "-readonly", "-csv", "-header", index, query], stdout=file, check=True)
    subprocess.run([sys.executable, "-c", DUCKDB_LOAD, path, csv], check=True)
    csv.unlink()
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, default=".build/release")
    parser.add_argument("--data", type=pathlib.Path, default="out/bench-index")
    parser.add_argument("--out", type=pathlib.Path, default="out")
    parser.add_argument("--sites", type=int, default=800, help="of about 1,248 photos each")
    parser.add_argument("--large", type=int, default=0, help="sites of a second, larger index")
    parser.add_argument("--boxes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    args.bin = args.bin.resolve()
    args.data.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path("/dev/shm" if os.path.isdir("/dev/shm") else args.data) / f"bench{os.getpid()}"
    scratch.mkdir()
    results = {}
    try:
        for name, sites in (("", args.sites), ("large_", args.large)):
            if not sites:
                continue
            path = args.data / f"index{sites}.gpkg"
            results[f"{name}load"] = generate(args, path, sites)
            results[f"{name}inside"] = inside(args, str(path))
            results[f"{name}queries"] = queries(args, str(path), scratch, is_large=bool(name))
        small = args.data / f"index{args.sites or args.large}.gpkg"
        results["cold"] = cold(args, str(small), scratch, boxes_of(args, str(small), 8))
        durable = args.data / "durable.gpkg"
        results["durable_load"] = generate(args, durable, 80, "--durable")
        drone = args.data / "drone.gpkg"
        results["drone_load"] = generate(args, drone, 80, "--drone")
        corridor = args.data / "corridor.gpkg"
        results["corridor_load"] = generate(args, corridor, 80, "--corridor")
        results["corridor_inside"] = inside(args, str(corridor))
        results["floor"] = floor(args, scratch)
    finally:
        shutil.rmtree(scratch)
    args.out.mkdir(exist_ok=True)
    (args.out / "bench-index.json").write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


def floor(args, scratch):
    """The lower bound of a full export on one core: reading the rows, writing the bytes."""
    if not args.sites:
        return None
    index = str(args.data / f"index{args.sites}.gpkg")
    text = scratch / "all.json"
    run([str(args.bin / "gpsindex"), "query", "-q", "-f", "geojson", "--index", index], str(text))
    select = [shutil.which("sqlite3"), "-readonly", index,
              "SELECT sum(length(site) + length(folder) + length(file) + lon + lat + coalesce(alt_m, 0) + size "
              f"+ mtime + length(coalesce(taken_at, ''))) FROM (SELECT {COLUMNS} FROM folders f CROSS JOIN photos p "
              "ON p.folder_id = f.id JOIN site s ON s.id = f.site_id WHERE p.status = 0 ORDER BY f.id, p.file)"]
    copy = [shutil.which("dd"), f"if={text}", f"of={scratch / 'copy'}", "bs=64k", "status=none"]
    times = [(run(select)[0], run(copy)[0]) for _ in range(4)][1:]
    select_ms, write_ms = (round(statistics.median(part)) for part in zip(*times))
    return {"select_ms": select_ms, "write_ms": write_ms, "bytes": text.stat().st_size}


def queries(args, index, scratch, is_large):
    boxes = boxes_of(args, index, args.boxes)
    runs = Runs(scratch)
    duck = pathlib.Path(index).with_suffix(".duckdb")
    if not duck_table(index, duck):
        duck = None
    cache = None
    if not is_large:
        cache = pathlib.Path(index).with_suffix(".cache.json")
        if not cache.exists():
            with open(cache, "wb") as file:
                subprocess.run([args.bin / "gpsindex", "query", "-q", "-f", "json", "--index", index],
                               stdout=file, check=True)
    table = contenders(args, index, scratch, cache=None, duck=str(duck) if duck else None)
    slow = {"JSON cache": contenders(args, index, scratch, str(cache))["JSON cache"]} if cache else {}
    for size, found in boxes.items():
        runs.measure(size, table, found, args.rounds)
        runs.measure(size, slow, found[:2], 1)
    if not is_large:
        everything = [[-180, -90, 180, 90]]
        runs.measure("all", table, everything, max(3, args.rounds))
    # The lower bound of --version: an empty command of the sqlite3 shell.
    version = {
        "gpsindex": lambda _: ([str(args.bin / "gpsindex"), "--version"], True),
        "sqlite3": lambda _: ([shutil.which("sqlite3"), "--version"], True),
        "ogr2ogr": lambda _: ([shutil.which("ogr2ogr"), "--version"], True),
    }
    runs.measure("version", version, [None] * 20, args.rounds)
    return {
        str(size): {
            name: {"ms": round(runs.median(size, name), 2),
                   "min_ms": round(min(runs.times[(size, name)]), 2),
                   "peak_mib": round(runs.peaks[(size, name)] / 1024, 1),
                   "runs": len(runs.times[(size, name)])}
            for s, name in runs.times if s == size
        }
        for size in dict.fromkeys(size for size, _ in runs.times)
    }


if __name__ == "__main__":
    main()
