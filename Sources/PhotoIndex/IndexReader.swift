import PhotoModel
import SQLite

/// Queries on an index: on a connection that never writes, opens no socket and needs no configuration, while syncs go
/// on. Each query sees one state of the index. Not `Sendable`.
public final class IndexReader {
  public let path: String
  let connection: Connection
  let ownsConnection: Bool
  /// No second connection sees the same state: this one reads a temporary copy, since the index itself has an older
  /// schema, or locks all others out, since its disk is full.
  package let isAlone: Bool
  private let workLimit: WorkLimit?
  private(set) var depth = 0

  /// - Parameter takesOlder: an index of an older schema is read, too: from a copy in the temporary folder, which is
  ///   made and brought up to date first, and sees nothing of later syncs. The index stays as it is.
  /// - Throws: .notFound, .foreign, .damaged, .newerSchema, .olderSchema, .unreleasedSchema, .permission, .io.
  public convenience init(path: String, takesOlder: Bool = false) throws(IndexError) {
    try self.init(path: path, takesOlder: takesOlder, migrator: Migrator())
  }

  init(path: String, takesOlder: Bool, migrator: Migrator) throws(IndexError) {
    self.path = path
    ownsConnection = true
    (connection, isAlone) = try guarded(path) {
      try IndexFile.openForReading(path, migrator: migrator, takesOlder: takesOlder)
    }
    workLimit = WorkLimit.set(on: connection, path: path)
  }

  init(connection: Connection, path: String) {
    self.connection = connection
    self.path = path
    ownsConnection = false
    isAlone = false
    workLimit = nil
  }

  deinit { if ownsConnection { IndexFile.prepareToClose(connection, path: path) } }

  /// Ends the running query, and all further ones, with .interrupted as soon as `check` is true; called some thousand
  /// times a second, on the thread of the query.
  package func setStop(_ check: @escaping @Sendable () -> Bool) { workLimit?.setStop(check) }

  /// For many readers at once: pages of the file that are kept in memory (`PRAGMA cache_size`).
  package func limitCache(kibibytes: Int) throws(IndexError) {
    try guarded(path) { try connection.execute("PRAGMA cache_size = -\(kibibytes)") }
  }

  /// Versions of the schema, and of the SQLite library.
  public static var versions: (schema: Int, sqlite: String) {
    (Migrator().supported, Connection.libraryVersion)
  }

  /// One state of the index for all statements of `body`; calls may be nested.
  public func reading<R>(_ body: () throws -> R) throws -> R {
    if depth > 0 || connection.isInTransaction { return try body() }
    depth += 1
    defer { depth -= 1 }
    return try connection.transaction(.deferred, body)
  }

  // MARK: Sites

  /// By name, bytewise.
  public func sites() throws(IndexError) -> [SiteRecord] {
    try guarded(path) {
      let rows = try connection.prepare("SELECT \(SiteColumns.selection) FROM site ORDER BY name")
      var sites: [SiteRecord] = []
      while try rows.step() { sites.append(try SiteColumns.site(rows, connection)) }
      return sites
    }
  }

  /// - Throws: .notFound.
  public func site(named name: String) throws(IndexError) -> SiteRecord {
    let found: SiteRecord? = try guarded(path) {
      let row = try connection.prepare("SELECT \(SiteColumns.selection) FROM site WHERE name = ?")
      row.bind(name)
      return try row.step() ? SiteColumns.site(row, connection) : nil
    }
    if let found { return found }
    let all = try sites()
    let known = all.prefix(20).map(\.name).joined(separator: ", ") + (all.count > 20 ? " …" : "")
    var error = IndexError(
      .notFound, "there is no site “\(name)” in \(path)",
      advice: all.isEmpty ? "“gpsindex site add NAME LOCATION”" : "one of: \(known)")
    error.wanted = name
    error.known = all.map(\.name)
    throw error
  }

  /// That the index still has this very site: same number, name and location.
  /// - Throws: .siteGone when it was removed, or another has taken its name.
  public func confirm(_ site: SiteRecord) throws(IndexError) {
    if try sites().contains(where: {
      $0.id == site.id && $0.name.hasSameBytes(as: site.name)
        && $0.location.hasSameBytes(as: site.location)
    }) {
      return
    }
    throw IndexError(
      .siteGone, "the site “\(site.name)” at \(site.location) was removed or replaced meanwhile",
      advice: "“gpsindex site list”, then sync again")
  }

  /// What the index holds of one site (nil: of each), by name.
  public func status(site name: String? = nil) throws(IndexError) -> [SiteStatus] {
    try guarded(path) {
      try reading {
        if let name { return [try status(site(named: name))] }
        return try sites().map(status)
      }
    }
  }

