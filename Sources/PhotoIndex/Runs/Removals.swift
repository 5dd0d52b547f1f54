import SQLite

/// Input of the deletion guard: how many rows a site has, and how many were removed lately.
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
          "SELECT \(Self.sum("photo_count")) AS photos FROM folders WHERE site_id = ?")
        rows.bind(site)
        _ = try rows.step()
        let past = try connection.prepare(
          """
          SELECT photo_count, removed FROM removal
          WHERE site_id = ? AND at > ? AND at < ?
          """)
        past.bind(site, now - RemovalHistory.span, now + RemovalHistory.span)
        var history = RemovalHistory(
          rows: rows.count("photos"), kept: try KeptRows.count(site: site, connection))
        while try past.step() {
          history.mostRows = max(history.mostRows, past.count("photo_count"))
          history.removed = min(history.removed + past.count("removed"), Int(Statement.mostCounted))
        }
        return history
      }
    }
  }
}

/// Table `removal`: what syncs removed, written in the transaction that deletes the rows, so that a sync that is killed
/// half way is counted for exactly what it did.
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
      insert.bind(site, removal.time, removal.rows, count)
      try insert.run()
    }
  }

  /// - Parameter time: milliseconds since 1970 UTC.
  static func forget(
    site: Int64, until time: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let delete = try connection.cached("DELETE FROM removal WHERE site_id = ? AND at <= ?")
    delete.bind(site, time)
    try delete.run()
  }
}

extension IndexWriter {
  /// The user has confirmed the removals: the guard counts from 0 again.
  public func forgetRemovals(site: Int64) throws(IndexError) {
    try write { try Removals.forget(site: site, until: .max, connection) }
  }
}
