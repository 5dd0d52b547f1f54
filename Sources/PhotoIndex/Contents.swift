import PhotoModel
import SQLite

/// The rows of `gpkg_contents` for photos (table and view), folders and tracks: common extent and time of the last
/// change. (Tracks lie within that extent, too, and are drawn later.)
struct Contents {
  private var extent: BoundingBox?
  /// Something on the edge went away: only the folders know the new extent.
  private var isStale = false

  init(_ connection: Connection) throws(SQLiteError) {
    let row = try connection.cached(
      "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'photos'")
    _ = try row.step()
    extent = row.box(at: 0)
    row.reset()
  }

  mutating func replace(_ old: BoundingBox?, by new: BoundingBox?) {
    if old == new { return }
    if let old, let whole = extent {
      let touches =
        old.west <= whole.west || old.south <= whole.south || old.east >= whole.east
        || old.north >= whole.north
      let covered = new.map { $0.union(old) == $0 } ?? false
      if touches && !covered { isStale = true }
    }
    if let new { extent = extent?.union(new) ?? new }
  }

  mutating func invalidate() { isStale = true }

  /// Only to be called when a row has changed: it sets the time of the last change.
  func store(_ connection: Connection) throws(SQLiteError) {
    var extent = self.extent
    if isStale {
      let range = try connection.cached(
        "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM folders")
      _ = try range.step()
      extent = range.box(at: 0)
      range.reset()
    }
    let update = try connection.cached(
      """
      UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?,
        last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
      WHERE table_name IN ('photos', 'photos_named', 'folders', 'tracks')
      """)
    update.bind(extent?.west, at: 1)
    update.bind(extent?.south, at: 2)
    update.bind(extent?.east, at: 3)
    update.bind(extent?.north, at: 4)
    try update.run()
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
