public import PhotoModel
import SQLite

/// What has become of one photo, or of a whole site, since a sequence number: the difference, not the way there. A photo
/// that came and went since is no entry.
public struct ChangeEntry: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case new
    /// Its row says something else, at the same place.
    case changed
    /// It lies at another place, and its row says the same otherwise.
    case moved
    case movedAndChanged = "moved-changed"
    /// Its file is gone, and the deletion guard keeps its row, which says the same otherwise.
    case kept
    /// Its file is there again; the guard had kept its row.
    case returned
    case removed
    /// The user removed the site, with all its photos.
    case siteRemoved = "site-removed"
  }

  public var kind: Kind
  /// Of the last change.
  public var seq: Int64
  /// When that was written, milliseconds since 1970 UTC by this machine's clock.
  public var time: Int64?
  /// The sync that wrote it; nil: no sync, such as the removal of a site in an index of an older gpsindex.
  public var run: SyncRunRecord?
  public var siteID: Int64
  public var site: String
  /// As it is now; nil for what is removed.
  public var row: PhotoRow?
  /// Where it is, or was when it was removed; nil for a site.
  public var photo: Tombstone.Photo?
  /// Its path below the site's root at the sequence number, if it was another one.
  public var from: String?

  /// `folder/file`, below the site's root; empty for a site.
  public var path: String { photo.map { Self.path($0.folder, $0.file) } ?? "" }

  static func path(_ folder: String, _ file: String) -> String {
    folder.isEmpty ? file : "\(folder)/\(file)"
  }
}

extension IndexReader {
  /// Hands over what has become of each photo since `seq`, in the order of the last changes, from one state of the index and
  /// in constant memory. Exact for the `seq` of any state that was ever visible: ``ChangeState/lastSeq``, the ``SyncRunRecord/lastSeq``
  /// of a run, ``seq(before:)``.
  ///
  /// - Parameter site: nil for all sites.
  /// - Returns: the number of entries.
  @discardableResult
  public func changeLog(
    since seq: Int64, site: Int64? = nil, limit: Int = .max,
    each: (ChangeEntry) throws -> Void
  ) throws -> Int {
    if limit <= 0 { return 0 }
    do {
      return try reading {
        var log = try ChangeLog(connection, since: seq, site: site)
        var count = 0
        while count < limit, let entry = try log.next() {
          try each(entry)
          count += 1
        }
        return count
      }
    } catch let error as SQLiteError {
      throw IndexError(error, path: path)
    }
  }

  /// The number of the last change that was written before `time`, milliseconds since 1970 UTC by this machine's clock; 0 when none
  /// was.
  public func seq(before time: Int64) throws(IndexError) -> Int64 {
    try guarded(path) {
      // The clock may have been set back: everything from the first later change on counts.
      let row = try connection.prepare(
        """
        SELECT coalesce(max(last_seq), 0) AS seq FROM change_batch
        WHERE last_seq < coalesce(
          (SELECT min(last_seq) FROM change_batch WHERE written_at >= ?), 9223372036854775807)
        """)
      row.bind(Timestamp.text(time) ?? (time < 0 ? "" : "~"))
      _ = try row.step()
      return row.integer("seq")
    }
  }
}

/// Two cursors, of rows and of tombstones, merged by their numbers.
private struct ChangeLog {
  private let connection: Connection
  private let since: Int64
  /// The highest fid at `since`.
  private let lastFid: Int64
  private let hasMoves: Bool
  private let rows: Statement
  private let stones: Statement
  private let batches: Statement
  private var decoder: PhotoDecoder
  private var buffer = PhotoBuffer()
  private var hasRow: Bool
  private var hasStone: Bool
  /// The transaction that the last entry belongs to.
  private var batch: (lastSeq: Int64, runID: Int64?, time: Int64?)?
  private var run: SyncRunRecord?

  init(_ connection: Connection, since: Int64, site: Int64?) throws(SQLiteError) {
    self.connection = connection
    self.since = since
    lastFid = try Self.lastFid(at: since, connection)
    hasMoves = try Self.hasMoves(since, connection)
    let decoder = PhotoDecoder()
    self.decoder = decoder
    rows = try connection.prepare(
      """
      SELECT \(decoder.selection), s.id AS site_id, s.name AS site_name, f.path AS folder_path
      FROM photos p CROSS JOIN folders f ON f.id = p.folder_id CROSS JOIN site s ON s.id = f.site_id
      WHERE p.seq > ?1 AND (?2 IS NULL OR s.id = ?2) ORDER BY p.seq
      """)
    rows.bind(since, site)
    stones = try connection.prepare(
      """
      SELECT seq, site_id, site, fid, folder, file FROM tombstone
      WHERE seq > ?1 AND (?2 IS NULL OR site_id = ?2) AND (fid IS NULL OR fid <= ?3) ORDER BY seq
      """)
    stones.bind(since, site, lastFid)
    batches = try connection.prepare(
      "SELECT last_seq, run_id, written_at FROM change_batch WHERE last_seq > ? ORDER BY last_seq")
    batches.bind(since)
    hasRow = try rows.step()
    hasStone = try stones.step()
  }

