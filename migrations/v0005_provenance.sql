-- Where values come from, and what was found beside the camera's own place.
--
--  * Only what nearly every drone photo has stands in photos; what few photos have stands in tables of
--    its own, since each column costs a byte in every row.
ALTER TABLE photos ADD COLUMN kind TEXT;            -- video; NULL: a photo
ALTER TABLE photos ADD COLUMN other_source TEXT;    -- of other_lat, other_lon
ALTER TABLE photos ADD COLUMN other_alt_m DOUBLE;   -- the refused or the losing altitude
ALTER TABLE photos ADD COLUMN source_bits INTEGER;  -- sources of the other fields; 0: the usual ones
ALTER TABLE photos ADD COLUMN gps_status TEXT;      -- as the drone writes it
ALTER TABLE photos ADD COLUMN alt_type TEXT;        -- as the drone writes it

-- What the laser range finder of a drone pointed at: the place of the object, not of the camera.
CREATE TABLE targets (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES photos(fid) ON DELETE CASCADE,
  geom POINT,                         -- PointZ when the altitude is known
  lat DOUBLE NOT NULL,
  lon DOUBLE NOT NULL,
  alt_m DOUBLE,
  distance_m DOUBLE                   -- from the camera
);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('targets', 'features', 'targets', 'what laser range finders pointed at', 4326);
INSERT INTO gpkg_geometry_columns VALUES ('targets', 'geom', 'POINT', 4326, 2, 0);

-- The file beside a photo that the photo's row was made with: NAME.xmp, NAME.JPG.xmp, NAME.SRT.
CREATE TABLE sidecars (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES photos(fid) ON DELETE CASCADE,
  file TEXT NOT NULL,
  size INTEGER,                       -- bytes
  mtime INTEGER                       -- seconds since 1970 UTC, the server's clock
);
