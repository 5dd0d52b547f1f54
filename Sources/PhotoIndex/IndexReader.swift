import PhotoModel
import SQLite

/// Questions to an index: on a connection that never writes, opens no socket and needs no
/// configuration, while syncs go on. Each question sees one state of the index. Not `Sendable`.
public final class IndexReader {
  public let path: String
  let connection: Connection
  let ownsConnection: Bool
  /// No second connection sees the same: this one reads a temporary copy, since the index itself has an older schema, or
  /// locks all others out, since its disk is full.
  let isAlone: Bool
  private let workLimit: WorkLimit?
  private(set) var depth = 0

  /// - Parameter takesOlder: an index of an older schema is read, too: from a copy in the temporary folder, which is
  ///   made and brought up to date first, and sees nothing of later syncs. The index stays as it is.
  /// - Throws: .notFound, .foreign, .damaged, .newerSchema, .olderSchema, .permission, .io.
  public init(path: String, takesOlder: Bool = false) throws(IndexError) {
    self.path = path
    ownsConnection = true
    (connection, isAlone) = try guarded(path) {
      try IndexFile.openForReading(path, migrator: Migrator(), takesOlder: takesOlder)
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

  /// Stops the question under way from another thread; it throws .interrupted.
  public var interruption: Interruption { Interruption(interrupter: connection.interrupter) }

  /// Ends the question under way, and all further ones, with .interrupted as soon as `check` is true; asked some thousand
  /// times a second, on the thread that asks the question.
  package func setStop(_ check: @escaping @Sendable () -> Bool) { workLimit?.setStop(check) }

  /// For many readers at once: pages of the file that are kept in memory (`PRAGMA cache_size`).
  package func limitCache(kibibytes: Int) throws(IndexError) {
    try guarded(path) { try connection.execute("PRAGMA cache_size = -\(kibibytes)") }
  }

  /// A handle for another thread.
  public struct Interruption: Sendable {
    let interrupter: Interrupter
    public func stop() { interrupter.interrupt() }
  }

  /// Versions of the schema, and of the SQLite library.
  public static var versions: (schema: Int, sqlite: String) {
    (Migrator().supported, Connection.libraryVersion)
  }

  /// One state of the index for all statements of `body`; questions may be asked inside questions.
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
      let rows = try connection.prepare("SELECT \(Self.siteColumns) FROM site ORDER BY name")
      var sites: [SiteRecord] = []
      while try rows.step() { sites.append(try Self.site(rows, connection)) }
      return sites
    }
  }

