import Migrations
import SQLite

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Brings a file to the newest schema: one transaction per step, or one for a new file.
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
  }

  func state(of connection: Connection) throws(SQLiteError) -> State {
    let tables = try connection.prepare(
      "SELECT count(*), coalesce(sum(name = 'gpsindex_migration'), 0) FROM sqlite_schema")
    _ = try tables.step()
    if tables.integer(0) == 0 { return .empty }
    if tables.integer(1) == 0 { return .foreign }
    let versions = try connection.prepare("SELECT version FROM gpsindex_migration")
    var applied: Set<Int> = []
    while try versions.step() { applied.insert(Int(clamping: versions.integer(0))) }
    if let newest = applied.max(), newest > supported { return .index(version: newest) }
    // Up to the first step that is missing, also when a later one came before it.
    let complete = migrations.prefix { applied.contains($0.version) }
    return .index(version: complete.last?.version ?? 0)
  }

  /// - Throws: .foreign, .newerSchema; neither changes the file.
  func check(_ connection: Connection, path: String) throws -> State {
    let state = try state(of: connection)
    switch state {
    case .foreign:
      throw IndexError.foreign(path, "a database without the table gpsindex_migration")
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
    case .empty, .foreign: break
    }
    // A new index is made at once: nobody, and no kill, meets one that is half way.
    let isNew = version == 0
    while version < supported {
      try connection.transaction {
        repeat {
          // Another process may have been quicker.
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
    record.bind(step.version, at: 1)
    record.bind(step.name, at: 2)
    try record.run()
  }

  private func copy(_ connection: Connection, path: String, version: Int) throws {
    let target = "\(path).schema\(version)"
    // A copy of an earlier attempt; VACUUM INTO does not overwrite.
    unlink(target)
    let copy = try connection.prepare("VACUUM INTO ?")
    copy.bind(target, at: 1)
    try copy.run()
    chmod(target, 0o600)
  }
}

extension IndexError {
  static func foreign(_ path: String, _ what: String) -> IndexError {
    IndexError(
      .foreign, "\(path) is not an index of gpsindex: \(what)",
      advice: "the right file with --index FILE; this one was left untouched")
  }
}
