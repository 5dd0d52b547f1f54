import PhotoModel
import SQLite

/// The rows of `gpkg_contents`: bounding boxes of the layers, and the time of the last change. Photos (table and view),
/// folders and tracks share a box (tracks are within it, and are drawn later); targets have one of their own.
struct LayerExtents {
  private var photos: Extent
  private var targets: Extent

  init(_ connection: Connection) throws(SQLiteError) {
    photos = try Extent(of: "photos", connection)
    targets = try Extent(of: "targets", connection)
  }

  /// Extents of a folder. gpkg_contents knows no box across 180°.
  mutating func replace(_ old: BoundingBox?, by new: BoundingBox?) {
    photos.replace(old?.hull, by: new?.hull)
  }

  mutating func replace(target old: LaserTarget?, by new: LaserTarget?) {
    targets.replace(
      old.map { BoundingBox($0.coordinate) }, by: new.map { BoundingBox($0.coordinate) })
  }

  mutating func invalidate() {
    photos.invalidate()
    targets.invalidate()
  }

  /// Only to be called when a row has changed: it sets the time of the last change.
  mutating func store(_ connection: Connection) throws(SQLiteError) {
    // The folders know the photos' extent.
    try photos.store(
      "'photos', 'photos_named', 'folders', 'tracks'",
      recount: """
        SELECT min(iif(min_x > max_x, -180, min_x)) AS min_x, min(min_y) AS min_y,
          max(iif(min_x > max_x, 180, max_x)) AS max_x, max(max_y) AS max_y
        FROM folders
        """, connection)
    guard targets.hasChanged else { return }
    try targets.store(
      "'targets'",
      recount: """
        SELECT min(lon) AS min_x, min(lat) AS min_y, max(lon) AS max_x, max(lat) AS max_y
        FROM targets
        """, connection)
  }

  static func touchSites(_ connection: Connection) throws(SQLiteError) {
    try connection.cached(
      """
      UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
      WHERE table_name = 'site'
      """
    ).run()
  }
}

/// Bounding box of a layer: recomputed only when a row on its edge is removed.
private struct Extent {
  private var box: BoundingBox?
  private var isStale = false
  private(set) var hasChanged = false

  init(of table: String, _ connection: Connection) throws(SQLiteError) {
    let row = try connection.cached(
      "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?")
    row.bind(table)
    _ = try row.step()
    box = row.box()
    row.reset()
  }

  mutating func replace(_ old: BoundingBox?, by new: BoundingBox?) {
    if old == new { return }
    hasChanged = true
    if let old, let whole = box {
      let touches =
        old.west <= whole.west || old.south <= whole.south || old.east >= whole.east
        || old.north >= whole.north
      let covered = new.map { $0.union(old) == $0 } ?? false
      if touches && !covered { isStale = true }
    }
    if let new { box = box?.union(new) ?? new }
  }

  mutating func invalidate() {
    isStale = true
    hasChanged = true
  }

  /// - Parameters:
  ///   - tables: as SQL writes a list of them.
  ///   - recount: the SQL that knows the extent.
  mutating func store(
    _ tables: String, recount: String, _ connection: Connection
  ) throws(SQLiteError) {
    if isStale {
      let range = try connection.cached(recount)
      _ = try range.step()
      box = range.box()
      range.reset()
      isStale = false
    }
    let update = try connection.cached(
      """
      UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?,
        last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
      WHERE table_name IN (\(tables))
      """)
    update.bind(box?.west, box?.south, box?.east, box?.north)
    try update.run()
  }
}
