internal import PhotoIndex
internal import PhotoModel

/// Brings one site of the database to the state of the index, in one transaction: readers see the old state or the new one.
struct SiteTransfer {
  let reader: IndexReader
  let session: DatabaseSession
  let schema: PublishSchema
  let postgis: String
  let local: LocalSite

  private var table: SitesTable { SitesTable(session: session, schema: schema) }

  /// Photos from which an empty table is loaded before its indexes are made.
  static let bulk = 50_000

  func run(_ plan: SitePlan, _ published: PublishedState?) throws -> SiteReport {
    var report = SiteReport(site: local.name, plan: plan)
    if let published, published.name != local.name { report.renamedFrom = published.name }
    do {
      try begin()
      switch (plan, published) {
      case (.first, _), (_, nil): try first(&report)
      case (.unchanged, _): break
      case (.changes(let seq, let allFolders), let published?):
        try table.confirm(published)
        try makeTables()
        try sendChanges(since: seq, to: published.site, &report)
        try finish(published.site, allFolders: allFolders, allRuns: false, &report)
      case (.comparison, let published?):
        try table.confirm(published)
        try makeTables()
        try sendDifferences(to: published.site, &report)
        try finish(published.site, allFolders: true, allRuns: true, &report)
      }
      try session.execute("COMMIT")
    } catch let error as PublishError where error.kind != .unreachable {
      _ = try? session.execute("ROLLBACK")
      throw error
    }
    return report
  }

  private func begin() throws(PublishError) {
    // After a kill the server must notice that its client is gone, also in the middle of a statement.
    let watch =
      session.serverVersion >= 140_000 ? "SET LOCAL client_connection_check_interval = 500; " : ""
    try session.execute(
      "BEGIN; \(watch)SET LOCAL idle_in_transaction_session_timeout = '60s'; SET LOCAL jit = off; "
        + schema.searchPath(postgis: postgis))
  }

  // MARK: A new site

  private func first(_ report: inout SiteReport) throws {
    let number = try table.insert(local)
    let isBulk = try prepareBulk()
    report.sent = try session.copyRows(Self.copy("photos")) { out in
      let encoder = PhotoEncoder(site: number)
      try reader.rawPhotos(of: local.id, .all) { try encoder.encode($0, into: out) }
    }
    report.written = report.sent
    if isBulk {
      try session.execute("SET LOCAL maintenance_work_mem = '256MB'")
      try session.execute(PublishSchema.createIndexes)
      try session.execute("ANALYZE photos")
    }
    try session.execute(FolderStatements.makeTable)
    report.folders = try sendFolders(nil, to: number)
    try session.execute(
      FolderStatements.takeAll(number) + CellStatements.all(number))
    try sendRuns(to: number, after: nil)
    try table.write(local, number: number)
  }

  /// Drops the indexes of an empty table that nobody else uses, for a large site.
  private func prepareBulk() throws -> Bool {
    guard try reader.status(site: local.name).first?.photos ?? 0 >= Self.bulk else { return false }
    try session.execute("SAVEPOINT bulk")
    do {
      try session.execute("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE NOWAIT")
      if try session.execute("SELECT 1 FROM photos LIMIT 1").count == 0 {
        try session.execute(PublishSchema.dropIndexes)
        return true
      }
    } catch {
      guard error.kind == .busy || error.kind == .refused else { throw error }
    }
    try session.execute("ROLLBACK TO SAVEPOINT bulk")
    return false
  }

  // MARK: Changes

  private func makeTables() throws(PublishError) {
    try session.execute(
      """
      CREATE TEMPORARY TABLE gpsindex_in (LIKE photos) ON COMMIT DROP;
      CREATE TEMPORARY TABLE gpsindex_gone (photo bigint) ON COMMIT DROP;
      CREATE TEMPORARY TABLE gpsindex_differs (folder text) ON COMMIT DROP;
      """ + FolderStatements.makeTable)
  }

