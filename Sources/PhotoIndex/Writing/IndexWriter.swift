import PhotoModel
import SQLite

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The writing connection to an index. Every method is one transaction, or none when nothing differs from what is
/// stored: an unchanged re-scan writes no byte. Not `Sendable`: one task owns it.
///
/// Other processes may read meanwhile; of several writers each waits up to 5 s for the others.
public final class IndexWriter {
  /// Absolute, links resolved.
  public let path: String
  let connection: Connection
  private var hasWritten = false
  /// The sync that changes belong to.
  var run: ChangeRun?

  /// Opens the index and brings it to the newest schema; makes file (0600) and folder (0700) when
  /// there is none.
  ///
  /// - Throws: .foreign, .newerSchema and .unreleasedSchema, the file untouched; .busy, .permission, .diskFull, .io.
  public convenience init(path: String) throws(IndexError) {
    try self.init(path: path, migrator: Migrator())
  }

  init(path: String, migrator: Migrator) throws(IndexError) {
    let upgraded: Bool
    (connection, upgraded) = try guarded(path) {
      try IndexFile.openForWriting(path, migrator: migrator)
    }
    // Both names of a linked index must lead to the same lease.
    if let resolved = realpath(path, nil) {
      self.path = String(cString: resolved)
      free(resolved)
    } else {
      self.path = path
    }
    try drawTracks(onlyAfter: upgraded)
  }

  /// SQLite copies the log when the last connection closes; it does not when that connection is a reader.
  deinit { try? copyLog() }

  /// From here on every commit waits until the disk has it (`PRAGMA synchronous = FULL`). Without, a
  /// power failure may cost the last commits, which the next sync makes again, and never more.
  public func waitForDisk() throws(IndexError) {
    try guarded(path) { try connection.execute("PRAGMA synchronous = FULL") }
  }

  /// Reads through this same connection. Not for use inside its own callbacks while writing.
  public var reader: IndexReader { IndexReader(connection: connection, path: path) }

  // MARK: Photos

  /// All changes of (a part of) one folder, in one transaction.
  public func apply(_ changes: FolderChanges) throws(IndexError) { try apply([changes]) }

  /// All changes in one transaction: rows, counters, extents, rectangles, table of contents.
  ///
  /// Deletes come first, then moves, updates and inserts, whatever the order of the folders; folders may exchange their
  /// photos. A fid that has vanished meanwhile is inserted anew (update) or skipped (delete, move).
  public func apply(_ batch: [FolderChanges]) throws(IndexError) {
    if batch.allSatisfy(\.isEmpty) { return }
    run = try write(firesTriggers: nil) {
      var changes = ChangeBatch(connection)
      try changes.apply(batch)
      guard let given = changes.sequence.given else { return run }
      let noted = try run?.noting(given, connection)
      try WrittenBatch.add(upTo: given.upperBound, run: noted?.id, connection)
      return noted
    }
  }

  /// Brings the file into its final form: draws the tracks that are out of date, copies the
  /// write-ahead log into the file as far as readers allow, and empties it when nobody reads.
  /// Without effect when this writer wrote nothing.
  public func checkpoint() throws(IndexError) {
    if !hasWritten { return }
    try drawTracks()
    try copyLog()
  }

  /// Draws all tracks that are out of date, in several transactions.
  func drawTracks(onlyAfter isNeeded: Bool = true) throws(IndexError) {
    guard isNeeded else { return }
    try guarded(path) {
      // First without the write lock: mostly there is nothing to draw.
      let stale = try connection.cached(
        "SELECT EXISTS (SELECT 1 FROM folders WHERE track_stale) AS is_stale")
      _ = try stale.step()
      let isStale = stale.integer("is_stale") != 0
      stale.reset()
      guard isStale else { return }
      while try write({ try Tracks(connection).drawSome() }) {}
    }
  }

  /// Without waiting for readers.
  private func copyLog() throws(IndexError) {
    if !hasWritten { return }
    try guarded(path) {
      connection.setBusyTimeout(milliseconds: 0)
      defer { connection.setBusyTimeout(milliseconds: IndexFile.busyTimeout) }
      do {
        try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
      } catch let error as SQLiteError where error.kind == .busy {}
    }
  }

  /// One transaction; remembers whether it changed a row.
  ///
  /// - Parameter firesTriggers: nil where the body sets ``Connection/firesTriggers`` itself.
  func write<R>(
    firesTriggers: Bool? = true, _ body: () throws -> R
  ) throws(IndexError) -> R {
    if let firesTriggers {
      connection.firesTriggers = firesTriggers
      connection.protectsShadowTables = true
    }
    return try guarded(path) {
      let before = connection.totalChanges
      let result = try connection.transaction(.immediate, body)
      if connection.totalChanges != before { hasWritten = true }
      return result
    }
  }
}
