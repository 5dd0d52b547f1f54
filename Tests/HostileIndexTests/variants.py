"""Indexes as a stranger may have written them: name → SQL, run on a copy of a good index without its safeguards."""
import random

MOST, LEAST = 9223372036854775807, -9223372036854775808
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
NO_TRIGGERS = "DELETE FROM sqlite_schema WHERE type = 'trigger'"
COUNTS = ["photo_count", "located_count", "without_position_count", "failed_count"]
SYNC_COUNTS = [
    "sync_listed", "sync_new", "sync_changed", "sync_moved", "sync_removed", "sync_located", "sync_without_position",
    "sync_failed", "sync_files_opened", "sync_data_requests", "sync_bytes_received", "sync_bytes_sent"]


def every(table, columns, value, where="1"):
    return f"UPDATE {table} SET " + ", ".join(f"{c} = {value}" for c in columns) + f" WHERE {where}"


def long_text(column, table, length, where="1"):
    return f"UPDATE {table} SET {column} = printf('%.*c', {length}, 'a') WHERE {where}"


FIXED = {
    # Numbers.
    "infinite": ["UPDATE photos SET lat = 9e999, lon = -9e999, alt_m = 9e999, yaw = 9e999, pitch = -9e999 WHERE fid = 1",
                 every("folders", ["min_x", "min_y"], "-9e999"), every("folders", ["max_x", "max_y"], "9e999")],
    "huge": ["UPDATE photos SET lat = 1e308, lon = -1e308, alt_m = 1e308, yaw = 1e308, rel_alt_m = -1e308 WHERE fid = 1",
             "UPDATE photos SET yaw = -1e308 WHERE fid = 2", "UPDATE photos SET yaw = 9e999 WHERE fid = 5",
             every("folders", ["min_x", "min_y"], "-1e308"), every("folders", ["max_x", "max_y"], "1e308")],
    "times-most": [f"UPDATE photos SET mtime = {MOST}, size = -5 WHERE fid = 1", every("sidecars", ["mtime", "size"], MOST),
                   f"UPDATE photos SET mtime = {LEAST}, size = {MOST} WHERE fid = 2"],
    "counts-most": [every("folders", COUNTS, MOST)],
    "counts-least": [every("folders", COUNTS, LEAST)],
    "counts-negative": [every("folders", COUNTS, -5), "UPDATE folders SET failed_count = -7 WHERE id = 1"],
    "counts-near-most": [every("folders", ["located_count"], MOST - 1), every("folders", ["photo_count"], 3)],
    "counts-real": [every("folders", COUNTS, "1e300")],
    "counts-text": [every("folders", COUNTS, "'many'")],
    "counts-blob": [every("folders", COUNTS, "x'00ff'")],
    "sync-most": [every("site", SYNC_COUNTS, MOST), "UPDATE site SET sync_seconds = 9e999, sync_round_trip_ms = -9e999"],
    "sync-least": [every("site", SYNC_COUNTS, LEAST), "UPDATE site SET sync_seconds = -1e308, sync_connections = -1"],
    "sync-text": [every("site", SYNC_COUNTS, "'x'"), "UPDATE site SET sync_at = 'x', sync_complete = 'y'"],
    "reasons-numbers": ["""UPDATE site SET sync_reasons = '{"a":9223372036854775807,"b":1e999,"c":{},"d":-1}'"""],
    "reasons-broken": ["UPDATE site SET sync_reasons = 'not json', sync_at = '2024-05-01T10:00:00.000Z'"],
    "ids": [f"UPDATE photos SET fid = {LEAST} WHERE fid = 1", f"UPDATE photos SET fid = {MOST} WHERE fid = 2"],
    "site-ids": [f"UPDATE site SET id = {LEAST}", f"UPDATE folders SET site_id = {LEAST}"],
    "status": ["UPDATE photos SET status = 99 WHERE fid = 1", "UPDATE photos SET status = -1 WHERE fid = 2",
               "UPDATE photos SET status = 'located' WHERE fid = 5"],
    "flags": [f"UPDATE photos SET flag_bits = {MOST} WHERE fid = 1", "UPDATE photos SET flag_bits = -1 WHERE fid = 2",
              f"UPDATE photos SET source_bits = {LEAST}, parser_version = {MOST}, rtk_flag = {LEAST} WHERE fid = 5",
              f"UPDATE photos SET utc_offset = {LEAST}, width = {LEAST}, height = {MOST} WHERE fid = 7"],
    "settings-most": [f"UPDATE site SET timeout_s = 9e999, connections = {MOST}, in_flight = {LEAST}, accept_new = 77"],
    "settings-least": [f"UPDATE site SET timeout_s = -9e999, connections = {LEAST}, in_flight = {MOST}"],
    "settings-tiny": ["UPDATE site SET timeout_s = 1e-300, connections = 0, in_flight = 0"],
    "settings-text": ["UPDATE site SET timeout_s = 'x', connections = 'y', in_flight = x'00', transport = 'zzz'"],
    # Types and texts.
    "no-position": ["UPDATE photos SET lat = NULL, lon = NULL WHERE fid IN (1, 2)"],
    "types": ["UPDATE photos SET lat = 'abc', lon = 'x', alt_m = '<script>', size = 'x', mtime = 'y', yaw = x'00ff' WHERE fid = 1",
              "UPDATE photos SET racy = 'x', parser_version = x'01', flag_bits = 1.5, taken_at = 7 WHERE fid = 2"],
    "blob-names": ["UPDATE photos SET file = x'ff00fe414243' WHERE fid = 1", "UPDATE photos SET camera_make = x'1b5d303b'",
                   "UPDATE folders SET path = x'002f00' WHERE id = 1"],
    "nul": ["UPDATE photos SET file = 'a' || char(0) || 'b.jpg', camera_make = 'x' || char(0) || 'y' WHERE fid = 1",
            "UPDATE site SET name = 'p' || char(0), location = '/tmp/' || char(0)"],
    "not-utf8": ["UPDATE photos SET file = CAST(x'41ff42c0af2e6a7067' AS TEXT), taken_local = CAST(x'ff' AS TEXT) WHERE fid = 1",
                 "UPDATE folders SET path = CAST(x'ff2fc0' AS TEXT) WHERE id = 1",
                 "UPDATE site SET name = CAST(x'ffC328' AS TEXT)"],
    "escaped-names": ["UPDATE photos SET file = char(65533) || 'ZZ' || file", every("folders", ["escaped"], MOST)],
    "dates": ["UPDATE photos SET taken_at = '9999-99-99T99:99:99Z', taken_local = '' WHERE fid = 1",
              "UPDATE photos SET taken_at = '-5', taken_local = 'x' WHERE fid = 2",
              "UPDATE photos SET taken_at = '2024-05-01T10:00:00.99999999999999999999999Z' WHERE fid = 5",
              "UPDATE photos SET taken_at = '99999-01-01T00:00:00Z' WHERE fid = 6",
              "UPDATE photos SET taken_at = '0000-00-00T00:00:00.000Z' WHERE fid = 7",
              "UPDATE photos SET taken_at = '2024-05-01Tab:cd:ef.ghiZ' WHERE fid = 8"],
    "long-file": [long_text("file", "photos", 60_000_000, "fid = 1")],
    "long-reason": [long_text("reason", "photos", 60_000_000, "fid = 1"), "UPDATE photos SET status = 1 WHERE fid = 1"],
    "long-location": [long_text("location", "site", 30_000_000)],
    "long-site": [long_text("name", "site", 3_000_000)],
    "long-path": [long_text("path", "folders", 60_000_000, "id = 1")],
    "long-camera": [long_text("camera_make", "photos", 20_000_000, "fid < 4")],
    "escapes": ["UPDATE photos SET file = char(27) || ']0;pwn' || char(7), camera_model = '=cmd|'' /C calc''!A0' WHERE fid = 1",
                "UPDATE site SET name = '-s' || char(27) || '[2J', location = '/tmp/' || char(27)"],
    # Structure.
    "orphans": ["UPDATE photos SET folder_id = 99999 WHERE fid = 1", "UPDATE folders SET site_id = 77 WHERE id = 1"],
    "no-site": ["DELETE FROM site"],
    "no-folders": ["DELETE FROM folders"],
    "two-sites": ["INSERT INTO site (name, location, url) SELECT name || 'x', '/etc', 'file:///etc' FROM site"],
    "same-place": ["INSERT INTO site (name, location, url) SELECT name || 'x', location, url FROM site"],
    "deep": ["UPDATE folders SET path = rtrim(replace(printf('%.*c', 20000, 'a'), 'a', 'a/'), '/') WHERE id = 1"],
    "deeper": ["UPDATE folders SET path = rtrim(replace(printf('%.*c', 5000000, 'a'), 'a', 'a/'), '/') WHERE id = 1"],
    "slashes": ["UPDATE folders SET path = printf('%.*c', 30000, '/') WHERE id = 1", "UPDATE photos SET file = '/' WHERE fid = 1"],
    "dot-dot": ["UPDATE folders SET path = '../../../../etc' WHERE id = 1", "UPDATE photos SET file = '../../x.jpg' WHERE fid = 1"],
    "many-deep": [f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                      INSERT INTO folders (site_id, path) SELECT 1, i || replace(printf('%.*c', 60, 'a'), 'a', '/' || i) FROM n"""],
    "geometries": [NO_TRIGGERS, "UPDATE photos SET geom = x'4750' WHERE fid = 1", "UPDATE photos SET geom = x'' WHERE fid = 2",
                   "UPDATE photos SET geom = zeroblob(50000000) WHERE fid = 3",
                   "UPDATE tracks SET geom = x'47500001e6100000010200000000ffffff7f'"],
    "tree": ["DELETE FROM rtree_photos_geom_node", "UPDATE rtree_folders_geom_node SET data = zeroblob(length(data))"],
    "tree-random": ["UPDATE rtree_photos_geom_node SET data = randomblob(length(data))",
                    "UPDATE rtree_folders_geom_node SET data = randomblob(length(data))"],
    "migration": ["INSERT INTO gpsindex_migration (version, name, applied_at) VALUES (-5, 'x', 'y')"],
    "migration-most": [f"INSERT INTO gpsindex_migration (version, name, applied_at) VALUES ({MOST}, 'x', 'y')"],
    "older": ["DELETE FROM gpsindex_migration WHERE version > 2"],
    "no-tracks": ["DROP TABLE tracks"],
    "no-sidecars": ["DROP TABLE sidecars"],
    "no-targets": ["DROP TABLE targets"],
    "no-contents": ["DELETE FROM gpkg_contents"],
    "stale": [every("folders", ["track_stale"], MOST), "UPDATE tracks SET photo_count = -1"],
    # SQL of a stranger.
    "view-photos": [NO_TRIGGERS, "DROP VIEW photos_named", "ALTER TABLE photos RENAME TO old",
                    f"CREATE VIEW photos AS {ENDLESS} SELECT i AS fid, 1 AS folder_id, i AS file, 0 AS status FROM n"],
    "view-folders": [NO_TRIGGERS, "ALTER TABLE folders RENAME TO old", f"CREATE VIEW Folders AS {ENDLESS} SELECT i AS id, * FROM n, old"],
    "view-site": [NO_TRIGGERS, "ALTER TABLE site RENAME TO old", f"CREATE VIEW site AS {ENDLESS} SELECT old.* FROM n, old"],
    "view-named": ["DROP VIEW photos_named", f"CREATE VIEW photos_named AS {ENDLESS} SELECT i AS fid FROM n"],
    "trigger-site": [f"CREATE TRIGGER t1 AFTER UPDATE ON site BEGIN INSERT INTO gpkg_extensions SELECT hex(randomblob(9)), 'a', "
                     "hex(randomblob(9)), 'd', 'read-write' FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                     "SELECT i FROM n); END"],
    "trigger-photos": ["CREATE TRIGGER t1 AFTER INSERT ON photos BEGIN SELECT max(i) FROM "
                       "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END",
                       "DELETE FROM photos WHERE fid > 5", "UPDATE folders SET photo_count = 1"],
    "trigger-deletes": ["CREATE TRIGGER t1 AFTER UPDATE ON site BEGIN DELETE FROM photos; END",
                        "CREATE TRIGGER t2 AFTER INSERT ON photos BEGIN UPDATE photos SET lat = 1 WHERE fid = new.fid; END"],
    "generated": ["ALTER TABLE photos ADD COLUMN evil TEXT GENERATED ALWAYS AS (hex(zeroblob(300000000))) VIRTUAL"],
    "check-endless": [f"UPDATE sqlite_schema SET sql = replace(sql, 'file TEXT NOT NULL', 'file TEXT NOT NULL CHECK (({ENDLESS} "
                      "SELECT count(*) FROM n))') WHERE name = 'photos'"],
    "check-slow": ["UPDATE sqlite_schema SET sql = replace(sql, 'file TEXT NOT NULL', 'file TEXT NOT NULL "
                   "CHECK (length(hex(zeroblob(20000000))) > 0)') WHERE name = 'photos'"],
    "index-expression": ["CREATE INDEX evil ON photos (hex(zeroblob(1000)))"],
    "index-broken": ["UPDATE sqlite_schema SET sql = 'CREATE INDEX x ON photos (fid)' WHERE name LIKE 'photos%' AND type = 'index'"],
    "schema-cut": ["UPDATE sqlite_schema SET sql = substr(sql, 1, 40) WHERE name = 'folders'"],
    "root-page": ["UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'folders'"],
    "root-pages-same": ["UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'photos') "
                        "WHERE name = 'folders'"],
}

# What random variants put where.
VALUES = [
    "NULL", "''", "0", "-1", "1", str(MOST), str(LEAST), str(MOST - 1), "9e999", "-9e999", "1e308", "-1e-300", "0.5", "'x'",
    "x''", "x'00ff'", "CAST(x'ff41' AS TEXT)", "'9e999'", "char(0)", "'../..'", "'/'", "printf('%.*c', 2000000, 'a')",
    "zeroblob(1000000)", "'é'", "'e' || char(769)", "char(65533)", "char(65533) || '2F'", "'-'", "4294967296", "-2147483649"]
COLUMNS = {
    "photos": ["file", "size", "mtime", "racy", "parser_version", "status", "reason", "flag_bits", "lat", "lon", "alt_m",
               "alt_ref", "rel_alt_m", "taken_at", "taken_local", "utc_offset", "camera_make", "source", "fix", "width",
               "direction", "yaw", "yaw_source", "pitch", "roll", "flight_yaw", "rtk_flag", "rtk_std_lon", "serial", "other_lat",
               "other_lon", "kind", "other_source", "source_bits", "gps_status", "alt_type", "folder_id", "geom"],
    "folders": ["path", "site_id", "escaped", "track_stale", "min_x", "max_x", "min_y", "max_y", "geom"] + COUNTS,
    "site": ["name", "location", "identity", "known_hosts", "transport", "timeout_s", "connections", "in_flight", "accept_new",
             "sync_at", "sync_complete", "sync_seconds", "sync_round_trip_ms", "sync_connections", "sync_reasons"] + SYNC_COUNTS,
    "tracks": ["geom", "photo_count", "first_taken", "last_taken", "site_id", "path"],
    "targets": ["lat", "lon", "alt_m", "distance_m", "geom"],
    "sidecars": ["file", "size", "mtime"],
    "gpkg_contents": ["min_x", "max_x", "min_y", "max_y", "last_change", "table_name", "data_type"],
    "gpsindex_migration": ["version", "name", "applied_at"],
}


def scattered(seed):
    """Values of the wrong kind in a few columns."""
    choose = random.Random(seed)
    statements = []
    for _ in range(choose.randint(1, 6)):
        table = choose.choice(list(COLUMNS))
        column = choose.choice(COLUMNS[table])
        where = choose.choice(["1", "rowid = 1", "rowid % 2"])
        statements.append(f"UPDATE OR IGNORE {table} SET {column} = {choose.choice(VALUES)} WHERE {where}")
    return statements


def spoilt(data, seed):
    """Bytes of the file changed."""
    choose = random.Random(seed)
    data = bytearray(data)
    for _ in range(choose.randint(1, 30)):
        most = min(16_384, len(data)) if choose.random() < 0.3 else len(data)
        at = choose.randrange(100, most)
        for index in range(at, min(at + choose.randint(1, 48), most)):
            data[index] = choose.randrange(256)
    return bytes(data)