  mutating func next() throws(SQLiteError) -> ChangeEntry? {
    while hasRow || hasStone {
      if hasRow { decoder.read(rows, into: &buffer) }
      if hasRow, !hasStone || buffer.seq < stones.integer("seq") {
        let entry = try rowEntry()
        hasRow = try rows.step()
        if let entry { return try dated(entry) }
      } else {
        let entry = try stoneEntry()
        hasStone = try stones.step()
        return try dated(entry)
      }
    }
    return nil
  }

  // MARK: Entries

  /// Nil: moved away and back, or kept and returned.
  private mutating func rowEntry() throws(SQLiteError) -> ChangeEntry? {
    buffer.row.site = rows.text("site_name")
    buffer.row.folder = rows.text("folder_path")
    let row = buffer.row
    var entry = ChangeEntry(
      kind: .new, seq: buffer.seq, siteID: rows.integer("site_id"), site: row.site, row: row,
      photo: Tombstone.Photo(id: row.id, folder: row.folder, file: row.file))
    guard row.id <= lastFid else { return entry }
    let way = try way(of: row.id, at: row.path, to: buffer.seq)
    let isElsewhere = way.from.map { !$0.hasSameBytes(as: row.path) } ?? false
    if isElsewhere { entry.from = way.from }
    switch (isElsewhere, way.isChanged) {
    case (true, true): entry.kind = .movedAndChanged
    case (true, false): entry.kind = .moved
    case (false, true): entry.kind = .changed
    case (false, false):
      guard way.changesGuard else { return nil }
      entry.kind = row.record.flags.contains(.fileGone) ? .kept : .returned
    }
    return entry
  }

  private mutating func stoneEntry() throws(SQLiteError) -> ChangeEntry {
    var entry = ChangeEntry(
      kind: .siteRemoved, seq: stones.integer("seq"), siteID: stones.integer("site_id"),
      site: stones.text("site"))
    guard let fid = stones.optionalInteger("fid") else { return entry }
    entry.kind = .removed
    entry.photo = Tombstone.Photo(
      id: fid, folder: stones.text("folder"), file: stones.text("file"))
    let from = try way(of: fid, at: entry.path, to: entry.seq).from
    if let from, !from.hasSameBytes(as: entry.path) { entry.from = from }
    return entry
  }

  private struct Way {
    /// The path at `since`, if the table of moves knows the photo since then.
    var from: String?
    /// Anything but moves and the deletion guard gave the row a number.
    var isChanged = false
    /// The guard keeps the row and did not then, or the reverse.
    var changesGuard = false
  }

  /// - Parameter path: the photo's last one.
  private func way(
    of fid: Int64, at path: String, to seq: Int64
  ) throws(SQLiteError) -> Way {
    guard hasMoves else { return Way(isChanged: true) }
    let moves = try connection.cached(
      "SELECT seq, folder, file, row_seq FROM photo_move WHERE fid = ? AND seq > ? ORDER BY seq")
    moves.bind(fid, since)
    defer { moves.reset() }
    var way = Way()
    var (place, last): (String?, Int64) = (nil, since)
    func arrive(at next: String) {
      // A move that stays where it is: the guard took the row, or gave it back.
      if place?.hasSameBytes(as: next) == true { way.changesGuard.toggle() }
    }
    while try moves.step() {
      let next = ChangeEntry.path(moves.text("folder"), moves.text("file"))
      arrive(at: next)
      place = next
      if way.from == nil { way.from = next }
      if moves.integer("row_seq") > last { way.isChanged = true }
      last = moves.integer("seq")
    }
    arrive(at: path)
    if seq > last { way.isChanged = true }
    return way
  }

  // MARK: Time and run

  private mutating func dated(_ entry: ChangeEntry) throws(SQLiteError) -> ChangeEntry {
    while batch.map({ $0.lastSeq < entry.seq }) ?? true {
      guard try batches.step() else { return entry }
      let time = batches.withBytes(batches.column("written_at")) { Timestamp.milliseconds($0) }
      let id = batches.optionalInteger("run_id")
      batch = (batches.integer("last_seq"), id, time)
      if run?.id != id {
        if let id { run = try run(id) } else { run = nil }
      }
    }
    var dated = entry
    dated.time = batch?.time
    dated.run = run
    return dated
  }

  private func run(_ id: Int64) throws(SQLiteError) -> SyncRunRecord? {
    let rows = try connection.cached("SELECT * FROM sync_run WHERE id = ?")
    rows.bind(id)
    defer { rows.reset() }
    return try rows.step() ? IndexReader.run(rows) : nil
  }

  private static func lastFid(
    at seq: Int64, _ connection: Connection
  ) throws(SQLiteError) -> Int64 {
    let row = try connection.prepare(
      """
      SELECT coalesce((SELECT last_fid FROM change_batch WHERE last_seq <= ?
        ORDER BY last_seq DESC LIMIT 1), 0) AS fid
      """)
    row.bind(seq)
    _ = try row.step()
    return row.integer("fid")
  }

  private static func hasMoves(
    _ seq: Int64, _ connection: Connection
  ) throws(SQLiteError) -> Bool {
    let row = try connection.prepare(
      "SELECT EXISTS (SELECT 1 FROM photo_move WHERE seq > ?) AS has_moves")
    row.bind(seq)
    _ = try row.step()
    return row.integer("has_moves") != 0
  }
}
