"""Measures gpsindex publish on a private PostgreSQL server with PostGIS, which waits for its disk (fsync on).

    python3 Benchmarks/run_publish.py --bin .build/release --data out/bench-publish      # make bench-publish

--photos 10000000 measures ten million. Exits with 1 when a figure misses its limit. Times are those of whole processes.
"""

import argparse
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Support/Postgres"))
import postgres  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True)
parser.add_argument("--data", required=True)
parser.add_argument("--photos", type=int, default=1_000_000)
parser.add_argument("--changes", type=int, default=10_000)
parser.add_argument("--publishes", type=int, default=50)
parser.add_argument("--only", help="first, live, changes, unchanged, fifty, eight, formats; with commas")
parser.add_argument("--partitions")
options = parser.parse_args()
parts = set(options.only.split(",")) if options.only else {"first", "live", "changes", "unchanged", "fifty", "eight", "formats"}
gpsindex = f"{options.bin}/gpsindex"
failures = 0
draw = random.Random(1)


def show(name, value, limit=None, unit="", least=False):
    global failures
    is_good = limit is None or (value >= limit if least else value <= limit)
    failures += not is_good
    word = "     " if limit is None else "ok   " if is_good else "FAIL "
    bound = "" if limit is None else f" (at {'least' if least else 'most'} {limit:,})"
    print(f"{word}{name}: {value:,.6g} {unit}{bound}", flush=True)


