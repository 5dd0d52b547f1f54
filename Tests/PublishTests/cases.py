#!/usr/bin/env python3
"""What publish does in each case, and how it fails: cases.py PROGRAMS [--only NAME,…] [--full]

Each case has a database of its own on a private server. A case that fails prints what it met, and the program ends with 1.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "Support/Postgres"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import postgres  # noqa: E402
import random  # noqa: E402
from tree import Tree  # noqa: E402
from walk import of_index, QUERIES  # noqa: E402

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


class Setting:
    """An index of two sites, and a database."""

    def __init__(self, program, server, name):
        self.program, self.server = program, server
        self.folder = tempfile.mkdtemp(prefix="gpx-case-")
        self.index = f"{self.folder}/index.gpkg"
        self.database = name
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8", "TZ": "UTC"}
        self.trees = {}
        for number, site in enumerate(["north", "south"]):
            self.trees[site] = Tree(f"{self.folder}/{site}", random.Random(number + 1))
            self.gpsindex("site", "add", site, self.trees[site].root)
        self.gpsindex("sync", "--quiet")
        server.create(name)
        self.address = server.url(name)

    def start(self, *words, environment=None, index=None):
        return subprocess.Popen([self.program, *words, "--index", index or self.index], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=self.environment | (environment or {}))

    def gpsindex(self, *words, code=0, environment=None, index=None):
        process = self.start(*words, environment=environment, index=index)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, f"gpsindex {' '.join(words)}: exit code {process.returncode}, not {code}\n{out}{err}"
        return out + err

    def publish(self, *words, code=0, address=None, **others):
        return self.gpsindex("publish", address or self.address, *words, code=code, **others)

    def report(self, *words):
        return {report["site"]: report for report in map(json.loads, self.publish(*words, "--json").splitlines())}

    def fails(self, code, *parts, address=None, words=(), environment=None):
        """One line that says what failed, and one with advice."""
        text = self.publish(*words, code=code, address=address, environment=environment)
        lines = text.splitlines()
        assert len(lines) == 2 and lines[0].startswith("gpsindex: ") and lines[1].startswith("try: "), text
        for part in parts:
            assert part in text, f"“{part}” is missing: {text}"

    def psql(self, sql, **options):
        return self.server.psql(self.database, sql, **options)

    def in_index(self, sql, *values):
        with sqlite3.connect(self.index) as index:
            index.execute(sql, values)
        index.close()

    def is_equal(self):
        index = of_index(self.index)
        for name, sql in QUERIES.items():
            assert {tuple(row) for row in self.psql(sql)} == index[name], f"table {name} differs"

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


# MARK: What it does


@case
def first_and_unchanged(it):
    reports = it.report()
    assert {report["plan"] for report in reports.values()} == {"first"}, reports
    it.is_equal()
    reports = it.report()
    assert {report["plan"] for report in reports.values()} == {"unchanged"}, reports
    it.publish("--check", "--deep")


@case
def one_site_alone(it):
    assert list(it.report("south")) == ["south"]
    assert it.psql("SELECT name FROM gpsindex.sites") == [["south"]]
    it.fails(66, "there is no site “west”", words=["west"])


@case
def only_changes_travel(it):
    it.report()
    it.trees["north"].write(it.trees["north"].photos()[0])
    it.gpsindex("sync", "--quiet")
    reports = it.report()
    assert reports["north"]["plan"] == "changes" and reports["north"]["sent"] == 1, reports
    assert reports["south"]["plan"] == "unchanged", reports
    it.is_equal()


@case
def photos_of_a_renamed_folder_keep_their_numbers(it):
    it.report()
    old = it.trees["north"].folders()[0]
    where = "SELECT photo, folder, file FROM gpsindex.photos_named WHERE site_name = 'north' ORDER BY photo"
    before = {row[0]: row[1:] for row in it.psql(where)}
    os.rename(old, old + "-new")
    it.gpsindex("sync", "--quiet")
    it.report()
    name = os.path.basename(old)
    assert {row[0]: row[1:] for row in it.psql(where)} == {
        photo: [folder + "-new" if folder == name else folder, file] for photo, (folder, file) in before.items()}
    it.is_equal()


@case
def two_photos_swap_their_paths(it):
    """The index has them as two moves; no path is ever twice in the table when a transaction ends."""
    it.report()
    with sqlite3.connect(it.index) as index:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            index.create_function(name, 1, lambda _: None)
        one, other = index.execute("SELECT fid, file, seq FROM photos ORDER BY fid LIMIT 2").fetchall()
        last = index.execute("SELECT max(seq) FROM photos").fetchone()[0]
        for fid, file in ((one[0], "/"), (other[0], one[1]), (one[0], other[1])):
            last += 1
            index.execute("UPDATE photos SET file = ?, seq = ? WHERE fid = ?", (file, last, fid))
        index.execute("UPDATE sync_run SET last_seq = ? WHERE id = (SELECT max(id) FROM sync_run WHERE site_id = 1)", (last,))
    index.close()
    assert it.report()["north"]["written"] == 2
    it.is_equal()


@case
def a_dry_run_writes_nothing(it):
    text = it.publish("--dry-run")
    assert "to send" in text, text
    assert it.psql("SELECT to_regnamespace('gpsindex') IS NULL") == [["t"]]
    it.report()
    it.trees["north"].add_folder()
    it.gpsindex("sync", "--quiet")
    it.publish("--dry-run")
    it.publish("--check", code=3)
    it.report()
    it.publish("--check")


@case
def another_index_is_refused_until_adopted(it):
    it.report()
    os.unlink(it.index)
    for site, tree in it.trees.items():
        it.gpsindex("site", "add", site, tree.root)
    it.gpsindex("sync", "--quiet")
    text = it.publish(code=65)
    assert text.count("another index publishes the site") == 2 and text.count("try: ") == 2, text
    reports = it.report("--adopt")
    assert {report["plan"] for report in reports.values()} == {"comparison"}, reports
    it.is_equal()


@case
def a_restored_index_is_noticed(it):
    shutil.copyfile(it.index, it.index + ".old")
    it.trees["north"].write(it.trees["north"].photos()[0])
    it.gpsindex("sync", "--quiet")
    it.report()
    for ending in ("-wal", "-shm"):
        Path(it.index + ending).unlink(missing_ok=True)
    shutil.copyfile(it.index + ".old", it.index)
    # The same number, for another change.
    it.trees["north"].write(it.trees["north"].photos()[1])
    it.gpsindex("sync", "--quiet")
    text = it.publish()
    assert "the index was restored or copied since" in text, text
    it.is_equal()


@case
def a_restored_database_is_caught_up(it):
    it.report()
    it.server.create(it.database + "-old", it.database)
    it.trees["north"].add_folder()
    os.unlink(it.trees["north"].photos()[0])
    it.gpsindex("sync", "--quiet")
    it.report()
    it.server.drop(it.database)
    it.server.create(it.database, it.database + "-old")
    assert it.report()["north"]["plan"] == "changes"
    it.is_equal()


@case
def forgotten_removals_are_noticed(it):
    it.report()
    os.unlink(it.trees["north"].photos()[0])
    it.gpsindex("sync", "--quiet")
    it.in_index("UPDATE index_state SET tombstones_since = (SELECT max(seq) FROM tombstone)")
    it.in_index("DELETE FROM tombstone")
    it.trees["north"].add_folder()
    it.gpsindex("sync", "--quiet")
    assert "has forgotten removals" in it.publish()
    it.is_equal()


@case
def a_renamed_site_keeps_its_rows(it):
    it.report()
    it.in_index("UPDATE site SET name = 'polar' WHERE name = 'north'")
    report = it.report()["polar"]
    assert report["renamed_from"] == "north" and report["sent"] == 0, report
    it.is_equal()


@case
def removed_sites_go_with_prune_alone(it):
    it.report()
    it.gpsindex("site", "remove", "north", "--yes")
    it.publish()
    assert len(it.psql("SELECT 1 FROM gpsindex.sites")) == 2
    assert "north: would be removed" in it.publish("--prune", "--dry-run")
    assert len(it.psql("SELECT 1 FROM gpsindex.sites")) == 2
    assert "north: removed" in it.publish("--prune")
    it.is_equal()


@case
def a_site_that_was_added_again_is_compared(it):
    it.report()
    it.gpsindex("site", "remove", "north", "--yes")
    it.gpsindex("site", "add", "north", it.trees["north"].root)
    it.gpsindex("sync", "--quiet")
    assert it.report()["north"]["plan"] == "comparison"
    it.is_equal()


@case
def an_edited_row_is_found_by_a_deep_check(it):
    it.report()
    it.psql("UPDATE gpsindex.photos SET iso = 7 WHERE photo = (SELECT min(photo) FROM gpsindex.photos)")
    it.publish("--check")
    assert "1 rows were edited" in it.publish("--check", "--deep", code=3)


@case
def new_columns_are_added(it):
    it.report()
    it.psql("ALTER TABLE gpsindex.photos DROP COLUMN iso CASCADE")
    it.psql("UPDATE gpsindex.sites SET run_token = ''")
    it.report()
    assert it.psql("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'gpsindex' AND table_name = 'photos' "
                   "AND column_name = 'iso'") == [["1"]]


@case
def partitions_hold_the_same(it):
    it.publish("--partitions", "4")
    assert it.psql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'gpsindex.photos'::regclass") == [["4"]]
    it.is_equal()
    it.trees["north"].add_folder()
    os.unlink(it.trees["south"].photos()[0])
    it.gpsindex("sync", "--quiet")
    it.publish()
    it.is_equal()


@case
def another_schema_and_postgis_elsewhere(it):
    it.psql("DROP EXTENSION postgis; CREATE SCHEMA geo; CREATE EXTENSION postgis SCHEMA geo")
    it.publish("--schema", "Our \"photos\"")
    it.publish("--schema", "Our \"photos\"", "--check", "--deep")
    rows = it.psql('SELECT count(*) FROM "Our ""photos""".photos_named')
    assert int(rows[0][0]) == sum(len(tree.photos()) for tree in it.trees.values()), rows
    tile = it.psql('SELECT length("Our ""photos""".photo_tile(0, 0, 0)), length("Our ""photos""".photo_tile(14, 8556, 5746)) IS NOT NULL')
    assert int(tile[0][0]) > 20, tile


