public import PhotoModel
import SQLite

/// Where the sequence of changes stands.
public struct ChangeState: Sendable, Equatable {
  /// Random, 128 bits in hexadecimal digits; a copy made by ``IndexReader/snapshot(to:)`` has another one.
  public var identity: String
  /// The highest number that was given; 0 in an empty index.
  public var lastSeq: Int64
  /// Tombstones with a higher number are complete. Who has read up to a lower one must compare everything.
  public var tombstonesSince: Int64
}

/// A photo whose row came or changed.
public struct ChangedPhoto: Sendable, Equatable {
  public var seq: Int64
  /// Seconds since 1970 UTC, by the clock of the machine that synced.
  public var firstSeenAt: Int64
  public var siteID: Int64
  public var row: PhotoRow
}

/// A photo whose row is gone, or a site with all its photos.
public struct Tombstone: Sendable, Equatable {
  public var seq: Int64
  public var siteID: Int64
  /// The site's name then.
  public var site: String
  /// Nil: the whole site.
  public var photo: Photo?
  /// Milliseconds since 1970 UTC; nil when the index holds no time there.
  public var removedAt: Int64?

  public struct Photo: Sendable, Equatable {
    public var id: Int64
    public var folder: String
    public var file: String
  }
}

/// A sync that changed what rows say.
public struct SyncRunRecord: Sendable, Equatable {
  public var id: Int64
  public var siteID: Int64
  public var site: String
  /// Random, 128 bits in hexadecimal digits.
  public var token: String
  /// Milliseconds since 1970 UTC.
  public var startedAt: Int64?
  public var finishedAt: Int64?
  /// Nil: under way, or killed.
  public var outcome: SyncOutcome?
  public var firstSeq: Int64
  public var lastSeq: Int64
  /// Those that the table has; all others are 0.
  public var counters = SyncCounters()
}

extension IndexReader {
  public func changeState() throws(IndexError) -> ChangeState {
    try guarded(path) {
      try reading {
        let row = try connection.prepare(
          "SELECT identity, tombstones_since FROM index_state WHERE id = 1")
        guard try row.step() else {
          throw IndexError(
            .damaged, "the index \(path) has no identity",
            advice: "move the file away and sync again")
        }
        return ChangeState(
          identity: row.text("identity"), lastSeq: try ChangeSequence.last(connection),
          tombstonesSince: max(0, row.integer("tombstones_since")))
      }
    }
  }

  /// Hands over the photos whose rows came or changed after `seq`, in the order of their numbers, from one state of the
  /// index and in constant memory. Each comes once, as it is now.
  ///
  /// - Parameter site: nil for all sites.
  /// - Returns: their number.
  @discardableResult
  public func changes(
    since seq: Int64, site: Int64? = nil, limit: Int = .max, each: (ChangedPhoto) throws -> Void
  ) throws -> Int {
    if limit <= 0 { return 0 }
    do {
      return try reading {
        var decoder = PhotoDecoder()
        var photo = PhotoBuffer()
        let rows = try connection.prepare(
          """
          SELECT \(decoder.selection), s.id AS site_id, s.name AS site_name, f.path AS folder_path
          FROM photos p CROSS JOIN folders f ON f.id = p.folder_id CROSS JOIN site s ON s.id = f.site_id
          WHERE p.seq > ?1 AND (?2 IS NULL OR s.id = ?2) ORDER BY p.seq LIMIT ?3
          """)
        rows.bind(seq, site, Int64(limit))
        var count = 0
        while try rows.step() {
          decoder.read(rows, into: &photo)
          photo.row.site = rows.text("site_name")
          photo.row.folder = rows.text("folder_path")
          try each(
            ChangedPhoto(
              seq: photo.seq, firstSeenAt: photo.firstSeenAt, siteID: rows.integer("site_id"),
              row: photo.row))
          count += 1
        }
        return count
      }
    } catch let error as SQLiteError {
      throw IndexError(error, path: path)
    }
  }

  /// What was removed after `seq`, in the order of the numbers.
  public func tombstones(
    since seq: Int64, site: Int64? = nil, limit: Int = .max
  ) throws(IndexError) -> [Tombstone] {
    try guarded(path) {
      let rows = try connection.prepare(
        """
        SELECT seq, site_id, site, fid, folder, file, removed_at FROM tombstone
        WHERE seq > ?1 AND (?2 IS NULL OR site_id = ?2) ORDER BY seq LIMIT ?3
        """)
      rows.bind(seq, site, Int64(max(0, limit)))
      let removedAt = rows.column("removed_at")
      var found: [Tombstone] = []
      while try rows.step() {
        found.append(
          Tombstone(
            seq: rows.integer("seq"), siteID: rows.integer("site_id"), site: rows.text("site"),
            photo: rows.optionalInteger("fid").map {
              Tombstone.Photo(id: $0, folder: rows.text("folder"), file: rows.text("file"))
            },
            removedAt: rows.withBytes(removedAt) { Timestamp.milliseconds($0) }))
      }
      return found
    }
  }

  /// Runs, the latest first.
  public func runs(site: Int64? = nil, limit: Int = .max) throws(IndexError) -> [SyncRunRecord] {
    try guarded(path) {
      let rows = try connection.prepare(
        """
        SELECT id, site_id, site, run_token, started_at, finished_at, outcome, first_seq, last_seq,
          listed, new, changed, moved, removed, kept, located, without_position, failed
        FROM sync_run WHERE ?1 IS NULL OR site_id = ?1 ORDER BY id DESC LIMIT ?2
        """)
      rows.bind(site, Int64(max(0, limit)))
      var found: [SyncRunRecord] = []
      while try rows.step() { found.append(Self.run(rows)) }
      return found
    }
  }

  /// The run whose changes `seq` is one of; nil when none is.
  public func run(of seq: Int64) throws(IndexError) -> SyncRunRecord? {
    try guarded(path) {
      // Runs of several sites may overlap: the transaction that gave the number belongs to one of them.
      let rows = try connection.prepare(
        """
        SELECT * FROM sync_run WHERE id = (
          SELECT run_id FROM change_batch WHERE last_seq >= ?1 ORDER BY last_seq LIMIT 1)
        """)
      rows.bind(seq)
      return try rows.step() ? Self.run(rows) : nil
    }
  }

  static func run(_ rows: Statement) -> SyncRunRecord {
    func time(_ name: String) -> Int64? {
      rows.withBytes(rows.column(name)) { Timestamp.milliseconds($0) }
    }
    var run = SyncRunRecord(
      id: rows.integer("id"), siteID: rows.integer("site_id"), site: rows.text("site"),
      token: rows.text("run_token"), startedAt: time("started_at"),
      finishedAt: time("finished_at"), outcome: SyncOutcome(rawValue: rows.text("outcome")),
      firstSeq: rows.integer("first_seq"), lastSeq: rows.integer("last_seq"))
    run.counters.listed = rows.count("listed")
    run.counters.new = rows.count("new")
    run.counters.changed = rows.count("changed")
    run.counters.moved = rows.count("moved")
    run.counters.removed = rows.count("removed")
    run.counters.kept = rows.count("kept")
    run.counters.located = rows.count("located")
    run.counters.withoutPosition = rows.count("without_position")
    run.counters.failed = rows.count("failed")
    return run
  }
}
