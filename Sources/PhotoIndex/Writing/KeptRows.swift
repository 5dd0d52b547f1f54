import PhotoModel
import SQLite

/// Table `kept`: rows whose files are gone and that the deletion guard keeps. Such a row carries the
/// flag `file-gone`, so that every output and filter shows it.
enum Kept {
  static func contains(_ fid: Int64, _ connection: Connection) throws(SQLiteError) -> Bool {
    let row = try connection.cached("SELECT 1 FROM kept WHERE fid = ?")
    row.bind(fid, at: 1)
    defer { row.reset() }
    return try row.step()
  }

  static func add(_ fid: Int64, _ connection: Connection) throws(SQLiteError) {
    guard try !contains(fid, connection), try setFlag(true, fid, connection) else { return }
    try mark(fid, connection)
  }

  /// A row that carries the flag already.
  static func mark(_ fid: Int64, _ connection: Connection) throws(SQLiteError) {
    let insert = try connection.cached(
      "INSERT INTO kept (fid, since) VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))")
    insert.bind(fid, at: 1)
    try insert.run()
  }

  /// Without effect on a row that is not kept.
  static func remove(_ fid: Int64, _ connection: Connection) throws(SQLiteError) {
    guard try contains(fid, connection) else { return }
    _ = try setFlag(false, fid, connection)
    let delete = try connection.cached("DELETE FROM kept WHERE fid = ?")
    delete.bind(fid, at: 1)
    try delete.run()
  }

  /// Mostly nothing is kept, and then no photo is looked up.
  static func add(
    to photos: inout [KnownPhoto], of folder: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let any = try connection.cached("SELECT EXISTS (SELECT 1 FROM kept)")
    _ = try any.step()
    let hasAny = any.integer(0) != 0
    any.reset()
    if !hasAny { return }
    let rows = try connection.cached(
      "SELECT p.fid FROM photos p CROSS JOIN kept k ON k.fid = p.fid WHERE p.folder_id = ?")
    rows.bind(folder, at: 1)
    defer { rows.reset() }
    var found: Set<Int64> = []
    while try rows.step() { found.insert(rows.integer(0)) }
    if found.isEmpty { return }
    for index in photos.indices { photos[index].isKept = found.contains(photos[index].fid) }
  }

  /// Of one site.
  static func count(site: Int64, _ connection: Connection) throws(SQLiteError) -> Int {
    let row = try connection.cached(
      """
      SELECT count(*) FROM kept k CROSS JOIN photos p ON p.fid = k.fid
      CROSS JOIN folders f ON f.id = p.folder_id WHERE f.site_id = ?
      """)
    row.bind(site, at: 1)
    defer { row.reset() }
    _ = try row.step()
    return row.count(0)
  }

  /// - Returns: false when there is no such photo.
  private static func setFlag(
    _ isGone: Bool, _ fid: Int64, _ connection: Connection
  ) throws(SQLiteError) -> Bool {
    let row = try connection.cached("SELECT flag_bits FROM photos WHERE fid = ?")
    row.bind(fid, at: 1)
    guard try row.step() else { return false }
    var flags = PhotoFlags(rawValue: UInt32(truncatingIfNeeded: row.integer(0)))
    row.reset()
    if isGone { flags.insert(.fileGone) } else { flags.remove(.fileGone) }
    let update = try connection.cached(
      "UPDATE photos SET flag_bits = ?, flags = ? WHERE fid = ?")
    update.bind(Int64(flags.rawValue), at: 1)
    update.bind(flags.isEmpty ? nil : flags.text, at: 2)
    update.bind(fid, at: 3)
    try update.run()
    return true
  }
}

/// What the deletion guard knows of a site: how many rows it has, and what went lately.
public struct RemovalHistory: Sendable, Equatable {
  /// Over which removals are added up, milliseconds: 24 hours.
  public static let span: Int64 = 86_400_000

  /// Rows of the site now.
  public var rows = 0
  /// Of these: kept though their files are gone.
  public var kept = 0
  /// Rows that syncs removed in the span.
  public var removed = 0
  /// The most rows the site had in the span, now included.
  public var mostRows = 0

  public init(rows: Int = 0, kept: Int = 0, removed: Int = 0, mostRows: Int? = nil) {
    self.rows = rows
    self.kept = kept
    self.removed = removed
    self.mostRows = mostRows ?? rows
  }
}

extension IndexReader {
  /// - Parameter now: milliseconds since 1970 UTC. A removal that a wrong clock dated more than a span
  ///   away, in either direction, does not count.
  public func removalHistory(site: Int64, now: Int64) throws(IndexError) -> RemovalHistory {
    try guarded(path) {
      try reading {
        let rows = try connection.prepare(
          "SELECT \(Self.sum("photo_count")) FROM folders WHERE site_id = ?")
        rows.bind(site, at: 1)
        _ = try rows.step()
        let past = try connection.prepare(
          """
          SELECT photo_count, removed FROM removal
          WHERE site_id = ? AND at > ? AND at < ?
          """)
        past.bind(site, at: 1)
        past.bind(now - RemovalHistory.span, at: 2)
        past.bind(now + RemovalHistory.span, at: 3)
        var history = RemovalHistory(
          rows: rows.count(0), kept: try Kept.count(site: site, connection))
        while try past.step() {
          history.mostRows = max(history.mostRows, past.count(0))
          history.removed = min(history.removed + past.count(1), Int(Statement.mostCounted))
        }
        return history
      }
    }
  }
}

/// Table `removal`: what syncs removed, noted in the transaction in which the rows go, so that a sync that
/// is killed half way is counted for just what it did.
enum Removals {
  static func note(_ batch: [FolderChanges], _ connection: Connection) throws(SQLiteError) {
    var sites: [Int64: (removal: FolderChanges.Removal, count: Int)] = [:]
    for changes in batch where !changes.deletes.isEmpty {
      guard let removal = changes.removal else { continue }
      sites[changes.site, default: (removal, 0)].count += changes.deletes.count
    }
    for (site, (removal, count)) in sites.sorted(by: { $0.key < $1.key }) {
      try forget(site: site, until: removal.time - RemovalHistory.span, connection)
      let insert = try connection.cached(
        "INSERT INTO removal (site_id, at, photo_count, removed) VALUES (?, ?, ?, ?)")
      insert.bind(site, at: 1)
      insert.bind(removal.time, at: 2)
      insert.bind(removal.rows, at: 3)
      insert.bind(count, at: 4)
      try insert.run()
    }
  }

  /// - Parameter time: milliseconds since 1970 UTC.
  static func forget(
    site: Int64, until time: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let delete = try connection.cached("DELETE FROM removal WHERE site_id = ? AND at <= ?")
    delete.bind(site, at: 1)
    delete.bind(time, at: 2)
    try delete.run()
  }
}

extension IndexWriter {
  /// The user said that what is gone is meant to be: the guard starts anew.
  public func forgetRemovals(site: Int64) throws(IndexError) {
    try write { try Removals.forget(site: site, until: .max, connection) }
  }
}
