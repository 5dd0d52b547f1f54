#!/usr/bin/env python3
"""Random rounds of sync and publish with accidents: walk.py PROGRAMS [--rounds N] [--seed N] [--self-test]

Each round changes trees of photos, syncs, publishes, and has an accident now and then: kill -9 of a sync or of a publish, a restored
older database, a restored or exchanged index, removed tombstones, a renamed, removed or added site, a new index. After each publish
that ends well the database must equal the index, row by row, by a comparison that does not use row hashes.
"""

import argparse
import contextlib
import json
import math
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "Support/Postgres"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import postgres  # noqa: E402
from tree import Tree  # noqa: E402

PHOTOS = """
SELECT s.name, p.photo, p.folder, p.file, p.size, extract(epoch FROM p.mtime)::bigint, p.status, coalesce(ST_Y(p.geom)::text, ''),
  coalesce(ST_X(p.geom)::text, ''), coalesce(ST_Z(p.geom)::text, ''), coalesce(p.alt_m::text, ''),
  coalesce(to_char(p.taken_local, 'YYYY-MM-DD"T"HH24:MI:SS'), ''), coalesce(extract(epoch FROM p.satellite_at)::bigint::text, ''), coalesce(p.camera_model, ''),
  coalesce(p.iso::text, ''), coalesce(p.flags, ''), coalesce(p.orientation::text, ''), coalesce(p.utc_offset::text, ''),
  coalesce(p.width::text, '')
FROM gpsindex.photos p JOIN gpsindex.sites s USING (site)
"""
FOLDERS = """SELECT s.name, f.path, f.photos, f.located, f.without_position, f.failed, coalesce(encode(ST_AsBinary(f.geom), 'hex'), '')
FROM gpsindex.folders f JOIN gpsindex.sites s USING (site)"""
TRACKS = """SELECT s.name, t.path, t.photos, t.first_taken, t.last_taken, encode(ST_AsBinary(t.geom), 'hex')
FROM gpsindex.tracks t JOIN gpsindex.sites s USING (site)"""
CELLS = "SELECT s.name, c.folder, c.x, c.y, c.photos FROM gpsindex.cells c JOIN gpsindex.sites s USING (site)"
QUERIES = {"photos": PHOTOS, "folders": FOLDERS, "tracks": TRACKS, "cells": CELLS}


def number(value):
    return "" if value is None else repr(float(value)).removesuffix(".0")


def tile(lat, lon):
    edge = 65536
    lat = math.radians(max(-85.0511, min(85.0511, lat)))
    x = math.floor((lon + 180) / 360 * edge)
    y = math.floor((0.5 - math.asinh(math.tan(lat)) / (2 * math.pi)) * edge)
    return max(0, min(edge - 1, x)), max(0, min(edge - 1, y))


def of_index(path):
    """What the database must hold, by table: sets of rows of texts."""
    found = {name: set() for name in QUERIES}
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as index:
        counts = Counter()
        for row in index.execute("""
            SELECT s.name, p.fid, f.path, p.file, p.size, p.mtime, p.status, p.lat, p.lon, p.alt_m, p.taken_local,
              strftime('%s', p.satellite_at), p.camera_model, p.iso, p.flags, p.orientation, p.utc_offset, p.width
            FROM photos p JOIN folders f ON f.id = p.folder_id JOIN site s ON s.id = f.site_id"""):
            site, fid, folder, file, size, mtime, status, lat, lon, alt, local, satellite, model, iso, flags, *others = row
            z = number(alt or 0) if status == 0 else ""
            found["photos"].add((site, str(fid), folder, file, str(size), str(mtime), str(status), number(lat), number(lon), z,
                                 number(alt), local or "", satellite or "", model or "", "" if iso is None else str(iso),
                                 flags or "", *("" if value is None else str(value) for value in others)))
            if status == 0:
                counts[(site, folder, *tile(lat, lon))] += 1
        found["cells"] = {(site, folder, str(x), str(y), str(count)) for (site, folder, x, y), count in counts.items()}
        for site, path_, photos, located, without, failed, geom in index.execute("""
            SELECT s.name, f.path, f.photo_count, f.located_count, f.without_position_count, f.failed_count, f.geom
            FROM folders f JOIN site s ON s.id = f.site_id WHERE f.photo_count > 0"""):
            found["folders"].add((site, path_, str(photos), str(located), str(without), str(failed), wkb(geom)))
        for site, path_, photos, first, last, geom in index.execute("""
            SELECT s.name, t.path, t.photo_count, t.first_taken, t.last_taken, t.geom FROM tracks t JOIN site s ON s.id = t.site_id"""):
            found["tracks"].add((site, path_, str(photos), first, last, wkb(geom)))
    return found


