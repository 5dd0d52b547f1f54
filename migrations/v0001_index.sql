-- The index is an OGC GeoPackage 1.3 (OGC 12-128r17): GIS programs open the live file as it is.
--
--  * user_version belongs to GeoPackage (10300); the index's own version is table gpsindex_migration.
--  * Trigger names are those of GeoPackage 1.3 (Annex F.3). They break on UPSERT and REPLACE, so the
--    writer knows INSERT, UPDATE by fid and DELETE only.
--  * A connection that inserts or updates must register ST_IsEmpty, ST_MinX, ST_MaxX, ST_MinY and
--    ST_MaxY; readers need nothing.
--  * photos.fid is a plain rowid: the photos of a folder are inserted together and are therefore neighbours in the file.
--  * lat and lon repeat the geometry: R*Tree coordinates are 32-bit and rounded outward, the exact answer comes from
--    these two.
--  * Text made from server bytes (path, file) is valid UTF-8: each byte that is no part of valid
--    UTF-8 is U+FFFD and its two hexadecimal digits.
PRAGMA application_id = 1196444487; -- 'GPKG'
PRAGMA user_version = 10300;

CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  description TEXT
);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined',
   'undefined Cartesian coordinate reference system'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined',
   'undefined geographic coordinate reference system'),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326,
   'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
   'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');

CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY,
  data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE,
  min_y DOUBLE,
  max_x DOUBLE,
  max_y DOUBLE,
  srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL,
  m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT,
  column_name TEXT,
  extension_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);

CREATE TABLE gpsindex_migration (
  version INTEGER PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  applied_at DATETIME NOT NULL
);

-- sync_*: the last sync that changed a row, or that ended differently from the one before.
CREATE TABLE site (
  id INTEGER PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  location TEXT NOT NULL,
  url TEXT NOT NULL,                  -- of the root, with a slash at its end
  identity TEXT,                      -- file of the private key
  known_hosts TEXT,                   -- file of host keys
  transport TEXT,                     -- libssh2 | ssh
  timeout_s DOUBLE,
  connections INTEGER,
  in_flight INTEGER,
  accept_new BOOLEAN,
  exclude TEXT,                       -- patterns of files and folders to leave out, with commas between them
  include_ext TEXT,                   -- extensions to list beside those that are read, with commas between them
  sync_at DATETIME,
  sync_complete BOOLEAN,
  sync_seconds DOUBLE,
  sync_round_trip_ms DOUBLE,
  sync_connections INTEGER,
  sync_listed INTEGER,
  sync_new INTEGER,
  sync_changed INTEGER,
  sync_moved INTEGER,
  sync_removed INTEGER,
  sync_located INTEGER,
  sync_without_position INTEGER,
  sync_failed INTEGER,
  sync_reasons TEXT,                  -- JSON object, reason: number of photos
  sync_files_opened INTEGER,
  sync_data_requests INTEGER,
  sync_bytes_received INTEGER,
  sync_bytes_sent INTEGER,
  sync_kept INTEGER
);

-- photo_count = located_count + without_position_count + failed_count, always.
-- min_x … max_y: exact extent of the located photos; min_x > max_x where it crosses 180° (RFC 7946 §5.2).
-- geom is the same as rectangles: two across 180° (§3.1.9), and never without area.
CREATE TABLE folders (
  id INTEGER PRIMARY KEY NOT NULL,
  geom MULTIPOLYGON,
  site_id INTEGER NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  path TEXT NOT NULL,                 -- below the site's root, '' is the root itself
  photo_count INTEGER NOT NULL DEFAULT 0,
  located_count INTEGER NOT NULL DEFAULT 0,
  without_position_count INTEGER NOT NULL DEFAULT 0,
  failed_count INTEGER NOT NULL DEFAULT 0,
  min_x DOUBLE,
  min_y DOUBLE,
  max_x DOUBLE,
  max_y DOUBLE,
  escaped BOOLEAN NOT NULL DEFAULT 0, -- 1: a file name holds U+FFFD, so text order is not byte order
  track_stale BOOLEAN NOT NULL DEFAULT 0, -- 1: photos have changed since the track was drawn
  UNIQUE (site_id, path)
);
-- Tracks are drawn at the end of a sync, not with each batch: a folder may come in many of them.
CREATE INDEX folders_track_stale ON folders (id) WHERE track_stale;

