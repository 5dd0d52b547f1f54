import SQLite

/// Numbers of photos and sites are never given again: table `last_id` remembers the highest one of the rows that are
/// gone, since SQLite would give a plain rowid anew.
enum LastID: String {
  case photos
  case site

  private var column: String {
    switch self {
    case .photos: "fid"
    case .site: "id"
    }
  }

  /// The number for a new row; nil when none is left above the highest (SQLite then finds a free one).
  func next(_ connection: Connection) throws(SQLiteError) -> Int64? {
    let row = try connection.cached(
      """
      SELECT max((SELECT coalesce(max(\(column)), 0) FROM \(rawValue)),
        coalesce((SELECT id FROM last_id WHERE table_name = ?), 0)) AS highest
      """)
    row.bind(rawValue)
    defer { row.reset() }
    _ = try row.step()
    let (next, overflow) = row.integer("highest").addingReportingOverflow(1)
    return overflow ? nil : max(1, next)
  }

  /// Call it before rows go: the highest number of those that are there stays taken.
  func keep(_ connection: Connection) throws(SQLiteError) {
    let update = try connection.cached(
      """
      UPDATE last_id SET id = (SELECT max(\(column)) FROM \(rawValue))
      WHERE table_name = ? AND id < (SELECT max(\(column)) FROM \(rawValue))
      """)
    update.bind(rawValue)
    try update.run()
  }
}
