internal import CSQLite

/// One `sqlite3*`, closed in `deinit` (`sqlite3_close_v2`). Used by one thread at a time.
@safe package final class Connection {
  let handle: OpaquePointer
  let patience = LockPatience()
  private var cache: [String: Statement.Handle] = [:]
  let watch = WorkWatch()
  /// Off: statements fire no triggers (`SQLITE_DBCONFIG_ENABLE_TRIGGER`); foreign keys act as always. A change makes SQLite
  /// compile all statements again that are in use.
  package var firesTriggers = true {
    didSet {
      if firesTriggers == oldValue { return }
      _ = unsafe csqlite_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, firesTriggers ? 1 : 0)
    }
  }
  /// Off: statements may write the tables in which virtual tables keep their data (`SQLITE_DBCONFIG_DEFENSIVE`).
  package var protectsShadowTables = true {
    didSet {
      if protectsShadowTables == oldValue { return }
      _ = unsafe csqlite_db_config(
        handle, SQLITE_DBCONFIG_DEFENSIVE, protectsShadowTables ? 1 : 0)
    }
  }

  /// Nobody asks SQLite for counts of its memory. Where another part of the process has used SQLite before, they stay.
  private static let isConfigured = csqlite_leave_memory_uncounted() == SQLITE_OK

  /// How a file is opened; the file is never created unless the mode says so.
  package enum Mode: Sendable {
    case readOnly
    /// Read-only and without any lock or side file: only for a file that cannot change
    /// meanwhile (`immutable=1`, <https://sqlite.org/uri.html>).
    case immutable
    case readWrite
    case readWriteCreate
  }

  /// `sqlite3_open_v2`. SQLite looks into the file only at the first statement.
  ///
  /// The connection refuses to change its own schema tables by hand (`SQLITE_DBCONFIG_DEFENSIVE`) and trusts no
  /// function or virtual table that is not marked innocuous (`TRUSTED_SCHEMA` off, until
  /// ``setTrustsSchema(_:)``), so that a hostile file can do no more than answer wrongly.
  package init(path: String, mode: Mode) throws(SQLiteError) {
    _ = Self.isConfigured
    var opened: OpaquePointer?
    // A URI always, so that a path that itself starts with "file:" is not taken for one.
    let name = "file:" + Self.percentEncoded(path) + (mode == .immutable ? "?immutable=1" : "")
    let access =
      switch mode {
      case .readOnly, .immutable: SQLITE_OPEN_READONLY
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    let flags = access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let code = unsafe sqlite3_open_v2(path == ":memory:" ? path : name, &opened, flags, nil)
    guard let handle = unsafe opened else {
      throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory")
    }
    guard code == SQLITE_OK else {
      var error = unsafe SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)))
      error.systemError = unsafe sqlite3_system_errno(handle)
      _ = unsafe sqlite3_close_v2(handle)
      throw error
    }
    unsafe self.handle = handle
    _ = unsafe csqlite_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
    _ = unsafe csqlite_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
  }

  /// A private copy in SQLite's temporary folder, as large as `original`; it goes when it is closed (`sqlite3_backup_init`,
  /// <https://sqlite.org/inmemorydb.html#temp_db>).
  ///
  /// - Parameter inMemory: in memory instead, with all that SQLite would put into that folder.
  package convenience init(
    temporaryCopyOf original: Connection, inMemory: Bool = false
  ) throws(SQLiteError) {
    try self.init(path: inMemory ? ":memory:" : "", mode: .readWriteCreate)
    if inMemory { try execute("PRAGMA temp_store = MEMORY") }
    let backup = unsafe sqlite3_backup_init(handle, "main", original.handle, "main")
    guard let backup = unsafe backup else {
      throw failure(unsafe sqlite3_errcode(handle), sql: nil)
    }
    let copied = unsafe sqlite3_backup_step(backup, -1)
    let finished = unsafe sqlite3_backup_finish(backup)
    if copied == SQLITE_DONE && finished == SQLITE_OK { return }
    throw failure(copied == SQLITE_DONE ? finished : copied, sql: nil)
  }

  deinit {
    cache.removeAll()
    _ = unsafe sqlite3_close_v2(handle)
  }

  /// When on, the last connection to leave keeps the write-ahead log as it is instead of copying it
  /// into the file (`SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE`).
  package func setKeepsLogOnClose(_ keeps: Bool) {
    _ = unsafe csqlite_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps ? 1 : 0)
  }

  /// Lets triggers and views use virtual tables such as the R*Tree (`SQLITE_DBCONFIG_TRUSTED_SCHEMA`).
  package func setTrustsSchema(_ trusts: Bool) {
    _ = unsafe csqlite_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, trusts ? 1 : 0)
  }

  /// Runs all statements of a script; result rows are dropped (`sqlite3_exec`).
  package func execute(_ script: String) throws(SQLiteError) {
    watch.begin()
    defer { watch.end() }
    let code = unsafe sqlite3_exec(handle, script, nil, nil, nil)
    if code != SQLITE_OK { throw failure(code, sql: script) }
  }

  /// Compiles one statement (`sqlite3_prepare_v3`).
  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    Statement(connection: self, handle: try compile(sql, lasting: false))
  }

  /// Like ``prepare(_:)``, compiled once per connection and SQL text. At most one user at a time: the statement comes
  /// back reset and without bindings, whatever its last user left behind.
  package func cached(_ sql: String) throws(SQLiteError) -> Statement {
    let compiled: Statement.Handle
    if let found = cache[sql] {
      compiled = found
    } else {
      compiled = try compile(sql, lasting: true)
      cache[sql] = compiled
    }
    let statement = Statement(connection: self, handle: compiled)
    statement.reset()
    return statement
  }

  private func compile(_ sql: String, lasting: Bool) throws(SQLiteError) -> Statement.Handle {
    var compiled: OpaquePointer?
    let flags = lasting ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    let code = unsafe sqlite3_prepare_v3(handle, sql, -1, flags, &compiled, nil)
    guard code == SQLITE_OK, let compiled = unsafe compiled else {
      if code != SQLITE_OK { throw failure(code, sql: sql) }
      throw SQLiteError(code: SQLITE_MISUSE, message: "no statement", sql: sql)
    }
    return unsafe Statement.Handle(compiled)
  }

  /// No text, blob or row may be longer than so many bytes (`SQLITE_LIMIT_LENGTH`); a longer one is an error of the
  /// statement that meets or makes it.
  package func setLongestValue(bytes: Int32) {
    _ = unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, bytes)
  }

  /// Rowid of the last INSERT (`sqlite3_last_insert_rowid`).
  package var lastInsertRowID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }
  /// Rows changed since the connection was opened, triggers included (`sqlite3_total_changes64`).
  package var totalChanges: Int64 { unsafe sqlite3_total_changes64(handle) }
  /// Rows changed by the last statement, triggers excluded (`sqlite3_changes64`).
  package var changes: Int64 { unsafe sqlite3_changes64(handle) }
  /// Inside BEGIN … COMMIT (`sqlite3_get_autocommit`).
  package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

  func failure(_ code: Int32, sql: String?) -> SQLiteError {
    var error = unsafe SQLiteError(
      code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql)
    error.systemError = unsafe sqlite3_system_errno(handle)
    error.isOverLimit = watch.isExceeded
    return error
  }

  /// Every byte but unreserved ones and `/` as `%XX` (RFC 3986 §2.1).
  private static func percentEncoded(_ path: String) -> String {
    var out = ""
    for byte in path.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E:
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        out += byte < 16 ? "%0" : "%"
        out += String(byte, radix: 16, uppercase: true)
      }
    }
    return out
  }

  /// Version of the linked library, such as `3.40.1` (`sqlite3_libversion`).
  package static var libraryVersion: String { unsafe String(cString: sqlite3_libversion()) }
}
