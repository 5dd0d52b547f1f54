import PhotoModel
import SQLite

/// Counters and extent of one folder row while a transaction changes its photos.
struct FolderTally {
  let id: Int64
  var located = 0
  var withoutPosition = 0
  var failed = 0
  /// Exact; crosses 180° where that is narrower (``Extent``).
  var extent: BoundingBox?
  /// A position on the edge of ``extent`` went away, or the way around the other side may have become the narrower one: only
  /// the rows know the new extent.
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
    row.bind(id)
    guard try row.step() else { return nil }
    self.id = id
    located = row.count("located_count")
    withoutPosition = row.count("without_position_count")
    failed = row.count("failed_count")
    extent = row.box()
    stored = Stored(
      located: located, withoutPosition: withoutPosition, failed: failed, extent: extent)
    row.reset()
  }

  mutating func add(_ photo: CountedPhoto) {
    switch photo.status {
    case PhotoStatus.located:
      located += 1
      if let position = photo.position {
        var wider = Extent()
        if let extent { wider.add(extent) }
        wider.add(position)
        extent = wider.box
        checkWidth()
      }
    case PhotoStatus.withoutPosition: withoutPosition += 1
    default: failed += 1
    }
  }

  mutating func remove(_ photo: CountedPhoto) {
    switch photo.status {
    case PhotoStatus.located:
      located -= 1
      if let position = photo.position, let extent, extent.hasOnEdge(position) {
        extentIsStale = true
      }
      checkWidth()
    case PhotoStatus.withoutPosition: withoutPosition -= 1
    default: failed -= 1
    }
  }

  /// The ways around both sides are 360° together, or more where they overlap. Hence the narrower one stays the narrower one
  /// while it is below 180°.
  private mutating func checkWidth() {
    if let extent, extent.width >= 180 { extentIsStale = true }
  }

  /// Writes what differs from the stored row.
  /// - Returns: the extents before and after.
  mutating func store(_ connection: Connection) throws(SQLiteError) -> (
    old: BoundingBox?, new: BoundingBox?
  ) {
    if extentIsStale {
      let range = try connection.cached(
        "SELECT \(ExtentColumns.aggregate) FROM photos WHERE folder_id = ? AND status = 0")
      range.bind(id)
      _ = try range.step()
      extent = range.extent()
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
    let geometry = extent.map(GeometryBlob.multiPolygon)
    if moved {
      update.bind(
        photos, located, withoutPosition, failed, extent?.west, extent?.south, extent?.east,
        extent?.north, geometry, id)
    } else {
      update.bind(photos, located, withoutPosition, failed, id)
    }
    try update.run()
    if moved, !connection.firesTriggers { try RTrees.replace(folder: id, geometry, connection) }
    return (stored.extent, extent)
  }
}

/// What the counters and the extent of a folder need of a stored photo.
struct CountedPhoto: Equatable {
  var folder: Int64
  var status: Int64
  var position: Coordinate?
}

/// The columns of a box, found once.
struct BoxColumns {
  let west: Statement.Column
  let south: Statement.Column
  let east: Statement.Column
  let north: Statement.Column
}

extension Statement {
  /// `min_x, min_y, max_x, max_y` of the result.
  var boxColumns: BoxColumns {
    BoxColumns(
      west: column("min_x"), south: column("min_y"), east: column("max_x"), north: column("max_y"))
  }

  /// West, south, east, north of ``boxColumns``; nil when the first is NULL.
  func box(_ columns: BoxColumns) -> BoundingBox? {
    if isNull(columns.west) { return nil }
    return BoundingBox(
      west: real(columns.west), south: real(columns.south), east: real(columns.east),
      north: real(columns.north))
  }

  func box() -> BoundingBox? { box(boxColumns) }

  /// Of ``ExtentColumns/aggregate``; nil without rows.
  func extent() -> BoundingBox? {
    func range(_ low: String, _ high: String) -> ClosedRange<Double>? {
      guard let low = optionalReal(column(low)), let high = optionalReal(column(high)), low <= high
      else { return nil }
      return low...high
    }
    if isNull(column("min_lat")) { return nil }
    return Extent(
      south: real(column("min_lat")), north: real(column("max_lat")),
      western: range("west_min", "west_max"), eastern: range("east_min", "east_max")
    ).box
  }
}

/// The extent of photos in SQL.
enum ExtentColumns {
  static let aggregate = """
    min(lat) AS min_lat, max(lat) AS max_lat,
    min(lon) FILTER (WHERE lon < 0) AS west_min, max(lon) FILTER (WHERE lon < 0) AS west_max,
    min(lon) FILTER (WHERE lon >= 0) AS east_min, max(lon) FILTER (WHERE lon >= 0) AS east_max
    """
}
