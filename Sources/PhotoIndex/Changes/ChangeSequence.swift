import Platform
import PhotoModel
import SQLite

/// Gives the numbers of `photos.seq` and `tombstone.seq`, which are one sequence over all sites. Lives for one
/// transaction.
struct ChangeSequence {
  private let connection: Connection
  /// Those of this transaction; nil until one is given.
  private(set) var given: ClosedRange<Int64>?

  init(_ connection: Connection) { self.connection = connection }

  mutating func next() throws -> Int64 {
    if let given {
      guard given.upperBound < .max else { throw Self.exhausted }
      let next = given.upperBound + 1
      self.given = given.lowerBound...next
      return next
    }
    let last = try Self.last(connection)
    guard last < .max else { throw Self.exhausted }
    given = (last + 1)...(last + 1)
    return last + 1
  }

  /// The highest number that was ever given.
  static func last(_ connection: Connection) throws(SQLiteError) -> Int64 {
    // Each part is the end of an index. Whatever prunes tombstones keeps the highest pruned number.
    let row = try connection.cached(
      """
      SELECT max(0, coalesce((SELECT max(seq) FROM photos), 0),
        coalesce((SELECT max(seq) FROM tombstone), 0),
        coalesce((SELECT max(tombstones_since) FROM index_state), 0)) AS last
      """)
    defer { row.reset() }
    _ = try row.step()
    return row.integer("last")
  }

  private static let exhausted = IndexError(
    .damaged, "the index has no sequence number left",
    advice: "move the file away and sync again")
}

/// Random names of 128 bits.
enum RandomToken {
  static func make() -> String {
    (0..<4).map { _ in
      let text = String(UInt32.random(in: 0...UInt32.max), radix: 16)
      return String(repeating: "0", count: 8 - text.count) + text
    }.joined()
  }
}

/// Table `tombstone`.
enum Tombstones {
  /// Call it before the row goes.
  static func add(_ fid: Int64, seq: Int64, _ connection: Connection) throws(SQLiteError) {
    let insert = try connection.cached(
      """
      INSERT INTO tombstone (seq, site_id, site, fid, folder, file, removed_at)
      SELECT ?, s.id, s.name, p.fid, f.path, p.file, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
      FROM photos p CROSS JOIN folders f ON f.id = p.folder_id CROSS JOIN site s ON s.id = f.site_id
      WHERE p.fid = ?
      """)
    insert.bind(seq, fid)
    try insert.run()
  }

  /// One for all photos of the site.
  static func add(
    site: SiteRecord, seq: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let insert = try connection.cached(
      """
      INSERT INTO tombstone (seq, site_id, site, removed_at)
      VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
      """)
    insert.bind(seq, site.id, site.name)
    try insert.run()
  }
}

/// Table `photo_move`. A row whose place stays the same is a mark of the deletion guard, or its end: the photo's row got a number,
/// though it says the same otherwise.
enum PhotoMoves {
  /// Where a photo is now, and the number of its row; nil when there is none.
  struct Place {
    var folder: String
    var file: String
    var seq: Int64
  }

  static func place(of fid: Int64, _ connection: Connection) throws(SQLiteError) -> Place? {
    let row = try connection.cached(
      """
      SELECT f.path AS folder, p.file AS file, p.seq AS seq
      FROM photos p CROSS JOIN folders f ON f.id = p.folder_id WHERE p.fid = ?
      """)
    row.bind(fid)
    defer { row.reset() }
    guard try row.step() else { return nil }
    return Place(folder: row.text("folder"), file: row.text("file"), seq: row.integer("seq"))
  }

  static func add(
    _ fid: Int64, from place: Place, seq: Int64, _ connection: Connection
  ) throws(SQLiteError) {
    let insert = try connection.cached(
      "INSERT INTO photo_move (seq, fid, folder, file, row_seq) VALUES (?, ?, ?, ?, ?)")
    insert.bind(seq, fid, place.folder, place.file, place.seq)
    try insert.run()
  }
}

/// Table `change_batch`.
enum WrittenBatch {
  /// Call it once per transaction, after its changes.
  static func add(
    upTo seq: Int64, run: Int64?, _ connection: Connection
  ) throws(SQLiteError) {
    let lastFid = try LastID.photos.next(connection).map { $0 - 1 } ?? .max
    let insert = try connection.cached(
      """
      INSERT OR REPLACE INTO change_batch (last_seq, run_id, last_fid, written_at)
      VALUES (?, ?, ?, ?)
      """)
    insert.bind(seq, run, lastFid, Timestamp.text(SystemClock.wallMilliseconds()) ?? "")
    try insert.run()
  }
}

extension IndexWriter {
  /// Forgets tombstones, and former places of moved photos, up to `seq`. Who has read the changes up to an older number must then compare everything:
  /// ``ChangeState/tombstonesSince`` tells.
  public func pruneTombstones(upTo seq: Int64) throws(IndexError) {
    try write {
      let end = min(seq, try ChangeSequence.last(connection))
      for table in ["tombstone", "photo_move"] {
        let delete = try connection.prepare("DELETE FROM \(table) WHERE seq <= ?")
        delete.bind(end)
        try delete.run()
      }
      let note = try connection.prepare(
        "UPDATE index_state SET tombstones_since = ?1 WHERE tombstones_since < ?1")
      note.bind(end)
      try note.run()
    }
  }
}