-- Columns that every photo has come first; those of drones last. What few photos have stands in tables of its own
-- (targets, sidecars, kept): each column costs a byte in every row.
CREATE TABLE photos (
  fid INTEGER PRIMARY KEY NOT NULL,
  geom POINT,                         -- PointZ when the altitude is known, NULL without position
  folder_id INTEGER NOT NULL REFERENCES folders(id) ON DELETE CASCADE,
  file TEXT NOT NULL,
  size INTEGER,                       -- bytes
  mtime INTEGER,                      -- seconds since 1970 UTC, the server's clock
  racy BOOLEAN NOT NULL DEFAULT 0,    -- 1: size and mtime do not prove it unchanged
  parser_version INTEGER NOT NULL DEFAULT 0,
  status TINYINT NOT NULL,            -- 0 located, 1 without position, 2 failed
  reason TEXT,                        -- why not located
  flag_bits INTEGER NOT NULL DEFAULT 0,
  flags TEXT,                         -- names of flag_bits, comma-separated
  lat DOUBLE,
  lon DOUBLE,
  alt_m DOUBLE,
  alt_ref TEXT,                       -- sea-level | ellipsoid | unknown
  rel_alt_m DOUBLE,                   -- above the take-off point
  map_datum TEXT,                     -- when it is not WGS 84
  taken_at DATETIME,                  -- UTC, only when known
  taken_local TEXT,                   -- the camera's clock, no zone
  utc_offset INTEGER,                 -- minutes east of UTC
  satellite_at DATETIME,              -- GPS date and time, UTC
  exposure_at DATETIME,               -- the drone's UTCAtExposure
  camera_make TEXT,
  camera_model TEXT,
  source TEXT,                        -- exif | xmp-drone | xmp-exif
  fix TEXT,                           -- none | single | float | fixed
  width INTEGER,                      -- pixels
  height INTEGER,
  orientation INTEGER,                -- Exif, 1 … 8
  lens TEXT,
  exposure_s DOUBLE,
  f_number DOUBLE,
  iso INTEGER,
  focal_mm DOUBLE,
  focal_35 DOUBLE,                    -- mm
  thumbnail_offset INTEGER,           -- bytes: a JPEG inside the file
  thumbnail_length INTEGER,
  preview_offset INTEGER,             -- a larger one
  preview_length INTEGER,
  direction DOUBLE,                   -- GPSImgDirection, degrees
  direction_ref TEXT,                 -- M: magnetic; else true north
  yaw DOUBLE,                         -- of the camera, degrees from true north
  yaw_source TEXT,                    -- gimbal | exif
  pitch DOUBLE,                       -- 0 horizon, -90 straight down
  roll DOUBLE,
  flight_yaw DOUBLE,
  flight_pitch DOUBLE,
  flight_roll DOUBLE,
  rtk_flag INTEGER,
  rtk_std_lon DOUBLE,                 -- m
  rtk_std_lat DOUBLE,
  rtk_std_h DOUBLE,
  serial TEXT,
  image_source TEXT,
  other_lat DOUBLE,                   -- the refused or the losing position
  other_lon DOUBLE,
  kind TEXT,                          -- video; NULL: a photo
  other_source TEXT,                  -- of other_lat, other_lon
  other_alt_m DOUBLE,                 -- the refused or the losing altitude
  source_bits INTEGER,                -- sources of the other fields; 0: the usual ones
  gps_status TEXT,                    -- as the drone writes it
  alt_type TEXT,                      -- as the drone writes it
  attitude_convention TEXT,           -- of raw_*: body; NULL: yaw, pitch and roll are as written
  raw_yaw DOUBLE,
  raw_pitch DOUBLE,
  raw_roll DOUBLE,
  flight_speed_x DOUBLE,              -- m/s: north, east, down
  flight_speed_y DOUBLE,
  flight_speed_z DOUBLE,
  calibrated_focal_px DOUBLE,
  optical_center_x DOUBLE,            -- pixels of the full-size picture
  optical_center_y DOUBLE,
  dewarp_focal_px DOUBLE,
  focal_plane_px_mm DOUBLE,           -- pixels per mm of the sensor
  digital_zoom DOUBLE,
  subject_m DOUBLE,
  capture_id TEXT,                    -- CaptureUUID
  first_seen_at INTEGER NOT NULL DEFAULT 0, -- seconds since 1970 UTC, this machine's clock: when the row came
  seq INTEGER NOT NULL DEFAULT 0,     -- rises with every change of what the row says, over all sites
  UNIQUE (folder_id, file)
);
-- "What has changed since?"
CREATE INDEX photos_seq ON photos (seq);