@case
def two_publishers_of_one_site(it):
    it.report()
    # Another session holds the site, as a publisher does.
    with subprocess.Popen([it.server.bin / "psql", "-X", "-q", "-h", it.server.socket, "-U", "postgres", it.database], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as other:
        other.stdin.write("SELECT pg_try_advisory_lock(hashtextextended('gpsindex:gpsindex:north', 0));\n")
        other.stdin.flush()
        while "t" not in other.stdout.readline():
            pass
        it.trees["north"].add_folder()
        it.trees["south"].add_folder()
        it.gpsindex("sync", "--quiet")
        text = it.publish(code=75)
        assert "another run publishes the site “north” (user postgres from a local client" in text, text
        assert "south: " in text, text
        other.stdin.close()
        other.wait(10)
    it.report()
    it.is_equal()


@case
def publishers_of_different_sites_at_once(it):
    others = []
    for number in range(8):
        site = f"site {number}"
        it.trees[site] = Tree(f"{it.folder}/{number}", random.Random(number))
        it.gpsindex("site", "add", site, it.trees[site].root)
    it.gpsindex("sync", "--quiet")
    for _ in range(3):
        others = [it.start("publish", it.address, f"site {number}") for number in range(8)]
        for other in others:
            out, err = other.communicate(timeout=120)
            assert other.returncode == 0, out + err
        for number in range(8):
            it.trees[f"site {number}"].add_folder()
            it.trees[f"site {number}"].change()
        it.gpsindex("sync", "--quiet")
    it.report()
    it.is_equal()
    assert it.psql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [["0"]]


@case
def a_killed_publisher_frees_its_site(it):
    """In the middle of a statement: the server notices within a second."""
    it.report()
    it.trees["north"].add_folder()
    it.gpsindex("sync", "--quiet")
    it.psql("""CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NEW; END';
      CREATE TRIGGER slow BEFORE INSERT ON gpsindex.photos FOR EACH ROW EXECUTE FUNCTION slow()""")
    publisher = it.start("publish", it.address, "north")
    running = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while not it.psql(running):
        time.sleep(0.05)
    publisher.kill()
    publisher.communicate()
    start = time.monotonic()
    while it.psql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"):
        time.sleep(0.02)
    seconds = time.monotonic() - start
    # One second by the server's own check of half a second; the rest is for a busy machine.
    assert seconds < 5, f"the lock was held for {seconds:.1f} s"
    it.psql("DROP TRIGGER slow ON gpsindex.photos")
    it.report()
    it.is_equal()


@case
def gdal_shows_the_same_counts_and_boxes(it):
    if not shutil.which("ogrinfo"):
        return "not run: no ogrinfo"
    it.report()
    index = of_index(it.index)
    placed = [(float(row[8]), float(row[7])) for row in index["photos"] if row[7]]
    counts = {"photos": len(index["photos"]), "photos_named": len(index["photos"]), "folders": len(index["folders"]),
              "tracks": len(index["tracks"]), "cells": len(index["cells"]), "targets": 0}
    for layer, count in counts.items():
        text = subprocess.run(["ogrinfo", "-ro", "-so", f"PG:host={it.server.socket} user=postgres dbname={it.database} schemas=gpsindex",
                               layer], capture_output=True, text=True, check=True).stdout
        assert f"Feature Count: {count}" in text, f"{layer}: {text}"
        if layer.startswith("photos"):
            assert "Geometry: 3D Point" in text and "4326" in text, text
            box = [float(word) for word in text.split("Extent: ")[1].split("\n")[0].replace("(", "").replace(")", "").replace("-", ",").split(",")]
            west, south = min(lon for lon, _ in placed), min(lat for _, lat in placed)
            east, north = max(lon for lon, _ in placed), max(lat for _, lat in placed)
            assert all(abs(a - b) < 1e-6 for a, b in zip(box, (west, south, east, north))), (box, west, south, east, north)
    return None


@case
def tiles_hold_every_photo_once(it):
    """Counts of the tiles of one zoom add up to the located photos, where tiles hold counts and where they hold photos."""
    it.report()
    located = int(it.psql("SELECT count(geom) FROM gpsindex.photos")[0][0])
    for zoom in (0, 7, 10, 13, 14):
        tiles = it.psql(f"""SELECT DISTINCT x >> {16 - zoom}, y >> {16 - zoom} FROM gpsindex.cells""")
        total = 0
        for x, y in tiles:
            hexadecimal = it.psql(f"SELECT encode(gpsindex.photo_tile({zoom}, {x}, {y}), 'hex')")[0][0]
            total += counted(bytes.fromhex(hexadecimal))
        assert total == located, f"zoom {zoom}: {total}, not {located}"


def counted(tile):
    """The sum of the property `photos` over the features of a vector tile: a small reader of its protocol buffer."""

    def fields(data):
        at = 0

        def varint():
            nonlocal at
            value, shift = 0, 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return value

        while at < len(data):
            key = varint()
            if key & 7 == 0:
                yield key >> 3, varint()
            elif key & 7 == 2:
                length = varint()
                yield key >> 3, data[at:at + length]
                at += length
            else:
                size = 8 if key & 7 == 1 else 4
                yield key >> 3, data[at:at + size]
                at += size

    def packed(data):
        value, shift = 0, 0
        for byte in data:
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                yield value
                value, shift = 0, 0

    total = 0
    for kind, layer in fields(tile):
        if kind != 3:
            continue
        parts = list(fields(layer))
        keys = [value.decode() for kind, value in parts if kind == 3]
        values = [dict(fields(value)) for kind, value in parts if kind == 4]
        for kind, feature in parts:
            if kind == 2:
                tags = list(packed(dict(fields(feature))[2]))
                for key, value in zip(tags[::2], tags[1::2]):
                    if keys[key] == "photos":
                        # int_value, uint_value or sint_value.
                        found = values[value]
                        total += found[4] if 4 in found else found[5] if 5 in found else found[6] >> 1
    return total


# MARK: How it fails


@case
def no_server(it):
    it.fails(69, "cannot connect to", "pg_isready", address=f"postgresql://postgres@/x?host={it.folder}")


@case
def no_such_host(it):
    it.fails(69, "cannot connect to", address="postgresql://postgres@no-such-host.invalid/x")


@case
def no_such_database(it):
    it.fails(77, 'database "nowhere" does not exist', address=it.server.url("nowhere"))


@case
def a_password_in_the_address(it):
    it.fails(64, "holds a password", ".pgpass", address="postgresql://u:secret@/x")
    text = it.publish(code=64, address="postgresql://u@/x?password=secret")
    assert "secret" not in text, text


@case
def not_an_address(it):
    it.fails(64, "is not the address of a PostgreSQL database", address="mysql://x/y")
    it.fails(64, "cannot be used", address="postgresql://x/y?no_such_option=1")


@case
def a_wrong_password(it):
    it.server.psql("postgres", "CREATE ROLE locked LOGIN PASSWORD 'right'")
    hba = it.server.data / "pg_hba.conf"
    text = hba.read_text()
    hba.write_text("local all locked scram-sha-256\n" + text)
    it.server.psql("postgres", "SELECT pg_reload_conf()")
    address = it.server.url(it.database, "locked")
    deadline = time.time() + 10
    while "wants a password" not in it.start("publish", address).communicate()[1] and time.time() < deadline:
        time.sleep(0.1)
    it.fails(77, "wants a password", ".pgpass", address=address)
    it.fails(77, "password authentication failed", address=address, environment={"PGPASSWORD": "wrong"})
    it.fails(77, "lacks a right", address=address, environment={"PGPASSWORD": "right"})


@case
def no_postgis(it):
    it.psql("DROP EXTENSION postgis")
    it.fails(78, "has no PostGIS", "CREATE EXTENSION postgis")
    assert it.psql("SELECT to_regnamespace('gpsindex') IS NULL") == [["t"]]


@case
def no_rights(it):
    it.server.psql("postgres", "CREATE ROLE guest LOGIN")
    address = it.server.url(it.database, "guest")
    it.fails(77, "guest lacks a right", "GRANT CREATE ON DATABASE", address=address)
    it.report()
    it.trees["north"].add_folder()
    it.gpsindex("sync", "--quiet")
    it.fails(77, "guest lacks a right", address=address)
    # The grants of docs/team.md are enough: for readers, and for further publishers.
    it.psql("GRANT USAGE ON SCHEMA gpsindex TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA gpsindex TO guest")
    assert it.server.psql(it.database, "SELECT count(*) FROM gpsindex.photos_named", user="guest")
    it.fails(77, "guest lacks a right", address=address)
    it.psql("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA gpsindex TO guest")
    it.publish(address=address)
    it.is_equal()


@case
def a_read_only_database(it):
    it.psql(f'ALTER DATABASE "{it.database}" SET default_transaction_read_only = on')
    it.fails(78, "is read-only", "primary server")


@case
def a_newer_schema(it):
    it.report()
    it.psql("INSERT INTO gpsindex.migration VALUES (99, 'later')")
    it.fails(65, "a newer gpsindex made the schema")


@case
def a_table_of_another_program(it):
    it.psql("CREATE SCHEMA gpsindex; CREATE TABLE gpsindex.photos (id integer)")
    it.fails(65, "of another program", "--schema")
    assert it.psql("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'gpsindex'") == [["1"]]


@case
def options_that_contradict(it):
    it.fails(64, "--check changes nothing", words=["--check", "--dry-run"])
    it.fails(64, "--deep needs --check", words=["--deep"])
    it.fails(64, "--prune concerns all sites", words=["north", "--prune"])
    it.fails(64, "--partitions", words=["--partitions", "1"])
    it.fails(64, "cannot be the name of a schema", words=["--schema", "pg_x"])


@case
def a_connection_that_is_cut(it):
    """At three moments; nothing is half-published."""
    it.report()
    for moment in ["COPY gpsindex_in", "CREATE TEMPORARY TABLE gpsindex_touched", "INSERT INTO photos"]:
        for _ in range(3):
            it.trees["north"].add_folder()
        it.gpsindex("sync", "--quiet")
        before = sorted(it.psql(QUERIES["photos"]))
        # Holds the publisher at the moment: a lock for COPY's table is not possible, so a slow statement is.
        it.psql(f"""CREATE OR REPLACE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';
          DROP TRIGGER IF EXISTS cut ON gpsindex.photos;
          CREATE TRIGGER cut BEFORE INSERT ON gpsindex.photos FOR EACH ROW EXECUTE FUNCTION cut()""")
        it.fails(69, "the connection to", "was lost", "nothing of the unfinished part was kept", words=["north"])
        assert sorted(it.psql(QUERIES["photos"])) == before, moment
        it.psql("DROP TRIGGER cut ON gpsindex.photos")
        it.report()
        it.is_equal()


@case
def a_server_that_ends_in_mid_copy(it):
    """A first publish, which copies straight into the table."""
    it.psql("CREATE ROLE x")
    it.report("south")
    it.psql("""CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
        IF (SELECT count(*) FROM gpsindex.photos) > 3 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END';
      CREATE TRIGGER cut AFTER INSERT ON gpsindex.photos FOR EACH ROW EXECUTE FUNCTION cut()""")
    it.fails(69, "the connection to", "was lost", words=["north"])
    assert it.psql("SELECT name FROM gpsindex.sites") == [["south"]]
    it.psql("DROP TRIGGER cut ON gpsindex.photos")
    it.report()
    it.is_equal()


@case
def a_full_disk(it):
    """A table space on a file system of a few megabytes; needs root for it."""
    if os.geteuid() != 0:
        return "not run: needs root to mount a small file system"
    small = it.server.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], capture_output=True).returncode:
        return "not run: no right to mount a small file system"
    try:
        space = small / "space"
        space.mkdir()
        os.chown(space, it.server.account.pw_uid, it.server.account.pw_gid)
        it.report("south")
        before = sorted(it.psql(QUERIES["photos"]))
        it.psql(f"CREATE TABLESPACE small LOCATION '{space}'")
        it.psql("ALTER TABLE gpsindex.photos SET TABLESPACE small")
        large = f"{it.folder}/large.gpkg"
        subprocess.run([str(Path(it.program).parent / "index-generator"), large, "--sites", "1", "--survey", "--flights", "200"], check=True,
                       stdout=subprocess.DEVNULL)
        it.index, index = large, it.index
        it.fails(74, "the disk of the database", "nothing of this run was kept")
        it.index = index
        assert sorted(it.psql(QUERIES["photos"])) == before
        it.psql("ALTER TABLE gpsindex.photos SET TABLESPACE pg_default")
        it.psql("DROP TABLESPACE small")
        it.report()
        it.is_equal()
    finally:
        subprocess.run(["umount", "-l", str(small)], capture_output=True)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--only")
    options = parser.parse_args()
    if reason := postgres.missing():
        sys.exit(reason)
    wanted = options.only.split(",") if options.only else list(CASES)
    program = str(Path(options.programs).resolve() / "gpsindex")
    failed = 0
    with postgres.Server() as server:
        for name in wanted:
            it = None
            start = time.monotonic()
            try:
                it = Setting(program, server, name)
                note = CASES[name](it)
                print(f"{'skip' if note else 'ok  '} {name}{': ' + note if note else ''} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception as error:  # noqa: BLE001
                failed += 1
                print(f"FAIL {name}: {type(error).__name__}: {error}", flush=True)
            finally:
                if it:
                    it.close()
    print(f"{len(wanted)} cases, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
