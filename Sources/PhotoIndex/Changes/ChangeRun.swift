import Platform
import PhotoModel
import SQLite

/// Table `sync_run`: the row of a sync comes with the first batch that changes what a photo's row says, so that each
/// sequence number belongs to a run, even when the sync is killed afterwards.
struct ChangeRun {
  let site: SiteRecord
  /// Milliseconds since 1970 UTC.
  let startedAt: Int64
  /// Of the row, once it is committed.
  var id: Int64?

  /// Notes the numbers that a transaction has given.
  /// - Returns: the run as it is once the transaction is committed.
  func noting(
    _ given: ClosedRange<Int64>, _ connection: Connection
  ) throws(SQLiteError) -> ChangeRun {
    if let id {
      let update = try connection.cached("UPDATE sync_run SET last_seq = ? WHERE id = ?")
      update.bind(given.upperBound, id)
      try update.run()
      return self
    }
    var run = self
    run.id = try Self.insert(site, startedAt, given, connection)
    return run
  }

  private static func insert(
    _ site: SiteRecord, _ startedAt: Int64, _ given: ClosedRange<Int64>, _ connection: Connection
  ) throws(SQLiteError) -> Int64 {
    let insert = try connection.cached(
      """
      INSERT INTO sync_run (site_id, site, run_token, started_at, first_seq, last_seq)
      VALUES (?, ?, ?, ?, ?, ?)
      """)
    insert.bind(
      site.id, site.name, RandomToken.make(), Timestamp.text(startedAt) ?? "", given.lowerBound,
      given.upperBound)
    try insert.run()
    return connection.lastInsertRowID
  }

  /// The removal of a site is a run of its own.
  static func removal(
    of site: SiteRecord, seq: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let id = try insert(site, SystemClock.wallMilliseconds(), seq...seq, connection)
    try finish(id, .siteRemoved, nil, connection)
    try WrittenBatch.add(upTo: seq, run: id, connection)
  }

  static func finish(
    _ id: Int64, _ outcome: SyncOutcome, _ counters: SyncCounters?, _ connection: Connection
  ) throws(SQLiteError) {
    let update = try connection.cached(
      """
      UPDATE sync_run SET finished_at = ?, outcome = ?, listed = ?, new = ?, changed = ?, moved = ?,
        removed = ?, kept = ?, located = ?, without_position = ?, failed = ? WHERE id = ?
      """)
    update.bind(
      all: [
        SQLValue(Timestamp.text(SystemClock.wallMilliseconds())), .text(outcome.rawValue),
        SQLValue(counters.map { Int64($0.listed) }), SQLValue(counters.map { Int64($0.new) }),
        SQLValue(counters.map { Int64($0.changed) }), SQLValue(counters.map { Int64($0.moved) }),
        SQLValue(counters.map { Int64($0.removed) }), SQLValue(counters.map { Int64($0.kept) }),
        SQLValue(counters.map { Int64($0.located) }),
        SQLValue(counters.map { Int64($0.withoutPosition) }),
        SQLValue(counters.map { Int64($0.failed) }), .integer(id),
      ])
    try update.run()
  }
}

/// How a run ended.
public enum SyncOutcome: String, Sendable, CaseIterable {
  case complete
  /// A part could not be listed, photos could not be read, or the deletion guard kept rows.
  case incomplete
  case cancelled
  case failed
  /// The user removed the site.
  case siteRemoved = "site-removed"
}

extension IndexWriter {
  /// From here on, changes through this writer belong to one sync of the site, which ``finishSync(site:summary:changed:)``
  /// or ``abandonRun()`` ends. Writes nothing by itself.
  public func beginRun(_ site: SiteRecord) {
    run = ChangeRun(site: site, startedAt: SystemClock.wallMilliseconds())
  }

  /// Ends a sync that failed: what it changed before stays.
  public func abandonRun() throws(IndexError) { try endRun(.failed, nil) }

  func endRun(_ outcome: SyncOutcome, _ counters: SyncCounters?) throws(IndexError) {
    defer { run = nil }
    guard let id = run?.id else { return }
    try write { try ChangeRun.finish(id, outcome, counters, connection) }
  }
}
