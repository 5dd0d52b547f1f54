import PhotoModel
import SQLite

/// Table `kept`: rows whose files are gone and that the deletion guard keeps. Such a row has the flag `file-gone`, so
/// that outputs and filters show it.
enum KeptRows {
  static func contains(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> Bool {
    let row = try connection.cached("SELECT 1 FROM kept WHERE fid = ?")
    row.bind(fid)
    defer { row.reset() }
    return try row.step()
  }

  /// ISO 8601, UTC; nil for a row that is not kept.
  static func since(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> String? {
    let row = try connection.cached("SELECT since FROM kept WHERE fid = ?")
    row.bind(fid)
    defer { row.reset() }
    return try row.step() ? row.text("since") : nil
  }

  /// - Returns: whether the row has changed.
  static func add(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> Bool {
    guard try !contains(fid, connection), try setFlag(true, fid, connection) else { return false }
    try mark(fid, connection)
    return true
  }

  /// A row that carries the flag already.
  static func mark(_ fid: Int64, _ connection: Connection) throws(SQLiteError) {
    let insert = try connection.cached(
      "INSERT INTO kept (fid, since) VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))")
    insert.bind(fid)
    try insert.run()
  }

  /// Without effect on a row that is not kept.
  /// - Returns: whether the row has changed.
  static func remove(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> Bool {
    guard try contains(fid, connection) else { return false }
    _ = try setFlag(false, fid, connection)
    let delete = try connection.cached("DELETE FROM kept WHERE fid = ?")
    delete.bind(fid)
    try delete.run()
    return true
  }

  /// Mostly nothing is kept, and then no photo is looked up.
  static func add(
    to photos: inout [KnownPhoto], of folder: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let any = try connection.cached("SELECT EXISTS (SELECT 1 FROM kept) AS has_any")
    _ = try any.step()
    let hasAny = any.integer("has_any") != 0
    any.reset()
    if !hasAny { return }
    let rows = try connection.cached(
      "SELECT p.fid AS fid FROM photos p CROSS JOIN kept k ON k.fid = p.fid WHERE p.folder_id = ?")
    rows.bind(folder)
    defer { rows.reset() }
    var found: Set<Int64> = []
    while try rows.step() { found.insert(rows.integer("fid")) }
    if found.isEmpty { return }
    for index in photos.indices { photos[index].isKept = found.contains(photos[index].fid) }
  }

  /// Of one site.
  static func count(site: Int64, _ connection: Connection) throws(SQLiteError) -> Int {
    let row = try connection.cached(
      """
      SELECT count(*) AS photos FROM kept k CROSS JOIN photos p ON p.fid = k.fid
      CROSS JOIN folders f ON f.id = p.folder_id WHERE f.site_id = ?
      """)
    row.bind(site)
    defer { row.reset() }
    _ = try row.step()
    return row.count("photos")
  }

  /// - Returns: false when there is no such photo.
  private static func setFlag(
    _ isGone: Bool, _ fid: Int64, _ connection: Connection
  ) throws(SQLiteError) -> Bool {
    let row = try connection.cached("SELECT flag_bits FROM photos WHERE fid = ?")
    row.bind(fid)
    guard try row.step() else { return false }
    var flags = PhotoFlags(rawValue: UInt32(truncatingIfNeeded: row.integer("flag_bits")))
    row.reset()
    if isGone { flags.insert(.fileGone) } else { flags.remove(.fileGone) }
    let update = try connection.cached(
      "UPDATE photos SET flag_bits = ?, flags = ? WHERE fid = ?")
    update.bind(Int64(flags.rawValue), flags.isEmpty ? nil : flags.text, fid)
    try update.run()
    return true
  }
}
