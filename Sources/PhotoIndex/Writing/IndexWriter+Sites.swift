import PhotoModel
import SQLite

extension IndexWriter {
  /// By name, bytewise.
  public func sites() throws(IndexError) -> [SiteRecord] { try reader.sites() }

  /// - Throws: .notFound.
  public func site(named name: String) throws(IndexError) -> SiteRecord {
    try reader.site(named: name)
  }

  /// Stores name, location and settings; the id in `site` is ignored.
  /// - Returns: the site with its id.
  /// - Throws: .invalid when the name is empty or taken.
  @discardableResult
  public func addSite(_ site: SiteRecord) throws(IndexError) -> SiteRecord {
    try write { try insert(site, among: try reader.sites()) }
  }

  /// Finds the site that `isMeant`, or stores the one that `make` returns, in one transaction: of several processes that
  /// add the same site, one stores it and the others find it.
  package func site(
    where isMeant: (SiteRecord) -> Bool, orAdd make: ([SiteRecord]) -> SiteRecord
  ) throws(IndexError) -> (site: SiteRecord, isNew: Bool) {
    try write {
      let all = try reader.sites()
      if let found = all.first(where: isMeant) { return (found, false) }
      return (try insert(make(all), among: all), true)
    }
  }

  /// To be called inside a transaction, in which `all` was read.
  private func insert(_ site: SiteRecord, among all: [SiteRecord]) throws -> SiteRecord {
    if site.name.isEmpty { throw IndexError(.invalid, "a site needs a name") }
    if all.contains(where: { $0.name.hasSameBytes(as: site.name) }) {
      throw IndexError.siteExists(site.name)
    }
    var stored = site
    stored.lastSync = nil
    let columns = SiteColumns.settings
    let insert = try connection.prepare(
      """
      INSERT INTO site (\(columns.map(\.name).joined(separator: ", ")), id)
      VALUES (\(columns.map { _ in "?, " }.joined())?)
      """)
    insert.bind(
      all: columns.map { $0.get(site) } + [SQLValue(try LastID.site.next(connection))])
    try insert.run()
    stored.id = connection.lastInsertRowID
    try LayerExtents.touchSites(connection)
    return stored
  }

  /// Stores name, location and settings of the site with that id, when they differ.
  /// - Throws: .notFound.
  public func updateSite(_ site: SiteRecord) throws(IndexError) {
    try write {
      let all = try reader.sites()
      guard var old = all.first(where: { $0.id == site.id }) else {
        throw IndexError(.notFound, "there is no site “\(site.name)”")
      }
      old.lastSync = site.lastSync
      if old.hasSameBytes(as: site) { return }
      let isTaken = all.contains { $0.name.hasSameBytes(as: site.name) && $0.id != site.id }
      if site.name.isEmpty || isTaken {
        throw IndexError(.invalid, "a site cannot be named “\(site.name)”: empty or taken")
      }
      let columns = SiteColumns.settings
      let update = try connection.prepare(
        "UPDATE site SET \(Self.assignments(columns)) WHERE id = ?")
      update.bind(all: columns.map { $0.get(site) } + [.integer(site.id)])
      try update.run()
      try LayerExtents.touchSites(connection)
    }
  }

  private func hasPhotos(_ site: Int64) throws(SQLiteError) -> Bool {
    let any = try connection.prepare(
      """
      SELECT EXISTS (SELECT 1 FROM photos p JOIN folders f ON p.folder_id = f.id WHERE f.site_id = ?)
        AS photos
      """)
    any.bind(site)
    _ = try any.step()
    return any.count("photos") > 0
  }

