import PhotoModel
import SQLite

/// The layer `tracks`: one line per folder through its located photos, in the order of their times, cut at 180°.
///
/// Batches only mark their folders (`folders.track_stale`), since a folder may come in many of them. Lines are drawn at
/// the end of a sync, also of one that was stopped. What a killed sync leaves marked, the next one draws.
struct Tracks {
  let connection: Connection

  /// Points per transaction, about: others may write in between.
  private static let batch = 50_000

  init(_ connection: Connection) { self.connection = connection }

  static func mark(_ folder: Int64, _ connection: Connection) throws(SQLiteError) {
    let mark = try connection.cached(
      "UPDATE folders SET track_stale = 1 WHERE id = ? AND track_stale = 0")
    mark.bind(folder)
    try mark.run()
  }

  /// Draws the tracks of some marked folders; call it inside a transaction.
  /// - Returns: false when none is left.
  func drawSome() throws -> Bool {
    let stale = try connection.cached(
      "SELECT id, site_id, path FROM folders WHERE track_stale ORDER BY id LIMIT 1000")
    var folders: [(id: Int64, site: Int64, path: String)] = []
    while try stale.step() {
      folders.append((stale.integer("id"), stale.integer("site_id"), stale.text("path")))
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

  /// nil unless timed photos are at two or more places. Equal times keep the order of names, in which a camera
  /// numbers its photos.
  func track(of folder: Int64) throws(SQLiteError) -> Track? {
    let rows = try connection.cached(
      """
      SELECT p.lon AS lon, p.lat AS lat, rtrim(coalesce(p.taken_at, p.taken_local), 'Z') AS taken
      FROM photos p
      WHERE p.folder_id = ? AND p.status = 0 AND coalesce(p.taken_at, p.taken_local) NOTNULL
      ORDER BY taken, p.file
      """)
    rows.bind(folder)
    defer { rows.reset() }
    let (lon, lat, taken) = (rows.column("lon"), rows.column("lat"), rows.column("taken"))
    var line: [Coordinate] = []
    var first = ""
    var last = ""
    while try rows.step() {
      line.append(Coordinate(latitude: rows.real(lat), longitude: rows.real(lon)))
      if line.count == 1 { first = rows.text(taken) }
      last = rows.text(taken)
    }
    return GeometryBlob.multiLine(line).map {
      Track(geometry: $0, count: line.count, first: first, last: last)
    }
  }

  /// What is stored; nil without a row.
  func stored(_ folder: Int64) throws(SQLiteError) -> Track? {
    let row = try connection.cached(
      "SELECT geom, photo_count, first_taken, last_taken FROM tracks WHERE fid = ?")
    row.bind(folder)
    defer { row.reset() }
    guard try row.step() else { return nil }
    return Track(
      geometry: row.bytes("geom"), count: row.count("photo_count"),
      first: row.text("first_taken"), last: row.text("last_taken"))
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
        insert.bind(
          track.geometry, track.count, track.first, track.last, folder, site, path)
        try insert.run()
      } else if old != track {
        let update = try connection.cached(
          """
          UPDATE tracks SET geom = ?, photo_count = ?, first_taken = ?, last_taken = ?
          WHERE fid = ?
          """)
        update.bind(track.geometry, track.count, track.first, track.last, folder)
        try update.run()
      }
    } else if old != nil {
      let delete = try connection.cached("DELETE FROM tracks WHERE fid = ?")
      delete.bind(folder)
      try delete.run()
    }
    let done = try connection.cached("UPDATE folders SET track_stale = 0 WHERE id = ?")
    done.bind(folder)
    try done.run()
  }
}
