internal import PhotoIndex

/// Table `sites`: the state of each site, which is read first and written last.
struct SitesTable {
  let session: DatabaseSession
  let schema: PublishSchema

  struct Found {
    /// By the name that was asked for; a site of the same index may have another name there.
    var states: [PublishedState?]
    /// Names whose lock another run holds.
    var locked: Set<Int>
    /// Sites that the database has twice, under their old and their new name.
    var ambiguous: [Int: PublishError] = [:]
    var hasAllColumns: Bool
  }

  /// One statement: locks the sites for this session, and reads their states.
  ///
  /// - Returns: nil when there are no tables yet.
  func lockAndRead(_ sites: [LocalSite], indexID: String) throws(PublishError) -> Found? {
    let exists = schema.quoted
    let sql = """
      SELECT w.n, pg_try_advisory_lock(hashtextextended('gpsindex:' || $4 || ':' || w.name, 0)),
        s.site, s.name, s.url, s.index_id, s.index_site, s.seq, s.run_token, s.settled,
        (SELECT max(version) FROM \(exists).migration),
        (SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($5 || '.photos')
          AND NOT attisdropped AND attname = ANY ($6::text[]))
      FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY w (name, id, n)
      LEFT JOIN \(exists).sites s ON s.name = w.name OR s.index_id = $3 AND s.index_site = w.id
      """
    let rows: DatabaseRows
    do {
      rows = try session.execute(
        sql,
        [
          PostgresText.array(sites.map(\.name)), PostgresText.array(sites.map { String($0.id) }),
          indexID, schema.name, schema.quoted, PostgresText.array(PublishedColumn.all.map(\.name)),
        ])
    } catch {
      guard error.sqlState == "42P01" || error.sqlState == "3F000" else { throw error }
      return nil
    }
    return try found(rows, sites, indexID)
  }

  private func found(
    _ rows: DatabaseRows, _ sites: [LocalSite], _ indexID: String
  ) throws(PublishError) -> Found {
    var found = Found(states: sites.map { _ in nil }, locked: [], hasAllColumns: true)
    for row in 0..<rows.count {
      guard let number = rows.integer(row, 0).map({ Int($0) - 1 }), sites.indices.contains(number)
      else { continue }
      if let version = rows.integer(row, 10), version > PublishSchema.version {
        throw PublishError(
          .conflict, "a newer gpsindex made the schema \(schema.name) of \(session.shown)",
          advice: "a newer gpsindex here")
      }
      found.hasAllColumns = rows.integer(row, 11) == Int64(PublishedColumn.all.count)
      if !rows.isTrue(row, 1) { found.locked.insert(number) }
      guard let state = Self.state(rows, row) else { continue }
      let isRenamed = state.name != sites[number].name
      if let other = found.states[number], other.name != state.name {
        found.ambiguous[number] = PublishError(
          .conflict,
          "the site “\(sites[number].name)” was “\(isRenamed ? state.name : other.name)” before, and the database has both",
          advice: "gpsindex publish --prune, or another name for one of them")
      }
      found.states[number] = state
    }
    return found
  }

  private static func state(_ rows: DatabaseRows, _ row: Int) -> PublishedState? {
    guard let site = rows.integer(row, 2).flatMap({ Int32(exactly: $0) }),
      let name = rows.text(row, 3), let url = rows.text(row, 4), let index = rows.text(row, 5),
      let indexSite = rows.integer(row, 6), let seq = rows.integer(row, 7),
      let token = rows.text(row, 8)
    else { return nil }
    return PublishedState(
      site: site, name: name, url: url, indexID: index, indexSite: indexSite, seq: seq,
      runToken: token, isSettled: rows.isTrue(row, 9))
  }

  /// The row of a new site, within the transaction that fills it.
  func insert(_ site: LocalSite) throws(PublishError) -> Int32 {
    let row = try session.execute(
      """
      INSERT INTO sites (name, url, index_id, index_site, seq, run_token, settled, published_at)
      VALUES ($1, $2, $3, $4, 0, '', false, now()) RETURNING site
      """, [site.name, site.url, site.indexID, String(site.id)])
    guard let number = row.integer(0, 0).flatMap({ Int32(exactly: $0) }) else {
      throw PublishError(
        .other, "the database \(session.shown) gave no number for a site",
        advice: "--schema with another name")
    }
    return number
  }

  /// Locks the row of a site until the transaction ends, if it is as it was read.
  func confirm(_ state: PublishedState) throws(PublishError) {
    let row = try session.execute(
      """
      SELECT 1 FROM sites WHERE site = $1 AND index_id = $2 AND seq = $3 AND run_token = $4
      FOR UPDATE NOWAIT
      """, [String(state.site), state.indexID, String(state.seq), state.runToken])
    if row.count == 1 { return }
    throw PublishError(
      .busy, "another run has published the site “\(state.name)” meanwhile",
      advice: "publish again")
  }

  /// The last statement before the transaction is committed.
  func write(_ site: LocalSite, number: Int32) throws(PublishError) {
    try session.execute(
      """
      UPDATE sites SET name = $2, url = $3, index_id = $4, index_site = $5, seq = $6,
        run_token = $7, settled = $8, published_at = now(), published_by = current_user WHERE site = $1
      """,
      [
        String(number), site.name, site.url, site.indexID, String(site.id), String(site.seq),
        site.runToken, site.isSettled ? "true" : "false",
      ])
  }

  /// Who holds the lock of a site: a sentence, or empty where the server does not say.
  func holder(_ name: String) -> String {
    let row = try? session.execute(
      """
      SELECT coalesce(host(a.client_addr), 'a local client'), a.usename, a.pid FROM pg_locks l
      JOIN pg_stat_activity a USING (pid), hashtextextended('gpsindex:' || $1 || ':' || $2, 0) h
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.pid <> pg_backend_pid()
        AND l.classid::bigint = (h >> 32) & 4294967295 AND l.objid::bigint = h & 4294967295 LIMIT 1
      """, [schema.name, name])
    guard let row, let client = row.text(0, 0), let user = row.text(0, 1), let pid = row.text(0, 2)
    else { return "" }
    return " (user \(user) from \(client), process \(pid) of the server)"
  }
}
