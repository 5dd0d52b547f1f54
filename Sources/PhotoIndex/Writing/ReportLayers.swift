public import PhotoModel
import SQLite

/// What one photo shows of the ground: a feature of layer `footprints`. Values that are not finite become NULL.
public struct FootprintFeature: Sendable {
  /// Closed, counter-clockwise; two across 180°.
  public var rings: [[Coordinate]]
  public var site = ""
  public var path = ""
  public var flight = ""
  /// The part near the horizon is cut off.
  public var isClamped = false
  /// Metres.
  public var groundSampling: Double?
  public var height: Double?
  /// Percent.
  public var forward: Double?
  public var side: Double?

  public init(rings: [[Coordinate]]) { self.rings = rings }
}

/// What a flight check found: a feature of layer `qc_findings`, and of `qc_holes` where it has an area.
public struct FindingFeature: Sendable {
  public var position: Coordinate?
  /// Closed, counter-clockwise.
  public var rings: [[Coordinate]] = []
  public var severity = ""
  public var rule = ""
  public var site = ""
  public var flight: String?
  public var folder = ""
  /// The path of the first one, and their number.
  public var photo: String?
  public var photos = 0
  public var value: Double?
  public var limit: Double?
  public var unit = ""
  public var text = ""

  public init() {}
}

/// Layers of flight checks in a GeoPackage, beside those of the index, with styles.
public final class ReportLayers {
  private let connection: Connection
  private let path: String
  private var boxes: [String: BoundingBox] = [:]

  init(_ connection: Connection, path: String) throws(SQLiteError) {
    self.connection = connection
    self.path = path
    try connection.execute("BEGIN")
    try connection.execute(ReportLayersSQL.tables)
    for table in ReportLayersSQL.layers { try addSearchTree(table) }
  }

  public func add(_ print: FootprintFeature) throws(IndexError) {
    guard !print.rings.isEmpty else { return }
    try guarded(path) {
      let insert = try connection.cached(
        """
        INSERT INTO footprints (geom, site, path, flight, clamped, gsd_m, height_m, forward_percent, side_percent)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
      insert.bind(
        GeometryBlob.multiPolygon(print.rings), print.site, print.path, print.flight,
        print.isClamped, Self.known(print.groundSampling), Self.known(print.height),
        Self.known(print.forward), Self.known(print.side))
      try insert.run()
      for corner in print.rings.joined() { extend("footprints", corner) }
    }
  }

  public func add(_ finding: FindingFeature) throws(IndexError) {
    try guarded(path) {
      let point = finding.position.map { GeometryBlob.point($0, altitude: nil) }
      try insert(finding, into: "qc_findings", point)
      if let position = finding.position { extend("qc_findings", position) }
      guard !finding.rings.isEmpty else { return }
      try insert(finding, into: "qc_holes", GeometryBlob.multiPolygon(finding.rings))
      for corner in finding.rings.joined() { extend("qc_holes", corner) }
    }
  }

  private func insert(
    _ finding: FindingFeature, into table: String, _ geometry: [UInt8]?
  ) throws(SQLiteError) {
    let insert = try connection.cached(
      """
      INSERT INTO \(table) (geom, severity, rule, site, flight, folder, photo, photos, value, limit_value, unit, text)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    insert.bind(
      geometry, finding.severity, finding.rule, finding.site, finding.flight, finding.folder,
      finding.photo, finding.photos, Self.known(finding.value), Self.known(finding.limit),
      finding.unit, finding.text)
    try insert.run()
  }

  func finish() throws(SQLiteError) {
    for (table, box) in boxes {
      let update = try connection.cached(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?")
      update.bind(box.west, box.south, box.east, box.north, table)
      try update.run()
    }
    try connection.execute("COMMIT")
  }

  private static func known(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
  }

  private func extend(_ table: String, _ place: Coordinate) {
    let box = BoundingBox(place)
    guard let old = boxes[table] else {
      boxes[table] = box
      return
    }
    boxes[table] = BoundingBox(
      west: min(old.west, box.west), south: min(old.south, box.south),
      east: max(old.east, box.east), north: max(old.north, box.north))
  }

  /// R*Tree and triggers as `tracks` has them (GeoPackage 1.3, Annex F.3).
  private func addSearchTree(_ table: String) throws(SQLiteError) {
    let triggers = try connection.prepare(
      "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'rtree_tracks_geom_*'")
    let sql = triggers.column("sql")
    var scripts: [String] = []
    while try triggers.step() {
      scripts.append(triggers.text(sql).replacing("tracks", with: table))
    }
    triggers.reset()
    try connection.execute(
      "CREATE VIRTUAL TABLE \"rtree_\(table)_geom\" USING rtree(id, minx, maxx, miny, maxy)")
    for script in scripts { try connection.execute(script) }
    let row = try connection.prepare(
      """
      INSERT INTO gpkg_extensions
      SELECT ?, column_name, extension_name, definition, scope FROM gpkg_extensions
      WHERE table_name = 'tracks' AND extension_name = 'gpkg_rtree_index'
      """)
    row.bind(table)
    try row.run()
  }
}