def generate(path, photos):
    """One site, with folders of 125 photos."""
    if not os.path.exists(path):
        os.makedirs(options.data, exist_ok=True)
        subprocess.run([f"{options.bin}/index-generator", path + ".new", "--sites", "1", "--survey", "--flights", str(photos // 125)],
                       check=True, stdout=subprocess.DEVNULL)
        os.rename(path + ".new", path)
    return path


def edit(path, statements):
    """As a sync writes, but by SQL alone."""
    with sqlite3.connect(path) as index:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            index.create_function(name, 1, lambda _: None)
        for sql, values in statements:
            index.execute(sql, values)
    index.close()


def copy(source, target, site):
    """Another index with another site."""
    shutil.copyfile(source, target)
    edit(target, [("UPDATE site SET name = ?", (site,)), ("UPDATE index_state SET identity = ?", (uuid.uuid4().hex,))])
    return target


def change(path, fids):
    """New content in these photos, by one sync."""
    with sqlite3.connect(path) as index:
        last = index.execute("SELECT max(seq) FROM photos").fetchone()[0]
        site = index.execute("SELECT id FROM site").fetchone()[0]
    index.close()
    value = draw.randint(1, 10**6)
    statements = [("UPDATE photos SET iso = ?, seq = ? WHERE fid = ?", (value, last + 1 + at, fid)) for at, fid in enumerate(fids)]
    statements.append(("""INSERT INTO sync_run (site_id, site, run_token, started_at, finished_at, outcome, first_seq, last_seq)
      SELECT id, name, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z', 'complete', ?, ? FROM site WHERE id = ?""",
                       (uuid.uuid4().hex, last + 1, last + len(fids), site)))
    edit(path, statements)


def all_fids(path, folders=None):
    with sqlite3.connect(path) as index:
        where = "" if folders is None else f"WHERE folder_id IN (SELECT id FROM folders ORDER BY id LIMIT {folders})"
        found = [fid for (fid,) in index.execute(f"SELECT fid FROM photos {where}")]
    index.close()
    return found


def one_per_folder(path, count):
    """Then a second one per folder, where there are fewer folders."""
    with sqlite3.connect(path) as index:
        rows = index.execute("SELECT folder_id, fid FROM photos").fetchall()
    index.close()
    by_folder = {}
    for folder, fid in rows:
        by_folder.setdefault(folder, []).append(fid)
    found, depth = [], 0
    while len(found) < count:
        found += [fids[depth] for fids in by_folder.values() if len(fids) > depth][:count - len(found)]
        depth += 1
    return found


def publish(server, index, *words):
    """Seconds of the process."""
    start = time.monotonic()
    result = subprocess.run([gpsindex, "publish", server.url("bench"), "--quiet", "--index", index, *words], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"publish: {result.stdout}{result.stderr}")
    return time.monotonic() - start


def log_lines(server, mark):
    return [line for line in (server.folder / "log").read_text(errors="replace")[mark:].splitlines() if "duration:" in line]


def number(server, sql):
    return float(server.psql("bench", sql)[0][0])


def measure_unchanged(server, index):
    server.psql("bench", "CREATE EXTENSION IF NOT EXISTS pg_walinspect")
    server.psql("bench", "VACUUM ANALYZE")
    server.psql("bench", "CHECKPOINT")
    server.psql("postgres", "ALTER SYSTEM SET log_min_duration_statement = 0")
    server.psql("postgres", "SELECT pg_reload_conf()")
    time.sleep(1)
    position = server.psql("bench", "SELECT pg_current_wal_lsn()")[0][0]
    mark = len((server.folder / "log").read_text(errors="replace"))
    whole = [publish(server, index) for _ in range(20)]
    # Parsing and planning are lines of their own.
    lines = [line for line in log_lines(server, mark) if line.startswith("gpsindex publish")]
    statements = [line for line in lines if re.search(r"ms  (execute|statement)", line)]
    taken = sum(float(re.search(r"duration: ([0-9.]+) ms", line)[1]) for line in lines) / 20
    # The server itself notes running transactions now and then (resource manager Standby).
    end = server.psql("bench", "SELECT pg_current_wal_lsn()")[0][0]
    wal = 0 if end == position else number(
        server, f"SELECT coalesce(sum(record_length), 0) FROM pg_get_wal_records_info('{position}', '{end}') "
        "WHERE resource_manager <> 'Standby'")
    server.psql("postgres", "ALTER SYSTEM RESET log_min_duration_statement")
    server.psql("postgres", "SELECT pg_reload_conf()")
    show("nothing changed: statements per publish", len(statements) / 20, 1)
    show("nothing changed: mean time of the statement", taken, 10, "ms")
    show("nothing changed: WAL of 20 publishes", wal, 0, "bytes")
    show("nothing changed: median time of the whole process", 1000 * statistics.median(whole), None, "ms")


def measure_fifty(server, index):
    fids = all_fids(index)
    server.psql("bench", "VACUUM ANALYZE gpsindex.photos")
    server.psql("bench", "SELECT pg_stat_reset()")
    size = "SELECT pg_table_size('gpsindex.photos'), pg_indexes_size('gpsindex.photos')"
    heap, indexes = map(float, server.psql("bench", size)[0])
    times = []
    for _ in range(options.publishes):
        change(index, draw.sample(fids, options.changes))
        times.append(publish(server, index))
    time.sleep(2)
    later_heap, later_indexes = map(float, server.psql("bench", size)[0])
    updates, hot = map(float, server.psql(
        "bench", "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = 'gpsindex' AND relname = 'photos'")[0])
    first, last = statistics.mean(times[:5]), statistics.mean(times[-5:])
    show(f"{options.publishes} publishes of {options.changes:,} changes: first five", first, None, "s")
    show(f"{options.publishes} publishes: last five by the first five", last / first, 1.2)
    show(f"{options.publishes} publishes: growth of the table", 100 * (later_heap / heap - 1), 10, "%")
    show(f"{options.publishes} publishes: growth of its indexes", 100 * (later_indexes / indexes - 1), 10, "%")
    show(f"{options.publishes} publishes: HOT updates", 100 * hot / updates, 90, "%", least=True)


def measure_eight(server):
    base = generate(f"{options.data}/small.gpkg", 20_000)
    indexes = [copy(base, f"{options.data}/eight{number}.gpkg", f"eight{number}") for number in range(8)]
    before = number(server, "SELECT deadlocks FROM pg_stat_database WHERE datname = 'bench'")
    start = time.monotonic()
    for _ in range(3):
        running = [subprocess.Popen([gpsindex, "publish", server.url("bench"), "--quiet", "--index", index]) for index in indexes]
        if any(process.wait() for process in running):
            sys.exit("one of eight publishers failed")
        for index in indexes:
            fids = all_fids(index)
            change(index, draw.sample(fids, 2000))
            # Places change, too: counts of tiles are made again.
            edit(index, [("UPDATE photos SET lon = lon + 0.01 WHERE fid = ?", (fid,)) for fid in fids[-500:]])
    seconds = time.monotonic() - start
    for index in indexes:
        publish(server, index)
        edit(index, [])
    deadlocks = number(server, "SELECT deadlocks FROM pg_stat_database WHERE datname = 'bench'") - before
    show("8 publishers at once, three times: deadlocks", deadlocks, 0)
    show("8 publishers at once: whole time", seconds, None, "s")
    for index in indexes:
        os.unlink(index)


def measure_formats(server):
    """The rows as they travel, in both formats of COPY, into an unlogged table."""
    rows = number(server, "SELECT count(*) FROM gpsindex.photos")
    server.psql("bench", "CREATE UNLOGGED TABLE gpsindex.copied (LIKE gpsindex.photos)")
    for name, words in [("binary", "(FORMAT binary)"), ("text", "(FORMAT text)")]:
        file = server.folder / f"copy-{name}"
        server.psql("bench", f"COPY gpsindex.photos TO '{file}' {words}")
        times = []
        for _ in range(3):
            server.psql("bench", "TRUNCATE gpsindex.copied")
            start = time.monotonic()
            server.psql("bench", f"COPY gpsindex.copied FROM '{file}' {words}")
            times.append(time.monotonic() - start)
        show(f"COPY {name}, the server alone", rows / statistics.median(times), None, "rows/s")
        show(f"COPY {name}, bytes per photo", file.stat().st_size / rows)
        file.unlink()
    server.psql("bench", "DROP TABLE gpsindex.copied")


def measure_changes(server, index):
    size = f"{options.changes:,} of {options.photos:,}"
    large = options.photos >= 10_000_000
    change(index, one_per_folder(index, options.changes))
    server.psql("bench", "CHECKPOINT")
    show(f"{size}, spread over all folders, first touch", publish(server, index), 1.0 if large else None, "s")
    change(index, one_per_folder(index, options.changes))
    show(f"{size}, the same photos again", publish(server, index), None, "s")
    fids = all_fids(index, 80)[:10_000]
    change(index, fids)
    show(f"{len(fids):,} photos, whole folders", publish(server, index), 0.4 if large else None, "s")


def main():
    if reason := postgres.missing():
        sys.exit(reason)
    base = generate(f"{options.data}/one-{options.photos}.gpkg", options.photos)
    count = len(all_fids(base))
    index = copy(base, f"{options.data}/work.gpkg", "first")
    with postgres.Server(durable=True, shared_buffers="1GB", settings=["log_line_prefix = '%a '"]) as server:
        print(f"{server.psql('base', 'SELECT version()')[0][0]}, PostGIS {server.psql('base', 'SELECT postgis_lib_version()')[0][0]}, "
              f"{os.cpu_count()} cores, {count:,} photos")
        server.create("bench")
        words = ["--partitions", options.partitions] if options.partitions else []
        seconds = publish(server, index, *words)
        show("first publish into an empty schema", count / seconds, 80_000, "rows/s", least=True)
        show("first publish, whole time", seconds, None, "s")
        show("bytes per photo with indexes", number(server, """SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
          JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'gpsindex' AND relkind = 'r' AND relname LIKE 'photos%'""") / count, 500)
        show("bytes per photo, all tables", number(server, """SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
          JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'gpsindex' AND relkind = 'r'""") / count)
        box = server.psql("bench", """EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) FROM gpsindex.photos
          WHERE geom && (SELECT ST_Expand(geom, 0.004) FROM gpsindex.photos WHERE geom IS NOT NULL LIMIT 1)""")
        text = " ".join(line[0] for line in box)
        show("box query", float(re.search(r'"Execution Time": ([0-9.]+)', text)[1]), None, "ms")
        tile = server.psql("bench", "EXPLAIN (ANALYZE, FORMAT JSON) SELECT gpsindex.photo_tile(0, 0, 0)")
        show("tile of zoom 0", float(re.search(r'"Execution Time": ([0-9.]+)', " ".join(line[0] for line in tile))[1]), None, "ms")
        if "changes" in parts:
            measure_changes(server, index)
        if "unchanged" in parts:
            measure_unchanged(server, index)
        if "fifty" in parts:
            measure_fifty(server, index)
        if "live" in parts:
            other = copy(base, f"{options.data}/other.gpkg", "second")
            seconds = publish(server, other)
            os.unlink(other)
            show("first publish of a second site, indexes live", count / seconds, 45_000, "rows/s", least=True)
        if "eight" in parts:
            measure_eight(server)
        if "formats" in parts:
            measure_formats(server)
    os.unlink(index)
    sys.exit(1 if failures else 0)


main()
