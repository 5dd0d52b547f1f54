import PhotoModel
import SQLite

/// The layer `tracks`: one line per folder through its located photos, in the order of their times.
///
/// Batches only mark their folders (`folders.track_stale`), since a folder may come in many of them;
/// the lines are drawn when a sync ends, also one that was stopped. A killed sync leaves marks, and the
/// next one draws.
struct Tracks {
  let connection: Connection

  /// Points per transaction, about: others may write in between.
  private static let batch = 50_000

  init(_ connection: Connection) { self.connection = connection }

  static func mark(_ folder: Int64, _ connection: Connection) throws(SQLiteError) {
    let mark = try connection.cached(
      "UPDATE folders SET track_stale = 1 WHERE id = ? AND track_stale = 0")
    mark.bind(folder, at: 1)
    try mark.run()
  }

  /// Draws the tracks of some marked folders; to be called inside a transaction.
  /// - Returns: false when none is left.
  func drawSome() throws -> Bool {
    let stale = try connection.cached(
      "SELECT id, site_id, path FROM folders WHERE track_stale ORDER BY id LIMIT 1000")
    var folders: [(id: Int64, site: Int64, path: String)] = []
    while try stale.step() {
      folders.append((stale.integer(0), stale.integer(1), stale.text(2)))
    }
    stale.reset()
    if folders.isEmpty { return false }
    var points = 0
    for folder in folders {
      let track = try track(of: folder.id)
      try store(track, folder: folder.id, site: folder.site, path: folder.path)
      points += track?.count ?? 0
      if points >= Self.batch { break }
    }
    try connection.cached(
      """
      UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
      WHERE table_name = 'tracks'
      """
    ).run()
    return true
  }

  struct Track: Equatable {
    var geometry: [UInt8]
    var count: Int
    var first: String
    var last: String
  }

  /// nil with fewer than two timed photos. Equal times keep the order of names, in which a camera
  /// numbers its photos.
  func track(of folder: Int64) throws(SQLiteError) -> Track? {
    let rows = try connection.cached(
      """
      SELECT p.lon, p.lat, rtrim(coalesce(p.taken_at, p.taken_local), 'Z') AS taken
      FROM photos p
      WHERE p.folder_id = ? AND p.status = 0 AND coalesce(p.taken_at, p.taken_local) NOTNULL
      ORDER BY taken, p.file
      """)
    rows.bind(folder, at: 1)
    defer { rows.reset() }
    var line: [Coordinate] = []
    var first = ""
    var last = ""
    while try rows.step() {
      line.append(Coordinate(latitude: rows.real(1), longitude: rows.real(0)))
      if line.count == 1 { first = rows.text(2) }
      last = rows.text(2)
    }
    return GeometryBlob.line(line).map {
      Track(geometry: $0, count: line.count, first: first, last: last)
    }
  }

  /// What is stored; nil without a row.
  func stored(_ folder: Int64) throws(SQLiteError) -> Track? {
    let row = try connection.cached(
      "SELECT geom, photo_count, first_taken, last_taken FROM tracks WHERE fid = ?")
    row.bind(folder, at: 1)
    defer { row.reset() }
    guard try row.step() else { return nil }
    return Track(
      geometry: row.bytes(0), count: row.count(1), first: row.text(2),
      last: row.text(3))
  }

  private func store(_ track: Track?, folder: Int64, site: Int64, path: String) throws {
    let old = try stored(folder)
    if let track {
      if old == nil {
        let insert = try connection.cached(
          """
          INSERT INTO tracks (geom, photo_count, first_taken, last_taken, fid, site_id, path)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """)
        bind(track, folder, to: insert)
        insert.bind(site, at: 6)
        insert.bind(path, at: 7)
        try insert.run()
      } else if old != track {
        let update = try connection.cached(
          """
          UPDATE tracks SET geom = ?, photo_count = ?, first_taken = ?, last_taken = ?
          WHERE fid = ?
          """)
        bind(track, folder, to: update)
        try update.run()
      }
    } else if old != nil {
      let delete = try connection.cached("DELETE FROM tracks WHERE fid = ?")
      delete.bind(folder, at: 1)
      try delete.run()
    }
    let done = try connection.cached("UPDATE folders SET track_stale = 0 WHERE id = ?")
    done.bind(folder, at: 1)
    try done.run()
  }

  private func bind(_ track: Track, _ folder: Int64, to statement: Statement) {
    statement.bind(track.geometry, at: 1)
    statement.bind(track.count, at: 2)
    statement.bind(track.first, at: 3)
    statement.bind(track.last, at: 4)
    statement.bind(folder, at: 5)
  }
}
