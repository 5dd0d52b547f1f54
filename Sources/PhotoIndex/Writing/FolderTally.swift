import PhotoModel
import SQLite

/// Counters and extent of one folder row while a transaction changes its photos.
struct FolderTally {
  let id: Int64
  var located = 0
  var withoutPosition = 0
  var failed = 0
  /// Exact, plain minima and maxima: west ≤ east always.
  var extent: BoundingBox?
  /// A position on the edge of ``extent`` went away: only the rows know the new one.
  var extentIsStale = false
  private let stored: Stored

  private struct Stored: Equatable {
    var located: Int
    var withoutPosition: Int
    var failed: Int
    var extent: BoundingBox?
  }

  var photos: Int { located + withoutPosition + failed }

  /// - Returns: nil when there is no such folder.
  init?(id: Int64, connection: Connection) throws(SQLiteError) {
    let row = try connection.cached(
      """
      SELECT located_count, without_position_count, failed_count, min_x, min_y, max_x, max_y
      FROM folders WHERE id = ?
      """)
    row.bind(id, at: 1)
    guard try row.step() else { return nil }
    self.id = id
    located = row.count(0)
    withoutPosition = row.count(1)
    failed = row.count(2)
    extent = row.box(at: 3)
    stored = Stored(
      located: located, withoutPosition: withoutPosition, failed: failed, extent: extent)
    row.reset()
  }

  mutating func add(_ photo: Standing) {
    switch photo.status {
    case PhotoColumns.Status.located:
      located += 1
      if let position = photo.position {
        extent = extent?.union(position) ?? BoundingBox(position)
      }
    case PhotoColumns.Status.withoutPosition: withoutPosition += 1
    default: failed += 1
    }
  }

  mutating func remove(_ photo: Standing) {
    switch photo.status {
    case PhotoColumns.Status.located:
      located -= 1
      if let position = photo.position, let extent, extent.hasOnEdge(position) {
        extentIsStale = true
      }
    case PhotoColumns.Status.withoutPosition: withoutPosition -= 1
    default: failed -= 1
    }
  }

  /// Writes what differs from the stored row.
  /// - Returns: the extents before and after.
  mutating func store(_ connection: Connection) throws(SQLiteError) -> (
    old: BoundingBox?, new: BoundingBox?
  ) {
    if extentIsStale {
      let range = try connection.cached(
        """
        SELECT min(lon), min(lat), max(lon), max(lat) FROM photos
        WHERE folder_id = ? AND status = 0
        """)
      range.bind(id, at: 1)
      _ = try range.step()
      extent = range.box(at: 0)
      extentIsStale = false
      range.reset()
    }
    let now = Stored(
      located: located, withoutPosition: withoutPosition, failed: failed, extent: extent)
    if now == stored { return (stored.extent, extent) }
    // The geometry only when it changes: it fires the R*Tree triggers.
    let moved = now.extent != stored.extent
    let update = try connection.cached(
      """
      UPDATE folders SET photo_count = ?, located_count = ?, without_position_count = ?,
        failed_count = ?\(moved ? ", min_x = ?, min_y = ?, max_x = ?, max_y = ?, geom = ?" : "")
      WHERE id = ?
      """)
    update.bind(photos, at: 1)
    update.bind(located, at: 2)
    update.bind(withoutPosition, at: 3)
    update.bind(failed, at: 4)
    if moved {
      update.bind(extent?.west, at: 5)
      update.bind(extent?.south, at: 6)
      update.bind(extent?.east, at: 7)
      update.bind(extent?.north, at: 8)
      update.bind(extent.map(GeometryBlob.rectangle), at: 9)
    }
    update.bind(id, at: moved ? 10 : 5)
    try update.run()
    return (stored.extent, extent)
  }
}

/// Where a stored photo counts.
struct Standing: Equatable {
  var folder: Int64
  var status: Int64
  var position: Coordinate?
}

extension BoundingBox {
  init(_ c: Coordinate) {
    self.init(west: c.longitude, south: c.latitude, east: c.longitude, north: c.latitude)
  }

  func union(_ c: Coordinate) -> BoundingBox { union(BoundingBox(c)) }

  func union(_ other: BoundingBox) -> BoundingBox {
    BoundingBox(
      west: min(west, other.west), south: min(south, other.south), east: max(east, other.east),
      north: max(north, other.north))
  }

  func hasOnEdge(_ c: Coordinate) -> Bool {
    c.longitude <= west || c.longitude >= east || c.latitude <= south || c.latitude >= north
  }
}

extension Statement {
  /// Four columns west, south, east, north; nil when the first is NULL.
  func box(at column: Int32) -> BoundingBox? {
    if isNull(column) { return nil }
    return BoundingBox(
      west: real(column), south: real(column + 1), east: real(column + 2), north: real(column + 3))
  }
}