  /// - Throws: .notFound.
  public func site(named name: String) throws(IndexError) -> SiteRecord {
    let found: SiteRecord? = try guarded(path) {
      let row = try connection.prepare("SELECT \(Self.siteColumns) FROM site WHERE name = ?")
      row.bind(name, at: 1)
      return try row.step() ? Self.site(row, connection) : nil
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
      SELECT count(*), \(Self.sum("photo_count")), \(Self.sum("located_count")),
        \(Self.sum("without_position_count")), \(Self.sum("failed_count"))
      FROM folders WHERE site_id = ?
      """)
    counts.bind(site.id, at: 1)
    _ = try counts.step()
    // Only folders that have such photos are looked into.
    let reasons = try connection.prepare(
      """
      SELECT p.reason, count(*) FROM folders f CROSS JOIN photos p ON p.folder_id = f.id
      WHERE f.site_id = ? AND f.without_position_count + f.failed_count > 0 AND p.status <> 0
      GROUP BY p.reason
      """)
    reasons.bind(site.id, at: 1)
    var byReason: [String: Int] = [:]
    while try reasons.step() { byReason[reasons.text(0)] = reasons.count(1) }
    return SiteStatus(
      site: site, folders: counts.count(0), photos: counts.count(1), located: counts.count(2),
      withoutPosition: counts.count(3), failed: counts.count(4), reasons: byReason,
      kept: try Kept.count(site: site.id, connection))
  }

  /// SQL for the sum of a column of counters, each of them as ``Statement/count(_:)`` reads it: SQLite's own sum fails
  /// when it overflows.
  static func sum(_ column: String) -> String {
    "coalesce(sum(max(0, min(CAST(\(column) AS INTEGER), \(Statement.mostCounted)))), 0)"
  }

  private static let siteColumns = """
    id, name, location, identity, known_hosts, transport, timeout_s, connections, in_flight,
    accept_new, sync_at, sync_complete, sync_seconds, sync_round_trip_ms, sync_connections,
    sync_listed, sync_new, sync_changed, sync_moved, sync_removed, sync_located,
    sync_without_position, sync_failed, sync_reasons, sync_files_opened, sync_data_requests,
    sync_bytes_received, sync_bytes_sent, sync_kept
    """

  private static func site(_ row: Statement, _ connection: Connection) throws -> SiteRecord {
    func count(_ column: Int32) -> Int { row.count(column) }
    /// A setting that no option would take is none.
    func setting(_ column: Int32, _ range: ClosedRange<Int>) -> Int? {
      row.optionalInteger(column).flatMap { range.contains(Int(clamping: $0)) ? Int($0) : nil }
    }
    let timeout = row.optionalReal(6).flatMap { (1...3600).contains($0) ? $0 : nil }
    var site = SiteRecord(
      id: row.integer(0), name: row.text(1), location: row.text(2),
      settings: SiteSettings(
        identity: row.optionalText(3), knownHosts: row.optionalText(4),
        timeoutSeconds: timeout,
        connections: setting(7, 1...16), inFlight: setting(8, 1...4096),
        acceptNew: row.optionalInteger(9).map { $0 != 0 }))
    site.settings.transportText = row.optionalText(5)
    guard let finished = row.withBytes(10, { Timestamp.milliseconds($0) }) else { return site }
    var sync = SiteSummary(
      finishedAt: finished, complete: row.integer(11) != 0, seconds: row.real(12),
      roundTripMilliseconds: row.optionalReal(13), connections: row.optionalCount(14))
    sync.listed = count(15)
    sync.new = count(16)
    sync.changed = count(17)
    sync.moved = count(18)
    sync.removed = count(19)
    sync.located = count(20)
    sync.withoutPosition = count(21)
    sync.failed = count(22)
    sync.filesOpened = count(24)
    sync.dataRequests = count(25)
    sync.bytesReceived = Int(clamping: max(0, row.integer(26)))
    sync.bytesSent = Int(clamping: max(0, row.integer(27)))
    sync.kept = count(28)
    let reasons = try connection.prepare(
      "SELECT key, value FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END)")
    reasons.bind(row.text(23), at: 1)
    while try reasons.step() { sync.reasons[reasons.text(0)] = reasons.count(1) }
    site.lastSync = sync
    return site
  }

  // MARK: What a sync compares with

  /// All folders of a site, by the bytes of their paths.
  public func knownFolders(_ site: Int64) throws(IndexError) -> [KnownFolder] {
    try guarded(path) {
      let rows = try connection.prepare(
        "SELECT id, path, photo_count FROM folders WHERE site_id = ? ORDER BY path")
      rows.bind(site, at: 1)
      var folders: [KnownFolder] = []
      var hasEscapes = false
      while try rows.step() {
        folders.append(
          KnownFolder(
            id: rows.integer(0), path: rows.pathBytes(1, &hasEscapes),
            photoCount: rows.count(2)))
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
      rows.bind(folder, at: 1)
      var photos: [KnownPhoto] = []
      var hasEscapes = false
      while try rows.step() {
        photos.append(
          KnownPhoto(
            fid: rows.integer(0), name: rows.pathBytes(1, &hasEscapes),
            size: rows.optionalInteger(2), mtime: rows.optionalInteger(3),
            racy: rows.integer(4) != 0, failed: rows.integer(5) == PhotoColumns.Status.failed,
            parserVersion: Int(clamping: rows.integer(6)), reason: rows.optionalText(7)))
      }
      rows.reset()
      try Sidecars.add(to: &photos, of: folder, connection)
      try Kept.add(to: &photos, of: folder, connection)
      if hasEscapes { photos.sort { $0.name < $1.name } }
      return photos
    }
  }
}

extension Statement {
  /// A column in ``PathBytes/text`` form; tells when it holds an escaped byte.
  func pathBytes(_ column: Int32, _ hasEscapes: inout Bool) -> PathBytes {
    let bytes = withBytes(column) { Array($0.prefix(Statement.longestText)) }
    // U+FFFD, which announces an escaped byte, starts with EF.
    if !bytes.contains(0xEF) { return PathBytes(bytes) }
    hasEscapes = true
    return PathBytes(text: String(decoding: bytes, as: UTF8.self))
  }
}
