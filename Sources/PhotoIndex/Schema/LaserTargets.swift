public import PhotoModel
import SQLite

/// Table `targets`: what laser range finders pointed at, for the few photos that have it.
enum Targets {
  static let columns = ["lat", "lon", "alt_m", "distance_m"]

  /// Reads ``columns``; nil when the photo has none.
  static func target(_ s: Statement, from column: Int32) -> LaserTarget? {
    guard let latitude = s.optionalReal(column), let longitude = s.optionalReal(column + 1) else {
      return nil
    }
    return LaserTarget(
      coordinate: Coordinate(latitude: latitude, longitude: longitude),
      altitude: s.optionalReal(column + 2), distance: s.optionalReal(column + 3))
  }

  static func of(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> LaserTarget? {
    let row = try connection.cached(
      "SELECT \(columns.joined(separator: ", ")) FROM targets WHERE fid = ?")
    row.bind(fid, at: 1)
    defer { row.reset() }
    return try row.step() ? target(row, from: 0) : nil
  }

  /// Puts `new` in the place of `old`.
  static func store(
    _ new: LaserTarget?, instead old: LaserTarget?, of fid: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    if new == old { return }
    if old != nil {
      let delete = try connection.cached("DELETE FROM targets WHERE fid = ?")
      delete.bind(fid, at: 1)
      try delete.run()
    }
    guard let new else { return }
    let insert = try connection.cached(
      "INSERT INTO targets (fid, geom, lat, lon, alt_m, distance_m) VALUES (?, ?, ?, ?, ?, ?)")
    insert.bind(fid, at: 1)
    insert.bind(GeometryBlob.point(new.coordinate, altitude: new.altitude), at: 2)
    insert.bind(new.coordinate.latitude, at: 3)
    insert.bind(new.coordinate.longitude, at: 4)
    insert.bind(new.altitude, at: 5)
    insert.bind(new.distance, at: 6)
    try insert.run()
  }
}

/// Table `sidecars`: the files beside photos that their rows were made with.
enum Sidecars {
  /// Reads file, size and time; nil when the first is NULL.
  static func file(_ s: Statement, from column: Int32) -> ListedFile? {
    guard let name = s.optionalText(column) else { return nil }
    return ListedFile(
      name: PathBytes(text: name), size: s.optionalInteger(column + 1),
      mtime: s.optionalInteger(column + 2))
  }

  static func of(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> ListedFile? {
    let row = try connection.cached("SELECT file, size, mtime FROM sidecars WHERE fid = ?")
    row.bind(fid, at: 1)
    defer { row.reset() }
    return try row.step() ? file(row, from: 0) : nil
  }

  /// Puts `new` in the place of `old`.
  static func store(
    _ new: ListedFile?, instead old: ListedFile?, of fid: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    if new == old { return }
    if old != nil {
      let delete = try connection.cached("DELETE FROM sidecars WHERE fid = ?")
      delete.bind(fid, at: 1)
      try delete.run()
    }
    guard let new else { return }
    let insert = try connection.cached(
      "INSERT INTO sidecars (fid, file, size, mtime) VALUES (?, ?, ?, ?)")
    insert.bind(fid, at: 1)
    insert.bind(new.name.text, at: 2)
    insert.bind(new.size, at: 3)
    insert.bind(new.mtime, at: 4)
    try insert.run()
  }

  /// Most indexes have none, and then no photo is looked up.
  static func add(
    to photos: inout [KnownPhoto], of folder: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let any = try connection.cached("SELECT EXISTS (SELECT 1 FROM sidecars)")
    _ = try any.step()
    let hasAny = any.integer(0) != 0
    any.reset()
    if !hasAny { return }
    let rows = try connection.cached(
      """
      SELECT p.fid, s.file, s.size, s.mtime FROM photos p CROSS JOIN sidecars s ON s.fid = p.fid
      WHERE p.folder_id = ?
      """)
    rows.bind(folder, at: 1)
    var found: [Int64: ListedFile] = [:]
    while try rows.step() { found[rows.integer(0)] = file(rows, from: 1) }
    rows.reset()
    if found.isEmpty { return }
    for index in photos.indices { photos[index].sidecar = found[photos[index].fid] }
  }
}

/// What a row says of itself, beside its photo.
public struct RowState: Sendable, Equatable {
  /// Of the metadata reader that made it.
  public var parserVersion: Int
  /// Size and time do not prove that the file is the one that was read.
  public var racy: Bool
  /// The file beside the photo that the row was made with.
  public var sidecar: ListedFile?
}

extension IndexReader {
  /// Nil when there is no such row.
  public func state(of fid: Int64) throws(IndexError) -> RowState? {
    try guarded(path) {
      let row = try connection.cached("SELECT parser_version, racy FROM photos WHERE fid = ?")
      row.bind(fid, at: 1)
      defer { row.reset() }
      guard try row.step() else { return nil }
      return RowState(
        parserVersion: Int(clamping: row.integer(0)), racy: row.integer(1) != 0,
        sidecar: try Sidecars.of(fid, connection))
    }
  }
}
