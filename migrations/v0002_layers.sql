-- Layers as people who open the file in QGIS look for them: folders (was: folder), tracks, and a
-- style for each.

-- folder → folders, with its R*Tree. The triggers go first: their names are GeoPackage's.
DROP TRIGGER "rtree_folder_geom_insert";
DROP TRIGGER "rtree_folder_geom_update1";
DROP TRIGGER "rtree_folder_geom_update2";
DROP TRIGGER "rtree_folder_geom_update3";
DROP TRIGGER "rtree_folder_geom_update4";
DROP TRIGGER "rtree_folder_geom_delete";
DROP TABLE "rtree_folder_geom";
ALTER TABLE folder RENAME TO folders;
CREATE VIRTUAL TABLE "rtree_folders_geom" USING rtree(id, minx, maxx, miny, maxy);
INSERT INTO "rtree_folders_geom" SELECT id, min_x, max_x, min_y, max_y FROM folders WHERE geom NOTNULL;
CREATE TRIGGER "rtree_folders_geom_insert"  AFTER INSERT ON "folders" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_folders_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folders_geom_update1" AFTER UPDATE OF "geom" ON "folders" WHEN OLD.id = NEW.id AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_folders_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folders_geom_update2" AFTER UPDATE OF "geom" ON "folders" WHEN OLD.id = NEW.id AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folders_geom" WHERE id = OLD.id; END;
CREATE TRIGGER "rtree_folders_geom_update3" AFTER UPDATE ON "folders" WHEN OLD.id != NEW.id AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folders_geom" WHERE id = OLD.id; INSERT OR REPLACE INTO "rtree_folders_geom" VALUES (NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_folders_geom_update4" AFTER UPDATE ON "folders" WHEN OLD.id != NEW.id AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_folders_geom" WHERE id IN (OLD.id, NEW.id); END;
CREATE TRIGGER "rtree_folders_geom_delete"  AFTER DELETE ON "folders" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_folders_geom" WHERE id = OLD.id; END;

-- Each row of GeoPackage that names the table: the new row of gpkg_contents comes before the old one
-- goes, since the others refer to it.
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
  SELECT 'folders', data_type, 'folders', description, min_x, min_y, max_x, max_y, srs_id
  FROM gpkg_contents WHERE table_name = 'folder';
UPDATE gpkg_geometry_columns SET table_name = 'folders' WHERE table_name = 'folder';
UPDATE gpkg_extensions SET table_name = 'folders' WHERE table_name = 'folder';
DELETE FROM gpkg_contents WHERE table_name = 'folder';

-- 1: the folder's photos have changed since its track was drawn. Tracks are drawn at the end of a
-- sync, not with each batch: a folder may come in many of them.
ALTER TABLE folders ADD COLUMN track_stale BOOLEAN NOT NULL DEFAULT 0;
UPDATE folders SET track_stale = 1 WHERE located_count > 0;
CREATE INDEX folders_track_stale ON folders (id) WHERE track_stale;

-- The way of the camera through the photos of one folder, in the order of their times (the UTC where
-- it is known, else the camera's clock). A folder with two or more timed and located photos has one.
CREATE TABLE tracks (
  fid INTEGER PRIMARY KEY NOT NULL REFERENCES folders(id) ON DELETE CASCADE,
  geom LINESTRING,                    -- flat: the heights are those of its photos
  site_id INTEGER NOT NULL,
  path TEXT NOT NULL,                 -- of the folder
  photo_count INTEGER NOT NULL,
  first_taken TEXT NOT NULL,          -- ISO 8601 without a zone
  last_taken TEXT NOT NULL
);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
  SELECT 'tracks', 'features', 'tracks', 'one line per folder, through its photos in the order of time',
    min_x, min_y, max_x, max_y, 4326
  FROM gpkg_contents WHERE table_name = 'photos';
INSERT INTO gpkg_geometry_columns VALUES ('tracks', 'geom', 'LINESTRING', 4326, 0, 0);
CREATE VIRTUAL TABLE "rtree_tracks_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_tracks_geom_insert"  AFTER INSERT ON "tracks" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_tracks_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_tracks_geom_update1" AFTER UPDATE OF "geom" ON "tracks" WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_tracks_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_tracks_geom_update2" AFTER UPDATE OF "geom" ON "tracks" WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_tracks_geom" WHERE id = OLD.fid; END;
CREATE TRIGGER "rtree_tracks_geom_update3" AFTER UPDATE ON "tracks" WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_tracks_geom" WHERE id = OLD.fid; INSERT OR REPLACE INTO "rtree_tracks_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_tracks_geom_update4" AFTER UPDATE ON "tracks" WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_tracks_geom" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "rtree_tracks_geom_delete"  AFTER DELETE ON "tracks" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_tracks_geom" WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('tracks','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');

-- QGIS takes a layer's look from here, without being asked (table and columns are its own).
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
INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES
  ('layer_styles', 'attributes', 'layer_styles', 'how QGIS shows the layers');

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
