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
    try write { try insert(site, beside: try reader.sites()) }
  }

  /// The site that `isMeant`, else the one that `make` makes of all those there are: looked up and stored in one
  /// transaction, so that of several processes that want the same site one makes it and the others find it.
  package func site(
    where isMeant: (SiteRecord) -> Bool, orAdd make: ([SiteRecord]) -> SiteRecord
  ) throws(IndexError) -> (site: SiteRecord, isNew: Bool) {
    try write {
      let all = try reader.sites()
      if let found = all.first(where: isMeant) { return (found, false) }
      return (try insert(make(all), beside: all), true)
    }
  }

  /// To be called inside a transaction, in which `all` was read.
  private func insert(_ site: SiteRecord, beside all: [SiteRecord]) throws -> SiteRecord {
    if site.name.isEmpty { throw IndexError(.invalid, "a site needs a name") }
    if all.contains(where: { $0.name.hasSameBytes(as: site.name) }) {
      throw IndexError.siteExists(site.name)
    }
    var stored = site
    stored.lastSync = nil
    let insert = try connection.prepare(
      """
      INSERT INTO site (name, location, identity, known_hosts, transport, timeout_s, connections,
        in_flight, accept_new, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    Self.bind(site, to: insert)
    insert.bind(try LastID.site.next(connection), at: 10)
    try insert.run()
    stored.id = connection.lastInsertRowID
    try Contents.touchSites(connection)
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
      let update = try connection.prepare(
        """
        UPDATE site SET name = ?, location = ?, identity = ?, known_hosts = ?, transport = ?,
          timeout_s = ?, connections = ?, in_flight = ?, accept_new = ? WHERE id = ?
        """)
      Self.bind(site, to: update)
      update.bind(site.id, at: 10)
      try update.run()
      try Contents.touchSites(connection)
    }
  }

  /// Forgets a site and all its rows; nothing happens to its files.
  /// - Returns: the number of photo rows removed.
  /// - Throws: .notFound, .busy while it is being synced.
  @discardableResult
  public func removeSite(named name: String) throws(IndexError) -> Int {
    let site = try site(named: name)
    let lease = try lease(site: site.id)
    defer { withExtendedLifetime(lease) {} }
    SiteAttempt.forget(index: path, site: site)
    return try write {
      try LastID.photos.keep(connection)
      try LastID.site.keep(connection)
      let photos = try connection.prepare(
        "DELETE FROM photos WHERE folder_id IN (SELECT id FROM folders WHERE site_id = ?)")
      photos.bind(site.id, at: 1)
      try photos.run()
      let removed = Int(clamping: connection.changes)
      for sql in ["DELETE FROM folders WHERE site_id = ?", "DELETE FROM site WHERE id = ?"] {
        let statement = try connection.prepare(sql)
        statement.bind(site.id, at: 1)
        try statement.run()
      }
      var contents = try Contents(connection)
      contents.invalidate()
      try contents.store(connection)
      try Contents.touchSites(connection)
      return removed
    }
  }

  /// Keeps how a sync went, when that is news: when it `changed` rows, when it is the site's first, or when it ended
  /// otherwise than the last one kept (completeness, counts of what there is, reasons).
  ///
  /// So a sync that found everything as it was leaves the file untouched, and the time that is
  /// kept is that of the last sync with news.
  public func finishSync(
    site: Int64, summary: SiteSummary, changed: Bool
  ) throws(IndexError) {
    // Those a killed sync left behind.
    try drawTracks()
    let old = try reader.sites().first { $0.id == site }?.lastSync
    if !changed, let old, old.isSameNews(as: summary) { return }
    try write {
      let update = try connection.prepare(
        """
        UPDATE site SET sync_at = ?, sync_complete = ?, sync_seconds = ?, sync_round_trip_ms = ?,
          sync_connections = ?, sync_listed = ?, sync_new = ?, sync_changed = ?, sync_moved = ?,
          sync_removed = ?, sync_located = ?, sync_without_position = ?, sync_failed = ?,
          sync_reasons = '{}', sync_files_opened = ?, sync_data_requests = ?,
          sync_bytes_received = ?, sync_bytes_sent = ?, sync_kept = ? WHERE id = ?
        """)
      update.bind(Timestamp.text(summary.finishedAt), at: 1)
      update.bind(summary.complete ? 1 : 0, at: 2)
      update.bind(summary.seconds, at: 3)
      update.bind(summary.roundTripMilliseconds, at: 4)
      update.bind(summary.connections, at: 5)
      let counts = [
        summary.listed, summary.new, summary.changed, summary.moved, summary.removed,
        summary.located, summary.withoutPosition, summary.failed, summary.filesOpened,
        summary.dataRequests,
      ]
      for (offset, count) in counts.enumerated() { update.bind(count, at: Int32(6 + offset)) }
      update.bind(summary.bytesReceived, at: 16)
      update.bind(summary.bytesSent, at: 17)
      update.bind(summary.kept, at: 18)
      update.bind(site, at: 19)
      try update.run()
      let reason = try connection.prepare(
        """
        UPDATE site SET sync_reasons = json_patch(sync_reasons, json_object(?1, ?2)) WHERE id = ?3
        """)
      for (name, count) in summary.reasons.sorted(by: { $0.key < $1.key }) {
        reason.bind(name, at: 1)
        reason.bind(count, at: 2)
        reason.bind(site, at: 3)
        try reason.run()
      }
      try Contents.touchSites(connection)
    }
  }

  private static func bind(_ site: SiteRecord, to statement: Statement) {
    statement.bind(site.name, at: 1)
    statement.bind(site.location, at: 2)
    statement.bind(site.settings.identity, at: 3)
    statement.bind(site.settings.knownHosts, at: 4)
    statement.bind(site.settings.transportText, at: 5)
    statement.bind(site.settings.timeoutSeconds, at: 6)
    statement.bind(site.settings.connections, at: 7)
    statement.bind(site.settings.inFlight, at: 8)
    statement.bind(site.settings.acceptNew.map { $0 ? 1 : 0 }, at: 9)
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
  /// Times and traffic differ from run to run and are no news.
  func isSameNews(as other: SiteSummary) -> Bool {
    let (own, others) = (counters, other.counters)
    return complete == other.complete && own.listed == others.listed
      && own.located == others.located && own.withoutPosition == others.withoutPosition
      && own.failed == others.failed && own.reasons == others.reasons && own.kept == others.kept
  }
}
