-- What the deletion guard remembers, and numbers that are never given again.

-- Rows whose files a complete listing no longer showed and that the deletion guard kept. They carry
-- the flag file-gone and stay until the file is listed again, or until sync --allow-mass-delete.
CREATE TABLE kept (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES photos(fid) ON DELETE CASCADE,
  since DATETIME NOT NULL             -- UTC: the sync that kept it
);

-- What syncs removed in the last 24 hours: the deletion guard adds it up. Older rows go with the
-- next removal.
CREATE TABLE removal (
  id INTEGER PRIMARY KEY NOT NULL,
  site_id INTEGER NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,                -- milliseconds since 1970 UTC
  photo_count INTEGER NOT NULL,       -- rows of the site before
  removed INTEGER NOT NULL
);
CREATE INDEX removal_site ON removal (site_id, at);

-- The highest number that a table ever gave: the number of a removed photo or site is not given
-- again. Written when rows go, not when they come.
CREATE TABLE last_id (
  table_name TEXT PRIMARY KEY NOT NULL,
  id INTEGER NOT NULL
);
INSERT INTO last_id SELECT 'photos', coalesce(max(fid), 0) FROM photos;
INSERT INTO last_id SELECT 'site', coalesce(max(id), 0) FROM site;

ALTER TABLE site ADD COLUMN sync_kept INTEGER;
