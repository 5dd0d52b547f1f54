import Migrations
import SQLite

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Applies the migrations that a file lacks: one transaction per step, or a single one for a new file.
struct Migrator {
  var migrations: [Migration] = allMigrations
  var supported: Int { migrations.last?.version ?? 0 }

  /// What an opened database is.
  enum State: Equatable {
    /// No table yet.
    case empty
    case index(version: Int)
    /// Tables, but none of ours.
    case foreign
    /// The first step has another name: made by a program from before the first release.
    case unreleased
    /// A view in the place of that table of ours: a file made to answer without end.
    case disguised(String)
  }

  private static let tables = [
    "gpsindex_migration", "site", "folders", "photos", "tracks", "targets", "sidecars",
    "gpkg_contents",
  ].map { "'\($0)'" }.joined(separator: ", ")

  func state(of connection: Connection) throws(SQLiteError) -> State {
    let tables = try connection.prepare(
      """
      SELECT count(*) AS tables, coalesce(sum(name = 'gpsindex_migration'), 0) AS records,
        max(CASE WHEN type = 'view' AND name COLLATE NOCASE IN (\(Self.tables)) THEN name END) AS view
      FROM sqlite_schema
      """)
    _ = try tables.step()
    if tables.integer("tables") == 0 { return .empty }
    if let view = tables.optionalText("view") { return .disguised(view) }
    if tables.integer("records") == 0 { return .foreign }
    let records = try connection.prepare("SELECT version, name FROM gpsindex_migration")
    var applied: Set<Int> = []
    while try records.step() {
      let version = Int(clamping: records.integer("version"))
      if version == 1, let first = migrations.first, records.text("name") != first.name {
        return .unreleased
      }
      applied.insert(version)
    }
    if let newest = applied.max(), newest > supported { return .index(version: newest) }
    // Up to the first step that is missing, also when a later one came before it.
    let complete = migrations.prefix { applied.contains($0.version) }
    return .index(version: complete.last?.version ?? 0)
  }

  /// - Throws: .foreign, .unreleasedSchema, .newerSchema, .damaged; the file is not changed.
  func check(_ connection: Connection, path: String) throws -> State {
    let state = try state(of: connection)
    switch state {
    case .foreign:
      throw IndexError.foreign(path, "a database without the table gpsindex_migration")
    case .unreleased:
      throw IndexError(
        .unreleasedSchema,
        "the index \(path) was made by a gpsindex from before the first release; it cannot be read",
        advice: "move the file away and sync again")
    case .disguised(let view):
      throw IndexError(
        .damaged, "the index \(path) is damaged: \(view) is a view, where a table must be",
        advice: "move the file away and sync again")
    case .index(let version) where version > supported:
      throw IndexError(
        .newerSchema(found: version, supported: supported),
        "the index \(path) has schema \(version); this program knows schemas up to \(supported)",
        advice: "a newer gpsindex, or another index with --index FILE")
    default:
      return state
    }
  }

  /// Applies the missing steps. An index that already holds data is first copied to `PATH.schemaN`, unless it is itself
  /// a copy.
  /// - Returns: whether it held an older schema.
  func migrate(_ connection: Connection, path: String, isCopy: Bool = false) throws -> Bool {
    var version = 0
    var isUpgrade = false
    switch try check(connection, path: path) {
    case .index(let found) where found == supported: return false
    case .index(let found):
      version = found
      isUpgrade = true
      if !isCopy { try copy(connection, path: path, version: found) }
    case .empty, .foreign, .unreleased, .disguised: break
    }
    // A new index is made in one transaction: no other process, and no kill, leaves it half way.
    let isNew = version == 0
    while version < supported {
      try connection.transaction {
        repeat {
          // Another process may have applied it meanwhile.
          if case .index(let found) = try check(connection, path: path) { version = found }
          guard let step = migrations.first(where: { $0.version > version }) else { return }
          try apply(step, to: connection)
          version = step.version
        } while isNew
      }
    }
    // GDAL reads the application id from the file itself, before SQLite sees the log.
    try connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return isUpgrade
  }

  private func apply(_ step: Migration, to connection: Connection) throws {
    try connection.execute(step.sql)
    let record = try connection.prepare(
      """
      INSERT INTO gpsindex_migration (version, name, applied_at)
      VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
      """)
    record.bind(step.version, step.name)
    try record.run()
  }

  private func copy(_ connection: Connection, path: String, version: Int) throws {
    let target = "\(path).schema\(version)"
    try connection.vacuum(intoNew: target)
  }
}

extension Connection {
  /// A copy of the whole database in a new file that only its owner may read (0600), from its first byte on. What had
  /// that name before goes; a link is not followed.
  func vacuum(intoNew target: String) throws {
    // VACUUM INTO makes the file by the umask; an empty one it takes as it is.
    unlink(target)
    let file = open(target, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw IndexError.system(errno, "the file \(target) cannot be created") }
    close(file)
    do {
      let copy = try prepare("VACUUM INTO ?")
      copy.bind(target)
      try copy.run()
    } catch {
      unlink(target)
      throw error
    }
  }
}

extension IndexError {
  static func foreign(_ path: String, _ what: String) -> IndexError {
    IndexError(
      .foreign, "\(path) is not an index of gpsindex: \(what)",
      advice: "the right file with --index FILE; this one was left untouched")
  }
}
