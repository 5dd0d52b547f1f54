import PhotoModel
import SQLite

/// Table `sidecars`: the sidecar files that the rows of photos were made with.
enum Sidecars {
  /// Columns of table `sidecars s`, under names that no other table of the SELECT has.
  static let selection = "s.file AS sidecar_file, s.size AS sidecar_size, s.mtime AS sidecar_mtime"

  /// Reads ``selection``; nil when the photo has no sidecar.
  static func file(_ row: Statement) -> ListedFile? {
    guard let name = row.optionalText("sidecar_file") else { return nil }
    return ListedFile(
      name: PathBytes(text: name), size: row.optionalInteger("sidecar_size"),
      mtime: row.optionalInteger("sidecar_mtime"))
  }

  static func of(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> ListedFile? {
    let row = try connection.cached("SELECT \(selection) FROM sidecars s WHERE s.fid = ?")
    row.bind(fid)
    defer { row.reset() }
    return try row.step() ? file(row) : nil
  }

  /// Puts `new` in the place of `old`.
  static func store(
    _ new: ListedFile?, instead old: ListedFile?, of fid: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    if new == old { return }
    if old != nil {
      let delete = try connection.cached("DELETE FROM sidecars WHERE fid = ?")
      delete.bind(fid)
      try delete.run()
    }
    guard let new else { return }
    let insert = try connection.cached(
      "INSERT INTO sidecars (fid, file, size, mtime) VALUES (?, ?, ?, ?)")
    insert.bind(fid, new.name.text, new.size, new.mtime)
    try insert.run()
  }

  /// Most indexes have none, and then no photo is looked up.
  static func add(
    to photos: inout [KnownPhoto], of folder: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let any = try connection.cached("SELECT EXISTS (SELECT 1 FROM sidecars) AS has_any")
    _ = try any.step()
    let hasAny = any.integer("has_any") != 0
    any.reset()
    if !hasAny { return }
    let rows = try connection.cached(
      """
      SELECT p.fid AS fid, \(selection)
      FROM photos p CROSS JOIN sidecars s ON s.fid = p.fid WHERE p.folder_id = ?
      """)
    rows.bind(folder)
    var found: [Int64: ListedFile] = [:]
    while try rows.step() { found[rows.integer("fid")] = file(rows) }
    rows.reset()
    if found.isEmpty { return }
    for index in photos.indices { photos[index].sidecar = found[photos[index].fid] }
  }
}
