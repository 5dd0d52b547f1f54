import PhotoModel
import SQLite

/// The R*Trees of new photos and their folders, filled without GeoPackage's triggers.
///
/// A trigger runs as a statement within the INSERT. SQLite then keeps a journal for each row, calls five functions that read
/// the geometry again, and searches the tree for each point: together half of what a row costs. One transaction with the rows
/// and ``PackedRTree`` leaves an index of the same answers. The triggers stay in the file for all other statements and
/// writers.
struct RTrees {
  /// Where the connection fires triggers, fewer new photos cost less with them than a change of
  /// ``Connection/firesTriggers``; and they would make many small leaves.
  static let fewest = 200

  private let connection: Connection

  /// - Returns: nil where the INSERT of a photo must fire its triggers: there are others than those of the R*Tree, or
  ///   the R*Tree is not there as this program makes it.
  init?(_ connection: Connection) throws(SQLiteError) {
    let row = try connection.cached(
      """
      SELECT count(*) FILTER (WHERE name = 'rtree_photos_geom_insert') = 1
          AND count(*) FILTER (WHERE type = 'trigger' AND name NOT GLOB 'rtree_photos_geom_*') = 0
          AND count(*) FILTER (WHERE name = 'rtree_photos_geom') = 1 AS is_own
      FROM sqlite_schema
      WHERE type = 'trigger' AND tbl_name = 'photos' OR name = 'rtree_photos_geom'
      """)
    _ = try row.step()
    let isOwn = row.integer("is_own") != 0
    row.reset()
    guard isOwn else { return nil }
    self.connection = connection
  }

  /// - Parameter photos: with the positions that the geometries of their rows have.
  func insert(_ photos: [(id: Int64, position: Coordinate)]) throws(SQLiteError) {
    if photos.count >= Self.fewest, try pack(photos) { return }
    let insertion = try connection.cached(
      """
      INSERT OR REPLACE INTO rtree_photos_geom (id, minx, maxx, miny, maxy) VALUES (?, ?, ?, ?, ?)
      """)
    for (id, position) in photos {
      insertion.bind(
        id, position.longitude, position.longitude, position.latitude, position.latitude)
      try insertion.run()
    }
  }

  private func pack(
    _ photos: [(id: Int64, position: Coordinate)]
  ) throws(SQLiteError) -> Bool {
    connection.protectsShadowTables = false
    guard var tree = try PackedRTree("rtree_photos_geom", connection) else { return false }
    return try tree.insert(photos)
  }

  /// What the triggers of an UPDATE of the folder's geometry do.
  static func replace(
    folder: Int64, _ geometry: [UInt8]?, _ connection: Connection
  ) throws(SQLiteError) {
    guard let box = geometry.flatMap(GeometryBlob.extent) else {
      let delete = try connection.cached("DELETE FROM rtree_folders_geom WHERE id = ?")
      delete.bind(folder)
      return try delete.run()
    }
    let insert = try connection.cached(
      """
      INSERT OR REPLACE INTO rtree_folders_geom (id, minx, maxx, miny, maxy) VALUES (?, ?, ?, ?, ?)
      """)
    insert.bind(folder, box.west, box.east, box.south, box.north)
    try insert.run()
  }
}