  private func sendChanges(
    since seq: Int64, to number: Int32, _ report: inout SiteReport
  ) throws {
    report.sent = try session.copyRows(Self.copy("gpsindex_in")) { out in
      let encoder = PhotoEncoder(site: number)
      try reader.rawPhotos(of: local.id, .after(seq)) { try encoder.encode($0, into: out) }
    }
    let gone = try reader.tombstones(since: seq, site: local.id).compactMap { $0.photo?.id }
    if gone.isEmpty { return }
    try session.copyRows("COPY gpsindex_gone FROM STDIN (FORMAT binary)") { out in
      for photo in gone {
        try out.beginRow(fields: 1)
        out.int64(photo, 0)
      }
    }
  }

  private func sendDifferences(to number: Int32, _ report: inout SiteReport) throws {
    // Reading the index may take longer than the server waits; keep-alive messages find a dead client.
    try session.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    let differing = try SiteComparison(
      reader: reader, session: session, photos: "photos"
    ).folders(
      of: local.id, published: number)
    let encoder = PhotoEncoder(site: number)
    report.sent = try session.copyRows(Self.copy("gpsindex_in")) { out in
      for folder in differing {
        try reader.rawPhotos(of: local.id, .folder(folder)) { try encoder.encode($0, into: out) }
      }
    }
    try session.copyRows("COPY gpsindex_differs FROM STDIN (FORMAT binary)") { out in
      for folder in differing {
        try out.beginRow(fields: 1)
        out.text(folder, 0)
      }
    }
    try session.execute(
      """
      INSERT INTO gpsindex_gone SELECT p.photo FROM photos p WHERE p.site = \(number)
        AND p.folder IN (SELECT folder FROM gpsindex_differs)
        AND NOT EXISTS (SELECT FROM gpsindex_in i WHERE i.photo = p.photo)
      """)
  }

  /// From the rows that have travelled to the state row.
  private func finish(
    _ number: Int32, allFolders: Bool, allRuns: Bool, _ report: inout SiteReport
  ) throws {
    // A small table needs no statistics, a large one does.
    if report.sent > 20_000 { try session.execute("ANALYZE gpsindex_in (site, photo, folder)") }
    try session.execute(PhotoStatements.touch(number))
    report.folders = try sendFolders(allFolders ? nil : touchedFolders(), to: number)
    report.deleted = try session.execute(PhotoStatements.delete(number)).affected
    report.written = try session.execute(PhotoStatements.upsert).affected
    try session.execute(
      (allFolders ? FolderStatements.takeAll(number) : FolderStatements.takeTouched(number))
        + CellStatements.touched(number))
    if allRuns { try session.execute("DELETE FROM sync_runs WHERE site = \(number)") }
    let last = try session.execute("SELECT max(run) FROM sync_runs WHERE site = \(number)")
    try sendRuns(to: number, after: last.integer(0, 0))
    try table.write(local, number: number)
  }

  private func touchedFolders() throws -> [String] {
    var folders: [String] = []
    try session.rows("SELECT folder FROM gpsindex_touched") { rows in
      if let folder = rows.text(0, 0) { folders.append(folder) }
    }
    return folders
  }

  // MARK: Folders and runs

  private func sendFolders(_ paths: [String]?, to number: Int32) throws -> Int {
    if let paths, paths.isEmpty { return 0 }
    return try session.copyRows("COPY gpsindex_folders FROM STDIN (FORMAT binary)") { out in
      let encoder = FolderEncoder(site: number)
      try reader.rawFolders(of: local.id, paths: paths) { try encoder.encode($0, into: out) }
    }
  }

  /// The last run that is there may have been under way.
  private func sendRuns(to number: Int32, after last: Int64?) throws {
    let runs = try reader.runs(site: local.id).filter { $0.id >= last ?? .min }
    if runs.isEmpty { return }
    if let last {
      try session.execute("DELETE FROM sync_runs WHERE site = \(number) AND run >= \(last)")
    }
    let names = RunEncoder.names.joined(separator: ", ")
    try session.copyRows("COPY sync_runs (\(names)) FROM STDIN (FORMAT binary)") { out in
      for run in runs { try RunEncoder(site: number).encode(run, into: out) }
    }
  }

  private static func copy(_ table: String) -> String {
    "COPY \(table) (\(PhotoEncoder.names.joined(separator: ", "))) FROM STDIN (FORMAT binary)"
  }
}
