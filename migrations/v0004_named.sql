-- photos_named: the photos with their names, for people who open the file in QGIS or ask it in SQL.
-- Table photos keeps a folder's number only, so that a renamed folder is one row.
--
--  * GDAL and QGIS read a view whose first column is called OGC_FID as a layer, and search it through
--    the R*Tree of the table below.
--  * An expression has no declared type, which GeoPackage demands of every column; a scalar subquery
--    has that of its last part, which never yields a row.
DROP VIEW photo_path;
CREATE VIEW photos_named AS
  SELECT p.fid AS OGC_FID, p.geom, s.name AS site, f.path AS folder, p.file,
    (SELECT CASE f.path WHEN '' THEN p.file ELSE f.path || '/' || p.file END
     UNION ALL SELECT path FROM folders WHERE 0) AS path,
    p.lat, p.lon, p.alt_m, p.rel_alt_m, p.taken_at, p.taken_local, p.camera_make, p.camera_model,
    p.yaw, p.pitch, p.fix, p.source, p.flags, p.status, p.reason, p.size, p.mtime
  FROM photos p JOIN folders f ON f.id = p.folder_id JOIN site s ON s.id = f.site_id;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
  SELECT 'photos_named', 'features', 'photos_named', 'photos with site, folder and path',
    min_x, min_y, max_x, max_y, 4326
  FROM gpkg_contents WHERE table_name = 'photos';
INSERT INTO gpkg_geometry_columns VALUES ('photos_named', 'geom', 'POINT', 4326, 2, 0);

-- The look of photos, with the path in the map tip.
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)
  SELECT f_table_catalog, f_table_schema, 'photos_named', f_geometry_column, styleName,
    replace(styleQML, '&lt;b>[% "file" %]&lt;/b>', '&lt;b>[% "site" %]: [% "path" %]&lt;/b>'),
    styleSLD, useAsDefault, 'camera direction, file name, map tip with the path', owner
  FROM layer_styles WHERE f_table_name = 'photos';
