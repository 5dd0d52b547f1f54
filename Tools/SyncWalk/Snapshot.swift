import PhotoModel
import SQLite

/// A value as it stands in the file: texts are compared by their bytes.
enum Cell: Hashable, CustomStringConvertible {
  case null
  case integer(Int64)
  case real(UInt64)
  case text([UInt8])
  case blob([UInt8])

  init(_ statement: Statement, _ column: Statement.Column) {
    switch statement.value(column) {
    case .null: self = .null
    case .integer(let value): self = .integer(value)
    case .real(let value): self = .real(value.bitPattern)
    case .text: self = .text(statement.bytes(column))
    case .blob(let value): self = .blob(value)
    }
  }

  var description: String {
    switch self {
    case .null: "null"
    case .integer(let value): "\(value)"
    case .real(let bits): "\(Double(bitPattern: bits))"
    case .text(let bytes): "“\(String(decoding: bytes, as: UTF8.self))”"
    case .blob(let bytes): "\(bytes.count) bytes #\(Contents.fingerprint(bytes) % 10_000)"
    }
  }
}

/// The rows of one site, with all their columns but ids and what depends on the moment of the sync.
struct SiteSnapshot: Equatable {
  struct Photo: Equatable {
    var fid: Int64
    var cells: [Cell]
  }

  /// Nil: the index has no such site.
  var id: Int64?
  /// By folder and name, in the text form of the index.
  var photos: [PathBytes: Photo] = [:]
  var folders: [PathBytes: [Cell]] = [:]
  var tracks: [PathBytes: [Cell]] = [:]
  /// Marked as kept by the deletion guard; nil: this index knows no such marks.
  var kept: Set<Int64>?
  var photoColumns: [String] = []
  var folderColumns: [String] = []

  var fids: [Int64: PathBytes] {
    Dictionary(photos.map { ($0.value.fid, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  func cell(_ photo: Photo, _ column: String) -> Cell? {
    photoColumns.firstIndex(of: column).map { photo.cells[$0] }
  }
}

/// Reads whole sites out of an index, by SQL of its own.
enum Snapshot {
  /// Ids, and what tells when a row was written.
  private static let left: Set<String> = [
    "fid", "id", "folder_id", "site_id", "racy", "seq", "first_seen_at",
  ]

  static func read(_ index: String, site: String) throws -> SiteSnapshot {
    let connection = try Connection(path: index, mode: .readOnly)
    connection.setBusyTimeout(milliseconds: 10_000)
    return try connection.transaction(.deferred) { try read(connection, site: site) }
  }

  private static func read(_ connection: Connection, site: String) throws -> SiteSnapshot {
    var snapshot = SiteSnapshot()
    let sites = try connection.prepare("SELECT id FROM site WHERE name = ?")
    sites.bind(site, at: 1)
    guard try sites.step() else { return snapshot }
    let id = sites.integer("id")
    snapshot.id = id

    var names: [String] = []
    for (table, short) in [("photos", "p"), ("sidecars", "s"), ("targets", "t")] {
      names += try columns(of: table, connection).map { "\(short).\"\($0)\"" }
    }
    snapshot.photoColumns = names.map { name in
      let isOfPhotos = name.hasPrefix("p.")
      let bare = name.dropFirst(2).filter { $0 != "\"" }
      return isOfPhotos ? bare : (name.hasPrefix("s.") ? "sidecar." : "target.") + bare
    }
    let photos = try connection.prepare(
      """
      SELECT f.path AS folder, p.file AS name, p.fid AS number,
        \(zip(names, snapshot.photoColumns).map { "\($0) AS \"\($1)\"" }.joined(separator: ", "))
      FROM photos p JOIN folders f ON f.id = p.folder_id
        LEFT JOIN sidecars s ON s.fid = p.fid LEFT JOIN targets t ON t.fid = p.fid
      WHERE f.site_id = ?
      """)
    photos.bind(id, at: 1)
    while try photos.step() {
      let path = PathBytes(photos.bytes("folder"))
        .appending(PathBytes(photos.bytes("name")))
      let cells = snapshot.photoColumns.map { Cell(photos, photos.column($0)) }
      snapshot.photos[path] = .init(fid: photos.integer("number"), cells: cells)
    }

    snapshot.folderColumns = try columns(of: "folders", connection)
    snapshot.folders = try rows(snapshot.folderColumns, of: "folders", id, connection)
    snapshot.tracks = try rows(columns(of: "tracks", connection), of: "tracks", id, connection)
    snapshot.kept = try marks(connection, site: id)
    return snapshot
  }

  /// The highest number that the index has given.
  static func lastSeq(_ index: String) throws -> Int64 {
    let connection = try Connection(path: index, mode: .readOnly)
    connection.setBusyTimeout(milliseconds: 10_000)
    let row = try connection.prepare(
      """
      SELECT max(coalesce((SELECT max(seq) FROM photos), 0),
        coalesce((SELECT max(seq) FROM tombstone), 0)) AS last
      """)
    _ = try row.step()
    return row.integer("last")
  }

  private static func rows(
    _ columns: [String], of table: String, _ site: Int64, _ connection: Connection
  ) throws -> [PathBytes: [Cell]] {
    var found: [PathBytes: [Cell]] = [:]
    let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
    let rows = try connection.prepare(
      "SELECT path AS folder, \(names) FROM \(table) WHERE site_id = ?")
    rows.bind(site, at: 1)
    while try rows.step() {
      found[PathBytes(rows.bytes("folder"))] = columns.map { Cell(rows, rows.column($0)) }
    }
    return found
  }

  private static func columns(of table: String, _ connection: Connection) throws -> [String] {
    var names: [String] = []
    let rows = try connection.prepare("SELECT name FROM pragma_table_info('\(table)')")
    while try rows.step() { names.append(rows.text("name")) }
    return names.filter { !left.contains($0) }
  }

  private static func marks(_ connection: Connection, site: Int64) throws -> Set<Int64>? {
    let table = try connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'kept'")
    guard try table.step() else { return nil }
    var found: Set<Int64> = []
    let rows = try connection.prepare(
      """
      SELECT k.fid AS fid FROM kept k LEFT JOIN photos p ON p.fid = k.fid
        LEFT JOIN folders f ON f.id = p.folder_id
      WHERE f.site_id = ? OR p.fid IS NULL
      """)
    rows.bind(site, at: 1)
    while try rows.step() { found.insert(rows.integer("fid")) }
    return found
  }

  /// The id of every photo and its site, for all sites.
  static func identities(_ index: String) throws -> (photos: [Int64: Int64], sites: Set<Int64>) {
    let connection = try Connection(path: index, mode: .readOnly)
    connection.setBusyTimeout(milliseconds: 10_000)
    return try connection.transaction(.deferred) {
      var photos: [Int64: Int64] = [:]
      var sites: Set<Int64> = []
      let rows = try connection.prepare(
        "SELECT p.fid AS fid, f.site_id AS site_id FROM photos p LEFT JOIN folders f ON f.id = p.folder_id"
      )
      while try rows.step() { photos[rows.integer("fid")] = rows.integer("site_id") }
      let ids = try connection.prepare("SELECT id FROM site")
      while try ids.step() { sites.insert(ids.integer("id")) }
      return (photos, sites)
    }
  }
}

extension PathBytes {
  /// Of a path that is in the text form of the index already.
  var shown: String { String(decoding: bytes, as: UTF8.self) }
}