  /// Forgets a site and all its rows; nothing happens to its files.
  /// - Parameter onlyIfEmpty: another process may have synced it since it was seen without photos.
  /// - Returns: the number of photo rows removed.
  /// - Throws: .notFound, .busy while it is being synced, .invalid when it should be empty and is not.
  @discardableResult
  public func removeSite(
    named name: String, onlyIfEmpty: Bool = false
  ) throws(IndexError) -> Int {
    let site = try site(named: name)
    let lease = try lease(site: site.id)
    defer { withExtendedLifetime(lease) {} }
    SiteAttempt.forget(index: path, site: site)
    return try write {
      if onlyIfEmpty, try hasPhotos(site.id) {
        throw IndexError(.invalid, "the site “\(name)” has photos by now")
      }
      try LastID.photos.keep(connection)
      try LastID.site.keep(connection)
      var sequence = ChangeSequence(connection)
      let seq = try sequence.next()
      try Tombstones.add(site: site, seq: seq, connection)
      try ChangeRun.removal(of: site, seq: seq, connection)
      let photos = try connection.prepare(
        "DELETE FROM photos WHERE folder_id IN (SELECT id FROM folders WHERE site_id = ?)")
      photos.bind(site.id)
      try photos.run()
      let removed = Int(clamping: connection.changes)
      for sql in ["DELETE FROM folders WHERE site_id = ?", "DELETE FROM site WHERE id = ?"] {
        let statement = try connection.prepare(sql)
        statement.bind(site.id)
        try statement.run()
      }
      var extents = try LayerExtents(connection)
      extents.invalidate()
      try extents.store(connection)
      try LayerExtents.touchSites(connection)
      return removed
    }
  }

  /// Stores how a sync went when it `changed` rows, when it is the site's first, or when it ended otherwise than the
  /// last one that was stored (completeness, counts of what there is, reasons).
  ///
  /// So an unchanged re-scan leaves the file untouched, and the time that is stored, with what the sync brought, is that of
  /// the last sync that brought something.
  public func finishSync(
    site: Int64, summary: SiteSummary, changed: Bool, cancelled: Bool = false
  ) throws(IndexError) {
    // Those a killed sync left behind.
    try drawTracks()
    // Without a run, the caller knows.
    let hasNews = run.map { $0.id != nil } ?? true
    try endRun(
      cancelled ? .cancelled : summary.complete && summary.failed == 0 ? .complete : .incomplete,
      summary.counters)
    let old = try reader.sites().first { $0.id == site }?.lastSync
    if !changed, let old, old.endedLike(as: summary) { return }
    var summary = summary
    if !hasNews, let old { summary.keepNews(of: old) }
    try write {
      let columns = SiteColumns.summary
      let update = try connection.prepare(
        "UPDATE site SET \(Self.assignments(columns)), sync_reasons = '{}' WHERE id = ?")
      update.bind(all: columns.map { $0.get(summary) } + [.integer(site)])
      try update.run()
      let reason = try connection.prepare(
        """
        UPDATE site SET sync_reasons = json_patch(sync_reasons, json_object(?1, ?2)) WHERE id = ?3
        """)
      for (name, count) in summary.reasons.sorted(by: { $0.key < $1.key }) {
        reason.bind(name, count, site)
        try reason.run()
      }
      try LayerExtents.touchSites(connection)
    }
  }

  private static func assignments<Value>(_ columns: [SiteColumn<Value>]) -> String {
    columns.map { "\($0.name) = ?" }.joined(separator: ", ")
  }
}

extension SiteRecord {
  /// `==` of texts takes é as one code point and as two for the same.
  fileprivate func hasSameBytes(as other: SiteRecord) -> Bool {
    func texts(_ site: SiteRecord) -> [String?] {
      let settings = site.settings
      return [site.name, site.location, settings.identity, settings.knownHosts]
    }
    return self == other
      && zip(texts(self), texts(other)).allSatisfy { ($0 ?? "").hasSameBytes(as: $1 ?? "") }
  }
}

extension SiteSummary {
  /// A sync that found nothing does not overwrite what the last one brought, and what that took.
  mutating func keepNews(of old: SiteSummary) {
    let (new, isComplete) = (counters, complete)
    self = old
    complete = isComplete
    counters.listed = new.listed
    counters.kept = new.kept
    counters.located = new.located
    counters.withoutPosition = new.withoutPosition
    counters.failed = new.failed
    counters.reasons = new.reasons
  }

  /// Times and traffic differ from run to run and do not count.
  func endedLike(as other: SiteSummary) -> Bool {
    let (own, others) = (counters, other.counters)
    return complete == other.complete && own.listed == others.listed
      && own.located == others.located && own.withoutPosition == others.withoutPosition
      && own.failed == others.failed && own.reasons == others.reasons && own.kept == others.kept
  }
}