  private func status(_ site: SiteRecord) throws -> SiteStatus {
    let counts = try connection.prepare(
      """
      SELECT count(*) AS folders, \(Self.sum("photo_count")) AS photos,
        \(Self.sum("located_count")) AS located,
        \(Self.sum("without_position_count")) AS without_position,
        \(Self.sum("failed_count")) AS failed
      FROM folders WHERE site_id = ?
      """)
    counts.bind(site.id)
    _ = try counts.step()
    // Only folders that have such photos are looked into.
    let reasons = try connection.prepare(
      """
      SELECT p.reason AS reason, count(*) AS photos FROM folders f CROSS JOIN photos p ON p.folder_id = f.id
      WHERE f.site_id = ? AND f.without_position_count + f.failed_count > 0 AND p.status <> 0
      GROUP BY p.reason
      """)
    reasons.bind(site.id)
    var byReason: [String: Int] = [:]
    while try reasons.step() { byReason[reasons.text("reason")] = reasons.count("photos") }
    return SiteStatus(
      site: site, folders: counts.count("folders"), photos: counts.count("photos"),
      located: counts.count("located"), withoutPosition: counts.count("without_position"),
      failed: counts.count("failed"), reasons: byReason,
      kept: try KeptRows.count(site: site.id, connection))
  }

  /// SQL for the sum of a column of counters, each of them as ``Statement/count(_:)`` reads it: SQLite's own sum fails
  /// when it overflows.
  static func sum(_ column: String) -> String {
    "coalesce(sum(max(0, min(CAST(\(column) AS INTEGER), \(Statement.mostCounted)))), 0)"
  }

  // MARK: What a sync compares with

  /// All folders of a site, by the bytes of their paths.
  public func knownFolders(_ site: Int64) throws(IndexError) -> [KnownFolder] {
    try guarded(path) {
      let rows = try connection.prepare(
        "SELECT id, path, photo_count FROM folders WHERE site_id = ? ORDER BY path")
      rows.bind(site)
      let (id, folder, count) = (rows.column("id"), rows.column("path"), rows.column("photo_count"))
      var folders: [KnownFolder] = []
      var hasEscapes = false
      while try rows.step() {
        folders.append(
          KnownFolder(
            id: rows.integer(id), path: rows.pathBytes(folder, &hasEscapes),
            photoCount: rows.count(count)))
      }
      // Escaped bytes stand elsewhere in the order of texts.
      if hasEscapes { folders.sort { $0.path < $1.path } }
      return folders
    }
  }

  /// All photos of a folder, by the bytes of their names.
  public func knownPhotos(_ folder: Int64) throws(IndexError) -> [KnownPhoto] {
    try guarded(path) {
      let rows = try connection.cached(
        """
        SELECT fid, file, size, mtime, racy, status, parser_version, reason FROM photos
        WHERE folder_id = ? ORDER BY file
        """)
      rows.bind(folder)
      let (fid, file) = (rows.column("fid"), rows.column("file"))
      let (size, mtime, racy) = (rows.column("size"), rows.column("mtime"), rows.column("racy"))
      let (status, reason) = (rows.column("status"), rows.column("reason"))
      let parserVersion = rows.column("parser_version")
      var photos: [KnownPhoto] = []
      var hasEscapes = false
      while try rows.step() {
        photos.append(
          KnownPhoto(
            fid: rows.integer(fid), name: rows.pathBytes(file, &hasEscapes),
            size: rows.optionalInteger(size), mtime: rows.optionalInteger(mtime),
            racy: rows.integer(racy) != 0, failed: rows.integer(status) == PhotoStatus.failed,
            parserVersion: Int(clamping: rows.integer(parserVersion)),
            reason: rows.optionalText(reason)))
      }
      rows.reset()
      try Sidecars.add(to: &photos, of: folder, connection)
      try KeptRows.add(to: &photos, of: folder, connection)
      if hasEscapes { photos.sort { $0.name < $1.name } }
      return photos
    }
  }
}

extension Statement {
  /// A column in ``PathBytes/text`` form.
  /// - Parameter hasEscapes: becomes true when it holds an escaped byte.
  func pathBytes(_ column: Column, _ hasEscapes: inout Bool) -> PathBytes {
    let bytes = withBytes(column) { Array($0.prefix(Statement.longestText)) }
    // U+FFFD, which announces an escaped byte, starts with EF.
    if !bytes.contains(0xEF) { return PathBytes(bytes) }
    hasEscapes = true
    return PathBytes(text: String(decoding: bytes, as: UTF8.self))
  }
}
