-- The layer targets gets what the other layers have: an R*Tree, an extent, a style. Where there is no
-- target, it has no extent.
CREATE VIRTUAL TABLE "rtree_targets_geom" USING rtree(id, minx, maxx, miny, maxy);
INSERT INTO "rtree_targets_geom" SELECT fid, lon, lon, lat, lat FROM targets;
CREATE TRIGGER "rtree_targets_geom_insert"  AFTER INSERT ON "targets" WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_targets_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_targets_geom_update1" AFTER UPDATE OF "geom" ON "targets" WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "rtree_targets_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_targets_geom_update2" AFTER UPDATE OF "geom" ON "targets" WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_targets_geom" WHERE id = OLD.fid; END;
CREATE TRIGGER "rtree_targets_geom_update3" AFTER UPDATE ON "targets" WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_targets_geom" WHERE id = OLD.fid; INSERT OR REPLACE INTO "rtree_targets_geom" VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER "rtree_targets_geom_update4" AFTER UPDATE ON "targets" WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN DELETE FROM "rtree_targets_geom" WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER "rtree_targets_geom_delete"  AFTER DELETE ON "targets" WHEN OLD.geom NOT NULL BEGIN DELETE FROM "rtree_targets_geom" WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('targets','geom','gpkg_rtree_index','http://www.geopackage.org/spec120/#extension_rtree','write-only');
UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) = (SELECT min(lon), min(lat), max(lon), max(lat) FROM targets)
  WHERE table_name = 'targets';

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
