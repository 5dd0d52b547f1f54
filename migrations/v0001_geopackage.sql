-- The index is an OGC GeoPackage 1.3 (OGC 12-128r17): GIS programs open the live file as it is.
--
--  * user_version belongs to GeoPackage (10300); the index's own version is table gpsindex_migration.
--  * Trigger names are those of GeoPackage 1.3 (Annex F.3). They break on UPSERT and REPLACE, so the
--    writer knows INSERT, UPDATE by fid and DELETE only.
--  * A connection that inserts or updates must register ST_IsEmpty, ST_MinX, ST_MaxX, ST_MinY and
--    ST_MaxY; readers need nothing.
--  * photos.fid is a plain rowid: the photos of a folder are inserted together and therefore lie
--    together, in the file as on the ground.
--  * lat and lon stand beside the geometry: R*Tree coordinates are 32-bit and rounded outward, the
--    exact answer comes from these two.
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
  identity TEXT,                      -- file of the private key
  known_hosts TEXT,                   -- file of host keys
  transport TEXT,                     -- libssh2 | ssh
  timeout_s DOUBLE,
  connections INTEGER,
  in_flight INTEGER,
  accept_new BOOLEAN,
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
  sync_bytes_sent INTEGER
);

-- photo_count = located_count + without_position_count + failed_count, always.
-- min_x … max_y: exact extent of the located photos; geom is the same as a rectangle.
CREATE TABLE folder (
  id INTEGER PRIMARY KEY NOT NULL,
  geom POLYGON,
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
  UNIQUE (site_id, path)
);

-- Columns that every photo has come first; those of drones last.
CREATE TABLE photos (
  fid INTEGER PRIMARY KEY NOT NULL,
  geom POINT,                         -- PointZ when the altitude is known, NULL without position
  folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
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
  taken_at DATETIME,                  -- UTC, only when known
  taken_local TEXT,                   -- the camera's clock, no zone
  utc_offset INTEGER,                 -- minutes east of UTC
  camera_make TEXT,
  camera_model TEXT,
  source TEXT,                        -- exif | xmp-drone | xmp-exif
  fix TEXT,                           -- none | single | float | fixed
  width INTEGER,
  height INTEGER,
  focal_35 DOUBLE,                    -- mm
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
  UNIQUE (folder_id, file)
);

-- For SQL users: where a photo lies, in words.
CREATE VIEW photo_path AS
  SELECT p.fid, s.name AS site, f.path AS folder, p.file,
    CASE f.path WHEN '' THEN p.file ELSE f.path || '/' || p.file END AS path
  FROM photos p JOIN folder f ON f.id = p.folder_id JOIN site s ON s.id = f.site_id;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('photos', 'features', 'photos', 'one point per photo', 4326),
  ('folder', 'features', 'folder', 'one rectangle per folder, with its counts', 4326);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES
  ('site', 'attributes', 'site', 'where the photos lie');
INSERT INTO gpkg_geometry_columns VALUES
  ('photos', 'geom', 'POINT', 4326, 2, 0),
  ('folder', 'geom', 'POLYGON', 4326, 0, 0);

-- GeoPackage extension gpkg_rtree_index, trigger set of version 1.3.
CREATE VIRTUAL TABLE "rtree_photos_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_photos_geom_insert"  AFTER INSERT ON "photos" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_photos_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_photos_geom_update1" AFTER UPDATE OF "geom" ON "photos" WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_photos_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_photos_geom_update2" AFTER UPDATE OF "geom" ON "photos" WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_photos_geom" WHERE id = OLD.fid; END;
CREATE TRIGGER "rtree_photos_geom_update3" AFTER UPDATE ON "photos" WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_photos_geom" WHERE id = OLD.fid; INSERT OR REPLACE INTO "rtree_photos_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_photos_geom_update4" AFTER UPDATE ON "photos" WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_photos_geom" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "rtree_photos_geom_delete"  AFTER DELETE ON "photos" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_photos_geom" WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('photos','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
CREATE VIRTUAL TABLE "rtree_folder_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_folder_geom_insert"  AFTER INSERT ON "folder" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_folder_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folder_geom_update1" AFTER UPDATE OF "geom" ON "folder" WHEN OLD.id = NEW.id AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_folder_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folder_geom_update2" AFTER UPDATE OF "geom" ON "folder" WHEN OLD.id = NEW.id AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folder_geom" WHERE id = OLD.id; END;
CREATE TRIGGER "rtree_folder_geom_update3" AFTER UPDATE ON "folder" WHEN OLD.id != NEW.id AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folder_geom" WHERE id = OLD.id; INSERT OR REPLACE INTO "rtree_folder_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folder_geom_update4" AFTER UPDATE ON "folder" WHEN OLD.id != NEW.id AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folder_geom" WHERE id IN (OLD.id, NEW.id); END;
CREATE TRIGGER "rtree_folder_geom_delete"  AFTER DELETE ON "folder" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_folder_geom" WHERE id = OLD.id; END;
INSERT INTO gpkg_extensions VALUES ('folder','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
