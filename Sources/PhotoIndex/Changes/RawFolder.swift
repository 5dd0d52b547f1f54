import PhotoModel
import SQLite

/// A folder that has photos, as it is stored.
package struct RawFolder: Sendable {
  package var path: String
  package var photos: Int
  package var located: Int
  package var withoutPosition: Int
  package var failed: Int
  /// A MultiPolygon as WKB; nil when no photo is located.
  package var extent: [UInt8]?
  package var track: Track?

  package struct Track: Sendable {
    /// A MultiLineString as WKB.
    package var line: [UInt8]
    package var photos: Int
    /// ISO 8601 without a zone.
    package var firstTaken: String
    package var lastTaken: String
  }
}

/// Where the changes of one site stand.
package struct SiteChangeState: Sendable {
  /// The last run that changed something, or removed it; nil before the first.
  package var lastRun: SyncRunRecord?
  /// False in the middle of a sync, and after one that was killed: tracks will change without a new number.
  package var isSettled: Bool
}

extension IndexReader {
  package func changeState(of site: Int64) throws(IndexError) -> SiteChangeState {
    let last = try runs(site: site, limit: 1).first
    return try guarded(path) {
      let stale = try connection.prepare(
        "SELECT 1 AS stale FROM folders WHERE track_stale AND site_id = ? LIMIT 1")
      stale.bind(site)
      return SiteChangeState(lastRun: last, isSettled: try !stale.step())
    }
  }

  /// The run of this site whose changes `seq` is one of. Numbers of several sites interleave, runs of one site do not
  /// overlap.
  package func run(of seq: Int64, site: Int64) throws(IndexError) -> SyncRunRecord? {
    try guarded(path) {
      let rows = try connection.prepare(
        """
        SELECT * FROM sync_run WHERE site_id = ?1 AND first_seq <= ?2 AND last_seq >= ?2
        ORDER BY id DESC LIMIT 1
        """)
      rows.bind(site, seq)
      return try rows.step() ? Self.run(rows) : nil
    }
  }

  /// Folders of a site that have photos.
  ///
  /// - Parameter paths: nil for all. Unknown ones are left out.
  package func rawFolders(
    of site: Int64, paths: [String]? = nil, each: (RawFolder) throws -> Void
  ) throws {
    let list =
      """
      SELECT f.path AS path, f.photo_count AS photo_count, f.located_count AS located_count,
        f.without_position_count AS without_position_count, f.failed_count AS failed_count,
        f.min_x AS min_x, f.min_y AS min_y, f.max_x AS max_x, f.max_y AS max_y,
        t.geom AS track, t.photo_count AS track_photos, t.first_taken AS first_taken, t.last_taken AS last_taken
      FROM folders f LEFT JOIN tracks t ON t.fid = f.id WHERE f.site_id = ?1 AND f.photo_count > 0
      """
    do {
      guard let paths else {
        let rows = try connection.cached(list + " ORDER BY f.id")
        rows.bind(site)
        while try rows.step() { try each(Self.folder(rows)) }
        return rows.reset()
      }
      let rows = try connection.cached(list + " AND f.path = ?2")
      for path in paths {
        rows.reset()
        rows.bind(site, path)
        if try rows.step() { try each(Self.folder(rows)) }
      }
      rows.reset()
    } catch let error as SQLiteError {
      throw IndexError(error, path: path)
    }
  }

  private static func folder(_ rows: Statement) -> RawFolder {
    var folder = RawFolder(
      path: rows.text("path"), photos: rows.count("photo_count"),
      located: rows.count("located_count"),
      withoutPosition: rows.count("without_position_count"), failed: rows.count("failed_count"))
    folder.extent = rows.box().map { Array(GeometryBlob.multiPolygon($0).dropFirst(8 + 32)) }
    if let line = GeometryBlob.lines(rows.bytes("track")) {
      folder.track = RawFolder.Track(
        line: line, photos: rows.count("track_photos"), firstTaken: rows.text("first_taken"),
        lastTaken: rows.text("last_taken"))
    }
    return folder
  }
}

extension GeometryBlob {
  /// The WKB of what ``multiLine(_:)`` made; nil for anything else.
  static func lines(_ blob: [UInt8]) -> [UInt8]? {
    let start = 8 + 32
    func number(_ at: Int) -> Int? {
      guard at >= 0, at <= blob.count - 4 else { return nil }
      return Int(blob[at]) | Int(blob[at + 1]) << 8 | Int(blob[at + 2]) << 16
        | Int(blob[at + 3]) << 24
    }
    guard blob.count >= start + 9, blob[0] == 0x47, blob[1] == 0x50, blob[3] >> 1 & 7 == 1,
      blob[start] == 1, number(start + 1) == 5, let parts = number(start + 5), parts > 0
    else { return nil }
    var at = start + 9
    for _ in 0..<parts {
      guard at < blob.count, blob[at] == 1, number(at + 1) == 2, let points = number(at + 5),
        points >= 2, points <= (blob.count - at - 9) / 16
      else { return nil }
      at += 9 + points * 16
    }
    return at == blob.count ? Array(blob[start...]) : nil
  }
}
