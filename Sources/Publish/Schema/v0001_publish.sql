-- The tables of published indexes. The program puts in the columns of a photo, and the schemas of PostGIS and of these tables.
-- Statements run in one transaction with search_path set to this schema and that of PostGIS.
--
--  * A photo's key is the number of its site in this database and its number in the index, which is never given again:
--    a photo that moves keeps its row. Two photos may swap their paths in one transaction, so that constraint is deferred.
--  * No index on a column that changes with every publish: updates stay in their page (HOT).
--  * Every key begins with the site: publishers of different sites never wait for each other.
CREATE TABLE sites (
  site integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  url text NOT NULL,
  index_id text NOT NULL,             -- identity of the index that publishes the site
  index_site bigint NOT NULL,         -- its number there
  seq bigint NOT NULL,                -- the last change that was published
  run_token text NOT NULL,            -- of the sync that made it
  settled boolean NOT NULL,           -- false: tracks were not drawn yet
  published_at timestamptz NOT NULL,
  published_by text NOT NULL DEFAULT current_user
) WITH (fillfactor = 50);

CREATE TABLE photos (
  site integer NOT NULL,
  photo bigint NOT NULL,
  row_hash bigint NOT NULL,
@columns@,
  geom @postgis@.geometry(PointZ, 4326), -- z is 0 where alt_m is NULL
  folder text NOT NULL,
  file text NOT NULL
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE folders (
  site integer NOT NULL,
  path text NOT NULL,
  photos bigint NOT NULL,
  located bigint NOT NULL,
  without_position bigint NOT NULL,
  failed bigint NOT NULL,
  row_hash bigint NOT NULL,
  geom @postgis@.geometry(MultiPolygon, 4326),
  PRIMARY KEY (site, path)
) WITH (fillfactor = 85);
CREATE INDEX folders_geom ON folders USING gist (geom);

CREATE TABLE tracks (
  site integer NOT NULL,
  path text NOT NULL,
  photos bigint NOT NULL,
  first_taken text NOT NULL,          -- ISO 8601 without a zone
  last_taken text NOT NULL,
  row_hash bigint NOT NULL,
  geom @postgis@.geometry(MultiLineString, 4326) NOT NULL,
  PRIMARY KEY (site, path)
) WITH (fillfactor = 85);
CREATE INDEX tracks_geom ON tracks USING gist (geom);

-- Counts of located photos per folder and tile of zoom 16 (Web Mercator). geom: their mean position.
CREATE TABLE cells (
  site integer NOT NULL,
  folder text NOT NULL,
  x integer NOT NULL,
  y integer NOT NULL,
  photos bigint NOT NULL,
  geom @postgis@.geometry(Point, 4326) NOT NULL,
  PRIMARY KEY (site, folder, x, y)
) WITH (fillfactor = 85);
CREATE INDEX cells_xy ON cells (x, y);
CREATE INDEX cells_geom ON cells USING gist (geom);

CREATE TABLE sync_runs (
  site integer NOT NULL,
  run bigint NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  outcome text,
  first_seq bigint,
  last_seq bigint,
  listed bigint,
  new bigint,
  changed bigint,
  moved bigint,
  removed bigint,
  kept bigint,
  located bigint,
  without_position bigint,
  failed bigint,
  PRIMARY KEY (site, run)
);

-- What laser range finders pointed at; z is 0 where alt_m is NULL.
CREATE VIEW targets AS
  SELECT (p.site::bigint << 40) + p.photo AS id, p.site, p.photo, p.target_alt_m AS alt_m,
    p.target_distance_m AS distance_m,
    @target@ AS geom
  FROM photos p WHERE p.target_lon IS NOT NULL AND p.target_lat IS NOT NULL;

-- A vector tile: numbers of photos on a grid of 64 × 64 up to zoom 10 and on that of cells up to zoom 13, photos from zoom 14 on.
CREATE FUNCTION photo_tile(z integer, x integer, y integer) RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $tile$
DECLARE
  box @postgis@.geometry := @postgis@.ST_TileEnvelope(z, x, y);
  wide integer := greatest(0, 16 - z);
  step integer := greatest(0, 10 - z);
  tile bytea;
BEGIN
  IF z < 14 THEN
    SELECT @postgis@.ST_AsMVT(t, 'photos', 4096, 'geom') INTO tile FROM (
      SELECT sum(c.photos)::bigint AS photos, @postgis@.ST_AsMVTGeom(
        @postgis@.ST_Transform(@postgis@.ST_SetSRID(@postgis@.ST_MakePoint(
          sum(@postgis@.ST_X(c.geom) * c.photos) / sum(c.photos),
          sum(@postgis@.ST_Y(c.geom) * c.photos) / sum(c.photos)), 4326), 3857), box) AS geom
      FROM @schema@.cells c
      WHERE c.x >= photo_tile.x << wide AND c.x < (photo_tile.x + 1) << wide
        AND c.y >= photo_tile.y << wide AND c.y < (photo_tile.y + 1) << wide
      GROUP BY c.x >> step, c.y >> step) t;
  ELSE
    SELECT @postgis@.ST_AsMVT(t, 'photos', 4096, 'geom') INTO tile FROM (
      SELECT p.site, p.photo, p.folder, p.file, p.taken_at, p.yaw, p.fix, 1::bigint AS photos,
        @postgis@.ST_AsMVTGeom(@postgis@.ST_Transform(@postgis@.ST_Force2D(p.geom), 3857), box) AS geom
      FROM @schema@.photos p
      WHERE p.geom OPERATOR(@postgis@.&&) @postgis@.ST_Transform(box, 4326)) t;
  END IF;
  RETURN tile;
END $tile$;
