package import PhotoIndex
internal import PhotoModel
internal import Platform

/// How a run behaves.
package struct PublishOptions: Sendable {
  package var schema = "gpsindex"
  /// Take over sites that another index publishes.
  package var adopt = false
  /// Remove sites that this index published and no longer has.
  package var prune = false
  package var dryRun = false
  /// Partitions of a new table of photos; nil: none.
  package var partitions: Int?

  package init() {}
}

/// Publishes sites of an index to a PostGIS database. Not `Sendable`.
package final class Publisher {
  private let reader: IndexReader
  private let session: DatabaseSession
  private let schema: PublishSchema
  private let options: PublishOptions

  /// Connects.
  package init(
    _ reader: IndexReader, to address: DatabaseAddress, _ options: PublishOptions,
    environment: (String) -> String?
  ) throws(PublishError) {
    self.reader = reader
    self.options = options
    schema = try PublishSchema(options.schema)
    session = try DatabaseSession(address, environment: environment)
  }

  private var table: SitesTable { SitesTable(session: session, schema: schema) }

  /// Statements that were sent to the server.
  package var statements: Int { session.statements }

  /// Publishes sites one after the other, each in a transaction of its own.
  ///
  /// - Parameter sites: nil for all sites of the index.
  /// - Parameter each: called when a site is done.
  /// - Parameter refused: called for a site that was left out; the others go on.
  package func run(
    _ sites: [String]?, each: (SiteReport) throws -> Void, refused: (PublishError) throws -> Void
  ) throws {
    try reader.reading {
      let locals = try localSites(sites)
      var found = try lockAndRead(locals)
      if !options.dryRun, found?.hasAllColumns != true, !locals.isEmpty || options.prune {
        try schema.install(session, partitions: options.partitions)
        found = try lockAndRead(locals)
      }
      for (number, local) in locals.enumerated() {
        do {
          if let error = found?.ambiguous[number] { throw error }
          if found?.locked.contains(number) == true { throw busy(local.name) }
          try each(publish(local, found?.states[number]))
        } catch let error as PublishError where [.busy, .conflict].contains(error.kind) {
          try refused(error)
        }
      }
    }
  }

  private var postgis: String?

  private func publish(_ local: LocalSite, _ published: PublishedState?) throws -> SiteReport {
    var local = local
    if let published {
      local.tokenOfPublished = try reader.run(of: published.seq, site: local.id)?.token
    }
    let start = SystemClock.now()
    let plan = try SitePlan.make(local, published, adopt: options.adopt)
    if plan == .unchanged { return SiteReport(site: local.name, plan: plan) }
    if options.dryRun { return try estimate(local, plan, published) }
    let postgis = try postgis ?? PublishSchema.postgis(session)
    self.postgis = postgis
    let transfer = SiteTransfer(
      reader: reader, session: session, schema: schema, postgis: postgis, local: local)
    var report = try transfer.run(plan, published)
    report.seconds = SystemClock.now() - start
    return report
  }

  /// What would travel.
  private func estimate(
    _ local: LocalSite, _ plan: SitePlan, _ published: PublishedState?
  ) throws -> SiteReport {
    var report = SiteReport(site: local.name, plan: plan)
    if let published, published.name != local.name { report.renamedFrom = published.name }
    switch plan {
    case .first:
      report.sent = try reader.status(site: local.name).first?.photos ?? 0
    case .unchanged: break
    case .changes(let seq, _):
      try reader.rawPhotos(of: local.id, .after(seq)) { _ in report.sent += 1 }
      report.deleted = try reader.tombstones(since: seq, site: local.id).count
    case .comparison:
      guard let published else { break }
      let folders = try compare(local.id, published)
      report.folders = folders.count
      for folder in folders {
        try reader.rawPhotos(of: local.id, .folder(folder)) { _ in report.sent += 1 }
      }
    }
    return report
  }

  // MARK: Sites

  private func localSites(_ names: [String]?) throws -> [LocalSite] {
    let identity = try reader.changeState()
    let records = try names.map { try $0.map { try reader.site(named: $0) } } ?? reader.sites()
    return try records.map { site in
      let state = try reader.changeState(of: site.id)
      return LocalSite(
        id: site.id, name: site.name, url: PhotoURL.root(site.location),
        indexID: identity.identity, seq: state.lastRun?.lastSeq ?? 0,
        runToken: state.lastRun?.token ?? "", isSettled: state.isSettled,
        tombstonesSince: identity.tombstonesSince)
    }
  }

  private func lockAndRead(_ locals: [LocalSite]) throws -> SitesTable.Found? {
    try table.lockAndRead(locals, indexID: try reader.changeState().identity)
  }

  private func busy(_ name: String) -> PublishError {
    PublishError(
      .busy, "another run publishes the site “\(name)”\(table.holder(name))",
      advice: "again when it has finished")
  }

  private var comparison: SiteComparison {
    SiteComparison(reader: reader, session: session, photos: schema.quoted + ".photos")
  }

  private func compare(_ site: Int64, _ published: PublishedState) throws -> [String] {
    try comparison.folders(of: site, published: published.site)
  }

  // MARK: Other tasks

  /// Compares the rows of sites in the index and in the database; changes nothing.
  ///
  /// - Parameter deep: also reads all columns, and compares them with the hash that was stored with them.
  package func check(
    _ sites: [String]?, deep: Bool, each: (SiteDifference) throws -> Void
  ) throws {
    try reader.reading {
      let locals = try localSites(sites)
      let found = try lockAndRead(locals)
      for (number, local) in locals.enumerated() {
        guard let state = found?.states[number] else {
          try each(SiteDifference(site: local.name, photos: nil, folders: [], edited: nil))
          continue
        }
        let folders = try compare(local.id, state)
        try each(
          SiteDifference(
            site: local.name, photos: try reader.status(site: local.name).first?.photos ?? 0,
            folders: folders, edited: deep ? try comparison.edited(state.site) : nil))
      }
    }
  }

  /// Sites that this index published and no longer has; removes them unless it is a dry run.
  ///
  /// - Returns: their names, and their numbers of photos.
  package func prune() throws -> [(site: String, photos: Int)] {
    let exists = try session.execute(
      "SELECT to_regclass($1 || '.sites') IS NOT NULL", [schema.quoted])
    guard exists.isTrue(0, 0) else { return [] }
    let identity = try reader.changeState().identity
    let known = try reader.sites().map { String($0.id) }
    try session.execute("BEGIN")
    try session.execute("SET LOCAL search_path TO \(schema.quoted)")
    let rows = try session.execute(
      """
      SELECT site, name, pg_try_advisory_xact_lock(hashtextextended('gpsindex:' || $3 || ':' || name, 0)),
        (SELECT sum(f.photos) FROM folders f WHERE f.site = s.site)
      FROM sites s WHERE index_id = $1 AND index_site <> ALL ($2::bigint[]) ORDER BY name
      """, [identity, PostgresText.array(known), schema.name])
    var removed: [(site: String, photos: Int)] = []
    for row in 0..<rows.count {
      guard let site = rows.integer(row, 0).flatMap({ Int32(exactly: $0) }),
        let name = rows.text(row, 1)
      else { continue }
      guard rows.isTrue(row, 2) else { throw busy(name) }
      if !options.dryRun { try session.execute(PhotoStatements.remove(site)) }
      removed.append((name, Int(clamping: rows.integer(row, 3) ?? 0)))
    }
    try session.execute("COMMIT")
    return removed
  }
}
