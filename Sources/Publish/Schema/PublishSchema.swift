/// The tables in the database, and how they get there.
struct PublishSchema: Sendable {
  /// Its name, in double quotes.
  let quoted: String
  let name: String
  static let version = 1

  init(_ name: String) throws(PublishError) {
    guard !name.isEmpty, name.utf8.count <= 63, !name.utf8.contains(0), !name.hasPrefix("pg_")
    else {
      throw PublishError(
        .invalid, "“\(name)” cannot be the name of a schema", advice: "--schema gpsindex")
    }
    self.name = name
    quoted = PostgresText.quoted(name)
  }

  /// The geometry of a target; the view and its index must agree.
  private static let target = """
    ST_SetSRID(ST_MakePoint(target_lon, target_lat, coalesce(target_alt_m, 0)), 4326)::geometry(PointZ, 4326)
    """

  /// What `photos` is searched by. A load into an empty table makes them afterwards.
  static let dropIndexes = """
    ALTER TABLE photos DROP CONSTRAINT photos_pkey, DROP CONSTRAINT photos_path;
    DROP INDEX photos_geom; DROP INDEX photos_target;
    """
  static let createIndexes = """
    ALTER TABLE photos ADD CONSTRAINT photos_pkey PRIMARY KEY (site, photo);
    ALTER TABLE photos ADD CONSTRAINT photos_path UNIQUE (site, folder, file) DEFERRABLE INITIALLY DEFERRED;
    CREATE INDEX photos_geom ON photos USING gist (geom);
    CREATE INDEX photos_target ON photos USING gist ((\(target))) WHERE target_lon IS NOT NULL;
    """

  /// Both schemas, for the statements of one transaction.
  func searchPath(postgis: String) -> String {
    "SET LOCAL search_path TO \(quoted), \(PostgresText.quoted(postgis))"
  }

  // MARK: Making it

  /// Makes the tables, or brings them up to date, in one transaction.
  func install(_ session: DatabaseSession, partitions: Int?) throws(PublishError) {
    let postgis = try Self.postgis(session)
    try session.execute("BEGIN")
    try session.execute(
      "SELECT pg_advisory_xact_lock(hashtextextended('gpsindex-schema:' || $1, 0))", [name])
    let found = try session.execute(
      """
      SELECT to_regnamespace($1) IS NOT NULL, to_regclass($1 || '.migration') IS NOT NULL,
        to_regclass($1 || '.photos') IS NOT NULL
      """, [quoted])
    if !found.isTrue(0, 0) { try session.execute("CREATE SCHEMA \(quoted)") }
    try session.execute(searchPath(postgis: postgis))
    if !found.isTrue(0, 1) {
      if found.isTrue(0, 2) {
        throw PublishError(
          .conflict,
          "the schema \(name) of \(session.shown) holds a table photos of another program",
          advice: "--schema with another name")
      }
      try session.execute(script(postgis: postgis, partitions: partitions))
    }
    try addColumns(session, isNew: !found.isTrue(0, 1))
    try session.execute("COMMIT")
  }

  private func script(postgis: String, partitions: Int?) -> String {
    let columns = PublishedColumn.all.map { "  " + $0.declaration }.joined(separator: ",\n")
    var text = String(decoding: PackageResources.v0001_publish_sql, as: UTF8.self)
      .replacing("@columns@", with: columns)
      .replacing("@postgis@", with: PostgresText.quoted(postgis))
      .replacing("@schema@", with: quoted)
      .replacing("@target@", with: Self.target)
    if let partitions {
      let storage = ") WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);"
      let parts = (0..<partitions).map {
        "CREATE TABLE photos_\($0) PARTITION OF photos "
          + "FOR VALUES WITH (MODULUS \(partitions), REMAINDER \($0)) " + storage.dropFirst(2)
      }
      text = text.replacing(
        storage, with: ") PARTITION BY HASH (site);\n" + parts.joined(separator: "\n"),
        maxReplacements: 1)
    }
    return """
      CREATE TABLE migration (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
      \(text)
      \(Self.createIndexes)
      INSERT INTO migration (version, name) VALUES (1, 'publish');
      """
  }

  /// A field that a newer program reads is one more column, NULL until its photos are read again.
  private func addColumns(_ session: DatabaseSession, isNew: Bool) throws(PublishError) {
    let found = try session.execute(
      """
      SELECT attname FROM pg_attribute
      WHERE attrelid = to_regclass($1 || '.photos') AND attnum > 0 AND NOT attisdropped ORDER BY attnum
      """, [quoted])
    let known = (0..<found.count).compactMap { found.text($0, 0) }
    let missing = PublishedColumn.all.filter { !known.contains($0.name) }
    if missing.isEmpty && !isNew { return }
    if !missing.isEmpty {
      try session.execute(
        "ALTER TABLE photos "
          + missing.map { "ADD COLUMN \($0.name) \($0.kind.rawValue)" }.joined(separator: ", "))
    }
    try session.execute(Self.namedView(known + missing.map(\.name)))
  }

  /// Photos with the names that the index has in its view of this name. GDAL and QGIS need a single number as a key. New
  /// columns come last, as CREATE OR REPLACE VIEW demands.
  private static func namedView(_ columns: [String]) -> String {
    let own = ["geom", "row_hash"]
    return """
      CREATE OR REPLACE VIEW photos_named AS
      SELECT (p.site::bigint << 40) + p.photo AS id, p.geom, s.name AS site_name,
        CASE p.folder WHEN '' THEN p.file ELSE p.folder || '/' || p.file END AS path,
        ST_Y(p.geom) AS lat, ST_X(p.geom) AS lon,
        \(columns.filter { !own.contains($0) }.map { "p." + PostgresText.quoted($0) }.joined(separator: ", "))
      FROM photos p JOIN sites s USING (site)
      """
  }

  /// The schema of PostGIS.
  static func postgis(_ session: DatabaseSession) throws(PublishError) -> String {
    let found = try session.execute(
      """
      SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      WHERE e.extname = 'postgis'
      """)
    if let schema = found.text(0, 0) { return schema }
    throw PublishError(
      .configuration, "the database \(session.shown) has no PostGIS",
      advice: "psql -d \(session.database) -c 'CREATE EXTENSION postgis', as its administrator")
  }
}
