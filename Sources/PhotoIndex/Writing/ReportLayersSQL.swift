/// Tables and styles of ``ReportLayers``.
enum ReportLayersSQL {
  static let layers = ["footprints", "qc_findings", "qc_holes"]

  static let tables =
    """
    CREATE TABLE footprints (
      fid INTEGER PRIMARY KEY NOT NULL,
      geom MULTIPOLYGON,
      site TEXT NOT NULL,
      path TEXT NOT NULL,
      flight TEXT NOT NULL,
      clamped BOOLEAN NOT NULL,
      gsd_m DOUBLE,
      height_m DOUBLE,
      forward_percent DOUBLE,
      side_percent DOUBLE
    );
    CREATE TABLE qc_findings (\(findingColumns("POINT")));
    CREATE TABLE qc_holes (\(findingColumns("MULTIPOLYGON")));
    INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
      ('footprints', 'features', 'footprints', 'what each photo shows of the ground', 4326),
      ('qc_findings', 'features', 'qc_findings', 'findings of flight checks', 4326),
      ('qc_holes', 'features', 'qc_holes', 'ground that no photo shows', 4326);
    INSERT INTO gpkg_geometry_columns VALUES
      ('footprints', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
      ('qc_findings', 'geom', 'POINT', 4326, 0, 0),
      ('qc_holes', 'geom', 'MULTIPOLYGON', 4326, 0, 0);
    INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
      styleSLD, useAsDefault, description, owner) VALUES
      ('', '', 'footprints', 'geom', 'footprint', '\(quoted(footprints))', '', 1, 'what photos show', ''),
      ('', '', 'qc_findings', 'geom', 'severity', '\(quoted(findings))', '', 1, 'findings by severity', ''),
      ('', '', 'qc_holes', 'geom', 'severity', '\(quoted(holes))', '', 1, 'holes by severity', '');
    """

  private static func quoted(_ text: String) -> String { text.replacing("'", with: "''") }

  private static func findingColumns(_ geometry: String) -> String {
    """
      fid INTEGER PRIMARY KEY NOT NULL,
      geom \(geometry),
      severity TEXT NOT NULL,
      rule TEXT NOT NULL,
      site TEXT NOT NULL,
      flight TEXT,
      folder TEXT NOT NULL,
      photo TEXT,
      photos INTEGER NOT NULL,
      value DOUBLE,
      limit_value DOUBLE,
      unit TEXT NOT NULL,
      text TEXT NOT NULL
    """
  }

  private static let colour =
    "if(&quot;severity&quot; = 'error', '#b71c1c', if(&quot;severity&quot; = 'warning', '#ef6c00', '#1565c0'))"

  private static let footprints = style(
    symbol: "fill", layer: "SimpleFill", geometry: 2,
    options: [
      ("color", "21,101,192,20"), ("outline_color", "21,101,192,150"), ("outline_style", "solid"),
      ("outline_width", "0.2"), ("outline_width_unit", "MM"), ("style", "solid"),
    ],
    defined: [("outlineColor", "if(&quot;clamped&quot;, '#ef6c00', '#1565c0')")],
    tip: """
      &lt;b>[% "path" %]&lt;/b>&lt;br>[% coalesce(round("gsd_m" * 100, 2) || ' cm per pixel', '') %]&lt;br>\
      [% coalesce('forward ' || round("forward_percent") || ' %', '') %] \
      [% coalesce('side ' || round("side_percent") || ' %', '') %]
      """)

  private static let findings = style(
    symbol: "marker", layer: "SimpleMarker", geometry: 0,
    options: [
      ("color", "183,28,28,255"), ("name", "diamond"), ("outline_color", "255,255,255,255"),
      ("outline_style", "solid"), ("outline_width", "0.3"), ("outline_width_unit", "MM"),
      ("size", "4"), ("size_unit", "MM"),
    ],
    defined: [
      ("fillColor", colour),
      (
        "name",
        "if(&quot;severity&quot; = 'error', 'diamond', if(&quot;severity&quot; = 'warning', 'triangle', 'circle'))"
      ),
    ], tip: tip)

  private static let holes = style(
    symbol: "fill", layer: "SimpleFill", geometry: 2,
    options: [
      ("color", "183,28,28,60"), ("outline_color", "183,28,28,255"), ("outline_style", "solid"),
      ("outline_width", "0.6"), ("outline_width_unit", "MM"), ("style", "b_diagonal"),
    ],
    defined: [("fillColor", colour), ("outlineColor", colour)], tip: tip)

  private static let tip =
    #"&lt;b>[% "rule" %]&lt;/b> ([% "severity" %])&lt;br>[% "text" %]&lt;br>[% coalesce("photo", "folder") %]"#

  /// A QML document of one symbol.
  private static func style(
    symbol: String, layer: String, geometry: Int, options: [(String, String)],
    defined: [(String, String)], tip: String
  ) -> String {
    let plain = options.map { "<Option type=\"QString\" name=\"\($0)\" value=\"\($1)\"/>" }
    let computed = defined.map { name, expression in
      """
      <Option type="Map" name="\(name)"><Option type="bool" name="active" value="true"/>\
      <Option type="QString" name="expression" value="\(expression)"/>\
      <Option type="int" name="type" value="3"/></Option>
      """
    }
    return """
      <!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
      <qgis version="3.22.0" styleCategories="Symbology|MapTips" labelsEnabled="0">
       <renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" enableorderby="0">
        <symbols>
         <symbol type="\(symbol)" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
          <layer class="\(layer)" enabled="1" locked="0" pass="0">
           <Option type="Map">\(plain.joined())</Option>
           <data_defined_properties><Option type="Map"><Option type="QString" name="name" value=""/>\
      <Option type="Map" name="properties">\(computed.joined())</Option>\
      <Option type="QString" name="type" value="collection"/></Option></data_defined_properties>
          </layer>
         </symbol>
        </symbols>
        <rotation/><sizescale/>
       </renderer-v2>
       <mapTip>\(tip)</mapTip>
       <layerGeometryType>\(geometry)</layerGeometryType>
      </qgis>
      """
  }
}