-- The way of the camera through the photos of one folder, in the order of their times (the UTC where
-- it is known, else the camera's clock). A folder whose timed and located photos are at two or more places has one.
CREATE TABLE tracks (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES folders(id) ON DELETE CASCADE,
  geom MULTILINESTRING,               -- cut at 180°; flat: the heights are those of its photos
  site_id INTEGER NOT NULL,
  path TEXT NOT NULL,                 -- of the folder
  photo_count INTEGER NOT NULL,
  first_taken TEXT NOT NULL,          -- ISO 8601 without a zone
  last_taken TEXT NOT NULL
);

-- What the laser range finder of a drone pointed at: the position of the object, not of the camera.
CREATE TABLE targets (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES photos(fid) ON DELETE CASCADE,
  geom POINT,                         -- PointZ when the altitude is known
  lat DOUBLE NOT NULL,
  lon DOUBLE NOT NULL,
  alt_m DOUBLE,
  distance_m DOUBLE                   -- from the camera
);

-- The sidecar file that a photo's row was made with: NAME.xmp, NAME.JPG.xmp, NAME.SRT.
CREATE TABLE sidecars (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES photos(fid) ON DELETE CASCADE,
  file TEXT NOT NULL,
  size INTEGER,                       -- bytes
  mtime INTEGER                       -- seconds since 1970 UTC, the server's clock
);

-- Rows whose files a complete listing no longer showed and that the deletion guard kept. They carry
-- the flag file-gone and stay until the file is listed again, or until sync --allow-mass-delete.
CREATE TABLE kept (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES photos(fid) ON DELETE CASCADE,
  since DATETIME NOT NULL             -- UTC: the sync that kept it
);

-- What syncs removed in the last 24 hours: the deletion guard adds it up. The next removal deletes older rows.
CREATE TABLE removal (
  id INTEGER PRIMARY KEY NOT NULL,
  site_id INTEGER NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,                -- milliseconds since 1970 UTC
  photo_count INTEGER NOT NULL,       -- rows of the site before
  removed INTEGER NOT NULL
);
CREATE INDEX removal_site ON removal (site_id, at);

-- The highest number that was ever given to a photo or site that is gone: it is not given again. Written when rows go,
-- not when they come.
CREATE TABLE last_id (
  table_name TEXT PRIMARY KEY NOT NULL,
  id INTEGER NOT NULL
);
INSERT INTO last_id VALUES ('photos', 0), ('site', 0);

-- Which index this is. A copy that gpsindex makes has an identity of its own.
CREATE TABLE index_state (
  id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
  identity TEXT NOT NULL,             -- random, 128 bits
  tombstones_since INTEGER NOT NULL   -- tombstones with a higher seq are complete
);
INSERT INTO index_state VALUES (1, lower(hex(randomblob(16))), 0);

-- Photos whose rows are gone. Numbers of photos.seq and of this table are one sequence.
CREATE TABLE tombstone (
  seq INTEGER PRIMARY KEY NOT NULL,
  site_id INTEGER NOT NULL,
  site TEXT NOT NULL,                 -- its name then
  fid INTEGER,                        -- NULL: the site was removed, with all its photos
  folder TEXT,
  file TEXT,
  removed_at DATETIME NOT NULL
);

-- Where a photo was before a move, which gave its row the number seq.
CREATE TABLE photo_move (
  seq INTEGER PRIMARY KEY NOT NULL,
  fid INTEGER NOT NULL,
  folder TEXT NOT NULL,
  file TEXT NOT NULL,
  row_seq INTEGER NOT NULL            -- of the row before the move
);
CREATE INDEX photo_move_fid ON photo_move (fid, seq);

-- Transactions that gave numbers: those up to last_seq, and above the last_seq of the row before. They tell when a
-- change was written, by which sync, and which photos there were.
CREATE TABLE change_batch (
  last_seq INTEGER PRIMARY KEY NOT NULL,
  run_id INTEGER,                     -- in sync_run; NULL: no sync
  last_fid INTEGER NOT NULL,          -- photos with a higher fid came later
  written_at DATETIME NOT NULL        -- this machine's clock
);

-- Syncs that changed what a row says, and removals of sites. A sync that found nothing new has no row.
CREATE TABLE sync_run (
  id INTEGER PRIMARY KEY NOT NULL,
  site_id INTEGER NOT NULL,
  site TEXT NOT NULL,                 -- its name then
  run_token TEXT NOT NULL,            -- random, 128 bits: tells runs apart that began at the same seq
  started_at DATETIME NOT NULL,
  finished_at DATETIME,               -- NULL: under way, or killed
  outcome TEXT,                       -- complete | incomplete | cancelled | failed | site-removed
  first_seq INTEGER NOT NULL,
  last_seq INTEGER,
  listed INTEGER,
  new INTEGER,
  changed INTEGER,
  moved INTEGER,
  removed INTEGER,
  kept INTEGER,
  located INTEGER,
  without_position INTEGER,
  failed INTEGER
);
CREATE INDEX sync_run_site ON sync_run (site_id, id);

-- photos_named: the photos with the names of site and folder, for QGIS and SQL. Table photos holds only the number of a
-- folder, so that a renamed folder is one row.
--
--  * GDAL and QGIS take the first column, which is the primary key of the table below, for the id of a layer, and search
--    the layer through the R*Tree of that table. It is not called OGC_FID: DuckDB adds a column of that name.
--  * location is the URL of the photo; its replacements are those of exports. A byte that is not UTF-8 becomes %XX.
--  * An expression has no declared type, which GeoPackage demands of every column; a scalar subquery
--    has that of its last part, which never yields a row.
CREATE VIEW photos_named AS
  SELECT p.fid, p.geom, s.name AS site, f.path AS folder, p.file,
    (SELECT CASE f.path WHEN '' THEN p.file ELSE f.path || '/' || p.file END
     UNION ALL SELECT path FROM folders WHERE 0) AS path,
    (SELECT s.url || replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(CASE f.path WHEN '' THEN p.file ELSE f.path || '/' || p.file END, '%', '%25'), ' ', '%20'), '"', '%22'), '#', '%23'), '<', '%3C'), '>', '%3E'), '?', '%3F'), '[', '%5B'), '\', '%5C'), ']', '%5D'), '^', '%5E'), '`', '%60'), '{', '%7B'), '|', '%7C'), '}', '%7D'), char(9), '%09'), char(10), '%0A'), char(13), '%0D'), char(65533), '%')
     UNION ALL SELECT path FROM folders WHERE 0) AS location,
    p.lat, p.lon, p.alt_m, p.rel_alt_m, p.taken_at, p.taken_local, p.camera_make, p.camera_model,
    p.yaw, p.pitch, p.fix, p.rtk_std_lon, p.rtk_std_lat, p.rtk_std_h, p.source, p.flags, p.status, p.reason, p.size, p.mtime,
    k.since AS missing_since
  FROM photos p JOIN folders f ON f.id = p.folder_id JOIN site s ON s.id = f.site_id LEFT JOIN kept k ON k.fid = p.fid;

-- QGIS takes the style of a layer from here (table and columns are its own).
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY NOT NULL,
  f_table_catalog TEXT(256),
  f_table_schema TEXT(256),
  f_table_name TEXT(256),
  f_geometry_column TEXT(256),
  styleName TEXT(30),
  styleQML TEXT,
  styleSLD TEXT,
  useAsDefault BOOLEAN,
  description TEXT,
  owner TEXT(30),
  ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('photos', 'features', 'photos', 'one point per photo', 4326),
  ('photos_named', 'features', 'photos_named', 'photos with site, folder and path', 4326),
  ('folders', 'features', 'folders', 'the extent of each folder, with its counts', 4326),
  ('tracks', 'features', 'tracks', 'one line per folder, through its photos in the order of time', 4326),
  ('targets', 'features', 'targets', 'what laser range finders pointed at', 4326);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES
  ('site', 'attributes', 'site', 'where the photos lie'),
  ('layer_styles', 'attributes', 'layer_styles', 'how QGIS shows the layers');
INSERT INTO gpkg_geometry_columns VALUES
  ('photos', 'geom', 'POINT', 4326, 2, 0),
  ('photos_named', 'geom', 'POINT', 4326, 2, 0),
  ('folders', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
  ('tracks', 'geom', 'MULTILINESTRING', 4326, 0, 0),
  ('targets', 'geom', 'POINT', 4326, 2, 0);

-- GeoPackage extension gpkg_rtree_index, trigger set of version 1.3.
CREATE VIRTUAL TABLE "rtree_photos_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_photos_geom_insert"  AFTER INSERT ON "photos" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_photos_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_photos_geom_update1" AFTER UPDATE OF "geom" ON "photos" WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_photos_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_photos_geom_update2" AFTER UPDATE OF "geom" ON "photos" WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_photos_geom" WHERE id = OLD.fid; END;
CREATE TRIGGER "rtree_photos_geom_update3" AFTER UPDATE ON "photos" WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_photos_geom" WHERE id = OLD.fid; INSERT OR REPLACE INTO "rtree_photos_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_photos_geom_update4" AFTER UPDATE ON "photos" WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_photos_geom" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "rtree_photos_geom_delete"  AFTER DELETE ON "photos" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_photos_geom" WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('photos','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
CREATE VIRTUAL TABLE "rtree_folders_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_folders_geom_insert"  AFTER INSERT ON "folders" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_folders_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folders_geom_update1" AFTER UPDATE OF "geom" ON "folders" WHEN OLD.id = NEW.id AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_folders_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folders_geom_update2" AFTER UPDATE OF "geom" ON "folders" WHEN OLD.id = NEW.id AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folders_geom" WHERE id = OLD.id; END;
CREATE TRIGGER "rtree_folders_geom_update3" AFTER UPDATE ON "folders" WHEN OLD.id != NEW.id AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folders_geom" WHERE id = OLD.id; INSERT OR REPLACE INTO "rtree_folders_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folders_geom_update4" AFTER UPDATE ON "folders" WHEN OLD.id != NEW.id AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folders_geom" WHERE id IN (OLD.id, NEW.id); END;
CREATE TRIGGER "rtree_folders_geom_delete"  AFTER DELETE ON "folders" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_folders_geom" WHERE id = OLD.id; END;
INSERT INTO gpkg_extensions VALUES ('folders','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
CREATE VIRTUAL TABLE "rtree_tracks_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_tracks_geom_insert"  AFTER INSERT ON "tracks" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_tracks_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_tracks_geom_update1" AFTER UPDATE OF "geom" ON "tracks" WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_tracks_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_tracks_geom_update2" AFTER UPDATE OF "geom" ON "tracks" WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_tracks_geom" WHERE id = OLD.fid; END;
CREATE TRIGGER "rtree_tracks_geom_update3" AFTER UPDATE ON "tracks" WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_tracks_geom" WHERE id = OLD.fid; INSERT OR REPLACE INTO "rtree_tracks_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_tracks_geom_update4" AFTER UPDATE ON "tracks" WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_tracks_geom" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "rtree_tracks_geom_delete"  AFTER DELETE ON "tracks" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_tracks_geom" WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('tracks','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
CREATE VIRTUAL TABLE "rtree_targets_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_targets_geom_insert"  AFTER INSERT ON "targets" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_targets_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_targets_geom_update1" AFTER UPDATE OF "geom" ON "targets" WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_targets_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_targets_geom_update2" AFTER UPDATE OF "geom" ON "targets" WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_targets_geom" WHERE id = OLD.fid; END;
CREATE TRIGGER "rtree_targets_geom_update3" AFTER UPDATE ON "targets" WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_targets_geom" WHERE id = OLD.fid; INSERT OR REPLACE INTO "rtree_targets_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_targets_geom_update4" AFTER UPDATE ON "targets" WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_targets_geom" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "rtree_targets_geom_delete"  AFTER DELETE ON "targets" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_targets_geom" WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('targets','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');

-- An arrow in the direction of the camera, a dot where that is not known; blue with an RTK fix. File
-- names from 1:2,000 on; a map tip.
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner) VALUES
  ('', '', 'photos', 'geom', 'direction', '<!DOCTYPE qgis PUBLIC ''http://mrcc.com/qgis.dtd'' ''SYSTEM''>
<qgis version="3.22.0" styleCategories="Symbology|Labeling|MapTips" labelsEnabled="1">
 <renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" enableorderby="0">
  <symbols>
   <symbol type="marker" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="angle" value="0"/>
      <Option type="QString" name="color" value="230,81,0,255"/>
      <Option type="QString" name="joinstyle" value="bevel"/>
      <Option type="QString" name="name" value="circle"/>
      <Option type="QString" name="outline_color" value="255,255,255,255"/>
      <Option type="QString" name="outline_style" value="solid"/>
      <Option type="QString" name="outline_width" value="0.2"/>
      <Option type="QString" name="outline_width_unit" value="MM"/>
      <Option type="QString" name="size" value="3"/>
      <Option type="QString" name="size_unit" value="MM"/>
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option type="QString" name="name" value=""/>
       <Option type="Map" name="properties">
        <Option type="Map" name="angle">
         <Option type="bool" name="active" value="true"/>
         <Option type="QString" name="expression" value="coalesce(&quot;yaw&quot;, 0)"/>
         <Option type="int" name="type" value="3"/>
        </Option>
        <Option type="Map" name="fillColor">
         <Option type="bool" name="active" value="true"/>
         <Option type="QString" name="expression" value="if(&quot;fix&quot; = ''fixed'', ''#1565c0'', ''#e65100'')"/>
         <Option type="int" name="type" value="3"/>
        </Option>
        <Option type="Map" name="name">
         <Option type="bool" name="active" value="true"/>
         <Option type="QString" name="expression" value="if(&quot;yaw&quot; IS NULL, ''circle'', ''arrow'')"/>
         <Option type="int" name="type" value="3"/>
        </Option>
        <Option type="Map" name="size">
         <Option type="bool" name="active" value="true"/>
         <Option type="QString" name="expression" value="if(&quot;yaw&quot; IS NULL, 2, 4)"/>
         <Option type="int" name="type" value="3"/>
        </Option>
       </Option>
       <Option type="QString" name="type" value="collection"/>
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
  </symbols>
  <rotation/>
  <sizescale/>
 </renderer-v2>
 <labeling type="simple">
  <settings calloutType="simple">
   <text-style fieldName="file" isExpression="0" fontFamily="Sans Serif" fontSize="8" fontSizeUnit="Point" textColor="50,50,50,255" textOpacity="1">
    <text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="1"/>
   </text-style>
   <placement placement="0" dist="1" distUnits="MM" placementFlags="10"/>
   <rendering drawLabels="1" scaleVisibility="1" scaleMin="0" scaleMax="2000" obstacle="1"/>
  </settings>
 </labeling>
 <mapTip>&lt;b>[% "file" %]&lt;/b>&lt;br>[% coalesce(format_date("taken_at", ''yyyy-MM-dd HH:mm:ss''), replace("taken_local", ''T'', '' ''), '''') %]&lt;br>[% if("alt_m" IS NULL, '''', round("alt_m", 1) || '' m'') %] [% coalesce("camera_model", '''') %]</mapTip>
 <layerGeometryType>0</layerGeometryType>
</qgis>
', '', 1, 'camera direction, file name, map tip', ''),
  ('', '', 'folders', 'geom', 'extent', '<!DOCTYPE qgis PUBLIC ''http://mrcc.com/qgis.dtd'' ''SYSTEM''>
<qgis version="3.22.0" styleCategories="Symbology|Labeling|MapTips" labelsEnabled="1">
 <renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" enableorderby="0">
  <symbols>
   <symbol type="fill" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="color" value="69,90,100,25"/>
      <Option type="QString" name="outline_color" value="69,90,100,255"/>
      <Option type="QString" name="outline_style" value="solid"/>
      <Option type="QString" name="outline_width" value="0.4"/>
      <Option type="QString" name="outline_width_unit" value="MM"/>
      <Option type="QString" name="style" value="solid"/>
     </Option>
    </layer>
   </symbol>
  </symbols>
  <rotation/>
  <sizescale/>
 </renderer-v2>
 <labeling type="simple">
  <settings calloutType="simple">
   <text-style fieldName="&quot;path&quot; || '' ('' || &quot;located_count&quot; || '')''" isExpression="1" fontFamily="Sans Serif" fontSize="9" fontSizeUnit="Point" textColor="38,50,56,255" textOpacity="1">
    <text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="1"/>
   </text-style>
   <placement placement="1" dist="0" distUnits="MM"/>
   <rendering drawLabels="1" scaleVisibility="1" scaleMin="0" scaleMax="100000" obstacle="0"/>
  </settings>
 </labeling>
 <mapTip>&lt;b>[% "path" %]&lt;/b>&lt;br>[% "photo_count" %] photos, [% "located_count" %] located, [% "without_position_count" %] without position, [% "failed_count" %] failed</mapTip>
 <layerGeometryType>2</layerGeometryType>
</qgis>
', '', 1, 'extent and counts', ''),
  ('', '', 'tracks', 'geom', 'track', '<!DOCTYPE qgis PUBLIC ''http://mrcc.com/qgis.dtd'' ''SYSTEM''>
<qgis version="3.22.0" styleCategories="Symbology|MapTips" labelsEnabled="0">
 <renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" enableorderby="0">
  <symbols>
   <symbol type="line" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleLine" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="capstyle" value="round"/>
      <Option type="QString" name="joinstyle" value="round"/>
      <Option type="QString" name="line_color" value="0,121,107,200"/>
      <Option type="QString" name="line_style" value="solid"/>
      <Option type="QString" name="line_width" value="0.4"/>
      <Option type="QString" name="line_width_unit" value="MM"/>
     </Option>
    </layer>
   </symbol>
  </symbols>
  <rotation/>
  <sizescale/>
 </renderer-v2>
 <mapTip>&lt;b>[% "path" %]&lt;/b>&lt;br>[% "first_taken" %] – [% "last_taken" %], [% "photo_count" %] photos</mapTip>
 <layerGeometryType>1</layerGeometryType>
</qgis>
', '', 1, 'the way through the photos', '');

-- The style of photos, with the path in the map tip.
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)
  SELECT f_table_catalog, f_table_schema, 'photos_named', f_geometry_column, styleName,
    replace(styleQML, '&lt;b>[% "file" %]&lt;/b>', '&lt;b>[% "site" %]: [% "path" %]&lt;/b>'),
    styleSLD, useAsDefault, 'camera direction, file name, map tip with the path', owner
  FROM layer_styles WHERE f_table_name = 'photos';

-- A cross where the range finder pointed.
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner) VALUES
  ('', '', 'targets', 'geom', 'target', '<!DOCTYPE qgis PUBLIC ''http://mrcc.com/qgis.dtd'' ''SYSTEM''>
<qgis version="3.22.0" styleCategories="Symbology|MapTips" labelsEnabled="0">
 <renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" enableorderby="0">
  <symbols>
   <symbol type="marker" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="angle" value="0"/>
      <Option type="QString" name="color" value="194,24,91,255"/>
      <Option type="QString" name="name" value="cross2"/>
      <Option type="QString" name="outline_color" value="194,24,91,255"/>
      <Option type="QString" name="outline_style" value="solid"/>
      <Option type="QString" name="outline_width" value="0.6"/>
      <Option type="QString" name="outline_width_unit" value="MM"/>
      <Option type="QString" name="size" value="3"/>
      <Option type="QString" name="size_unit" value="MM"/>
     </Option>
    </layer>
   </symbol>
  </symbols>
  <rotation/>
  <sizescale/>
 </renderer-v2>
 <mapTip>[% coalesce(round("distance_m", 1) || '' m away'', '''') %] [% coalesce(''height '' || round("alt_m", 1) || '' m'', '''') %]</mapTip>
 <layerGeometryType>0</layerGeometryType>
</qgis>
', '', 1, 'a cross where the range finder pointed', '');