def wkb(geometry):
    return "" if geometry is None else geometry[40:].hex()


class Failure(Exception):
    pass


class Walk:
    def __init__(self, programs, server, folder, seed):
        self.program = str(Path(programs).resolve() / "gpsindex")
        self.server, self.folder, self.random = server, folder, random.Random(seed)
        self.index = f"{folder}/index.gpkg"
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "TZ": "UTC"}
        self.trees = {}
        self.kept_indexes, self.kept_databases, self.stamp = [], [], 0
        self.counts = Counter()
        self.address = server.url("walk")
        server.create("walk")
        for name in ("north", "south ü"):
            self.add_site(name)

    # MARK: Programs

    def run(self, *words, kill=None, expect=(0,)):
        process = subprocess.Popen([self.program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment,
                                   text=True, start_new_session=True)
        if kill is not None:
            time.sleep(kill)
            process.send_signal(signal.SIGKILL)
        out, err = process.communicate(timeout=120)
        if kill is None and process.returncode not in expect:
            raise Failure(f"gpsindex {' '.join(words)}: exit code {process.returncode}\n{out}{err}")
        return process.returncode, out, err

    def kill_after(self, share=0.12):
        return self.random.uniform(0.001, 0.15) if self.random.random() < share else None

    def add_site(self, name):
        if name not in self.trees:
            self.trees[name] = Tree(f"{self.folder}/trees/{len(self.trees)}", self.random)
        self.run("site", "add", name, self.trees[name].root, "--index", self.index)

    def sites(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)) as index:
            return [name for (name,) in index.execute("SELECT name FROM site ORDER BY name")]

    def sync(self):
        kill = self.kill_after()
        self.counts["killed syncs"] += kill is not None
        self.run("sync", "--quiet", "--allow-mass-delete", "--index", self.index, kill=kill, expect=(0, 3))

    # MARK: The database

    def of_database(self):
        found = {}
        for name, sql in QUERIES.items():
            found[name] = {tuple(row) for row in self.server.psql("walk", sql)}
        return found

    def of_database_quick(self):
        """All tables by one run of psql."""
        sql = "; ".join(f"SELECT '@{name}'; {query}" for name, query in QUERIES.items())
        found, table = {}, None
        for row in self.server.psql("walk", sql):
            if len(row) == 1 and row[0].startswith("@"):
                table = found.setdefault(row[0][1:], set())
            else:
                table.add(tuple(row))
        return found

    def compare(self, when):
        database, index = self.of_database_quick(), of_index(self.index)
        for name in QUERIES:
            lost, stale = index[name] - database[name], database[name] - index[name]
            if lost or stale:
                raise Failure(f"{when}: table {name}: {len(lost)} rows lost, {len(stale)} stale\n"
                              f"lost  {sorted(lost)[:2]}\nstale {sorted(stale)[:2]}")
        self.counts["rows compared"] += len(index["photos"])

    def publish(self):
        kill = self.kill_after()
        before = None
        if kill is not None:
            self.counts["killed publishes"] += 1
            before = self.state()
        words = ["publish", self.address, "--json", "--prune", "--index", self.index]
        code, out, err = self.run(*words, kill=kill, expect=(0, 65, 75))
        if kill is not None:
            return self.check_killed(before)
        if code == 75:
            # A killed publisher's transaction may end a moment later.
            deadline = time.time() + 10
            while code == 75 and time.time() < deadline:
                code, out, err = self.run(*words, expect=(0, 65, 75))
            if code == 75:
                raise Failure(f"the lock is not released: {err}")
        if code == 65:
            self.counts["refused"] += 1
            if "another index publishes" not in err and "has both" not in err:
                raise Failure(f"refused for another reason: {err}")
            code, out, err = self.run(*words, "--adopt", expect=(0, 65))
            if code == 65:
                # Two indexes of different sites of one name: only an empty database helps.
                self.server.psql("walk", "DROP SCHEMA gpsindex CASCADE")
                self.counts["dropped schemas"] += 1
                code, out, err = self.run(*words)
        for line in out.splitlines():
            report = json.loads(line)
            if "plan" in report:
                self.counts[report["plan"]] += 1
        self.forget_others()
        self.compare("after a publish")
        if self.random.random() < 0.1:
            self.run("publish", self.address, "--check", "--deep", "--index", self.index)
            self.counts["checks"] += 1
        if self.random.random() < 0.2:
            self.expect_unchanged()

    def forget_others(self):
        """Sites of other indexes stay, as they must; this walk removes them by hand."""
        names = self.sites()
        rows = self.server.psql("walk", "SELECT site, name FROM gpsindex.sites")
        for site, name in rows:
            if name not in names:
                self.counts["sites of other indexes"] += 1
                for table in ("photos", "folders", "tracks", "cells", "sync_runs", "sites"):
                    self.server.psql("walk", f"DELETE FROM gpsindex.{table} WHERE site = {site}")

    def expect_unchanged(self):
        _, out, _ = self.run("publish", self.address, "--json", "--index", self.index)
        for line in out.splitlines():
            report = json.loads(line)
            # While a killed sync has left tracks to be drawn, folders are looked at again.
            if report["sent"] or report["written"] or report["deleted"]:
                raise Failure(f"an unchanged index sent rows: {line}")
        self.counts["unchanged publishes"] += 1

    def state(self):
        try:
            return self.of_database()
        except RuntimeError:
            return None

    def check_killed(self, before):
        """Each site is as it was, or as the index has it: nothing half-published."""
        after = self.state()
        if after is None:
            return
        index = of_index(self.index)
        old = before or {name: set() for name in QUERIES}
        names = {row[0] for table in after.values() for row in table}
        for name in names:
            def part(tables):
                return {table: {row for row in rows if row[0] == name} for table, rows in tables.items()}
            if part(after) not in (part(old), part(index)):
                # A renamed site carries its rows to the new name.
                sizes = {len(rows["photos"]) for rows in (part(old), part(index))}
                if len(part(after)["photos"]) not in sizes:
                    raise Failure(f"the site {name} is half-published after a kill")

    # MARK: Accidents

    def keep_index(self):
        self.stamp += 1
        copy = f"{self.folder}/index-{self.stamp}.gpkg"
        with contextlib.closing(sqlite3.connect(self.index)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy

    def put_index(self, copy):
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.index + ending)
        shutil.copyfile(copy, self.index)
        # A site whose tree is gone from this walk would be new in it.
        for name in self.sites():
            if name not in self.trees:
                self.trees[name] = Tree(f"{self.folder}/trees/{len(self.trees)}", self.random)

    def accident(self):
        kind = self.random.choices(
            ["none", "keep-index", "restore-index", "exchange-index", "keep-database", "restore-database", "prune-tombstones",
             "rename-site", "remove-site", "add-site", "new-index", "edit-row"],
            [40, 8, 5, 6, 6, 5, 6, 3, 3, 3, 1, 2])[0]
        self.counts[kind] += kind != "none"
        getattr(self, "do_" + kind.replace("-", "_"))()

    def do_none(self):
        pass

    def do_keep_index(self):
        self.kept_indexes = (self.kept_indexes + [self.keep_index()])[-4:]

    def do_restore_index(self):
        if self.kept_indexes:
            self.put_index(self.random.choice(self.kept_indexes))

    def do_exchange_index(self):
        """A copy goes on elsewhere, and comes back."""
        if not self.kept_indexes:
            return self.do_keep_index()
        other = self.kept_indexes.pop(self.random.randrange(len(self.kept_indexes)))
        self.do_keep_index()
        self.put_index(other)

    def do_keep_database(self):
        self.stamp += 1
        name = f"kept{self.stamp}"
        self.server.create(name, "walk")
        self.kept_databases.append(name)
        if len(self.kept_databases) > 3:
            self.server.drop(self.kept_databases.pop(0))

    def do_restore_database(self):
        if self.kept_databases:
            self.server.drop("walk")
            self.server.create("walk", self.random.choice(self.kept_databases))

    def do_prune_tombstones(self):
        with contextlib.closing(sqlite3.connect(self.index)) as index, index:
            (last,) = index.execute("SELECT coalesce(max(seq), 0) FROM tombstone").fetchone()
            limit = self.random.choice([last, last // 2])
            index.execute("DELETE FROM tombstone WHERE seq <= ?", (limit,))
            index.execute("UPDATE index_state SET tombstones_since = max(tombstones_since, ?)", (limit,))

    def do_rename_site(self):
        old = self.random.choice(self.sites())
        self.stamp += 1
        new = f"site {self.stamp}"
        with contextlib.closing(sqlite3.connect(self.index)) as index, index:
            index.execute("UPDATE site SET name = ? WHERE name = ?", (new, old))
        self.trees[new] = self.trees[old]

    def do_remove_site(self):
        names = self.sites()
        if len(names) > 1:
            name = self.random.choice(names)
            self.run("site", "remove", name, "--yes", "--index", self.index)
            if self.random.random() < 0.5:
                self.add_site(name)

    def do_add_site(self):
        if len(self.sites()) < 4:
            self.stamp += 1
            self.add_site(f"site {self.stamp}")

    def do_new_index(self):
        names = self.sites()
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.index + ending)
        for name in names:
            self.add_site(name)

    def do_edit_row(self):
        """Somebody writes into a published table: only a deep check finds it."""
        try:
            edited = self.server.psql("walk", """
                UPDATE gpsindex.photos SET iso = 12345 WHERE (site, photo) IN (SELECT site, photo FROM gpsindex.photos LIMIT 1)
                RETURNING site, photo, coalesce(iso::text, '')""")
        except RuntimeError:
            return
        if edited:
            code, out, _ = self.run("publish", self.address, "--check", "--deep", "--index", self.index, expect=(0, 3, 65))
            if code != 3:
                raise Failure(f"--check --deep does not find an edited row: {out}")
            # Mended by removing it and its state.
            site, photo, _ = edited[0]
            self.server.psql("walk", f"DELETE FROM gpsindex.photos WHERE site = {site} AND photo = {photo}")
            self.server.psql("walk", f"UPDATE gpsindex.sites SET run_token = '' WHERE site = {site}")

    def round(self):
        for name in self.sites():
            for _ in range(self.random.choice([0, 0, 1, 2, 5])):
                self.trees[name].change()
        self.accident()
        if self.random.random() < 0.8:
            self.sync()
        if self.random.random() < 0.8:
            self.publish()


def self_test(walk):
    """The comparison must find what is put into the database."""
    walk.random.random = lambda: 0.5  # no kill
    walk.sync()
    walk.publish()
    walk.compare("before")
    found = 0
    faults = ["DELETE FROM gpsindex.photos WHERE photo = (SELECT min(photo) FROM gpsindex.photos)",
              "UPDATE gpsindex.photos SET folder = folder || 'x' WHERE photo = (SELECT min(photo) FROM gpsindex.photos)",
              "UPDATE gpsindex.photos SET geom = ST_Translate(geom, 1e-9, 0) WHERE geom IS NOT NULL",
              "UPDATE gpsindex.folders SET photos = photos + 1", "DELETE FROM gpsindex.tracks",
              "UPDATE gpsindex.cells SET photos = photos + 1", "UPDATE gpsindex.cells SET x = x + 1"]
    for number, fault in enumerate(faults):
        walk.server.create(f"fault{number}", "walk")
        walk.server.psql("walk", fault)
        try:
            walk.compare("with a fault")
            print(f"not found: {fault}")
        except Failure:
            found += 1
        walk.server.drop("walk")
        walk.server.create("walk", f"fault{number}")
        walk.server.drop(f"fault{number}")
    print(f"{found} of {len(faults)} faults found")
    return found == len(faults)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if reason := postgres.missing():
        sys.exit(reason)
    folder = tempfile.mkdtemp(prefix="gpx-walk-")
    start = time.time()
    try:
        with postgres.Server() as server:
            walk = Walk(options.programs, server, folder, options.seed)
            if options.self_test:
                sys.exit(0 if self_test(walk) else 1)
            for number in range(options.rounds):
                try:
                    walk.round()
                except (Failure, RuntimeError, subprocess.TimeoutExpired) as error:
                    print(f"round {number + 1}: {error}\nrepeat: {sys.argv[0]} {options.programs} --rounds {number + 1} "
                          f"--seed {options.seed}", file=sys.stderr)
                    sys.exit(1)
                if (number + 1) % 100 == 0:
                    print(f"{number + 1} rounds, {time.time() - start:.0f} s", flush=True)
            walk.random.random = lambda: 0.5  # no kill
            walk.sync()
            walk.publish()
            print(f"{options.rounds} rounds: " + ", ".join(f"{name} {count}" for name, count in sorted(walk.counts.items())))
            print(f"no row lost, none stale, in {time.time() - start:.0f} s")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
