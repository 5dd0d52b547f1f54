internal import CSQLite

/// One `sqlite3_stmt*`: bind, step, read. Parameters are bound in their order, or by numbers from 1; columns are read by
/// their names only (see ``column(_:)``).
@safe package final class Statement {
  /// The compiled statement itself; `sqlite3_finalize` in `deinit`.
  @safe final class Handle {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
    deinit { _ = unsafe sqlite3_finalize(pointer) }
  }

  /// Kept as long as ``pointer`` is used.
  private let owner: Handle
  private let pointer: OpaquePointer
  /// Kept so that the connection outlives its statements.
  private let connection: Connection
  private var isRunning = false
  /// Where the next search for a column begins.
  private var nextColumn: Int32 = 0
  /// Of the first binding that could not be made; the next step throws it.
  private var bindingFailure = SQLITE_OK

  init(connection: Connection, handle: Handle) {
    self.connection = connection
    owner = handle
    unsafe pointer = handle.pointer
  }

  /// A statement that is dropped in mid-result must not hold its read transaction open.
  deinit {
    _ = unsafe sqlite3_reset(pointer)
    setRunning(false)
  }

  private func setRunning(_ runs: Bool) {
    if runs == isRunning { return }
    isRunning = runs
    if runs { connection.watch.begin() } else { connection.watch.end() }
  }

  /// Ready to run again, without bindings (`sqlite3_reset`, `sqlite3_clear_bindings`).
  package func reset() {
    _ = unsafe sqlite3_reset(pointer)
    setRunning(false)
    _ = unsafe sqlite3_clear_bindings(pointer)
    bindingFailure = SQLITE_OK
  }

  /// True when a row is there to be read, false at the end (`sqlite3_step`).
  package func step() throws(SQLiteError) -> Bool {
    if bindingFailure != SQLITE_OK {
      throw unsafe SQLiteError(
        code: bindingFailure, message: String(cString: sqlite3_errstr(bindingFailure)), sql: sql)
    }
    setRunning(true)
    let code = unsafe sqlite3_step(pointer)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE {
      setRunning(false)
      return false
    }
    let error = connection.failure(code, sql: sql)
    _ = unsafe sqlite3_reset(pointer)
    setRunning(false)
    throw error
  }

  private var sql: String? { unsafe sqlite3_sql(pointer).map { unsafe String(cString: $0) } }

  /// Steps to the end, then is ready to be bound and run again.
  package func run() throws(SQLiteError) {
    while try step() {}
    _ = unsafe sqlite3_reset(pointer)
  }

  // MARK: Parameters

  package func bind(_ value: Int64?, at index: Int32) {
    if let value {
      check(unsafe sqlite3_bind_int64(pointer, index, value))
    } else {
      check(unsafe sqlite3_bind_null(pointer, index))
    }
  }

  package func bind(_ value: Int?, at index: Int32) { bind(value.map(Int64.init), at: index) }

  /// SQLite stores a NaN as NULL.
  package func bind(_ value: Double?, at index: Int32) {
    if let value {
      check(unsafe sqlite3_bind_double(pointer, index, value))
    } else {
      check(unsafe sqlite3_bind_null(pointer, index))
    }
  }

  package func bind(_ value: String?, at index: Int32) {
    guard var value else { return check(unsafe sqlite3_bind_null(pointer, index)) }
    value.withUTF8 { utf8 in
      // An empty buffer may have no address, and a null address would bind NULL.
      unsafe utf8.withMemoryRebound(to: CChar.self) { text in
        if let base = text.baseAddress {
          check(unsafe csqlite_bind_text(pointer, index, base, UInt64(text.count)))
        } else {
          check(unsafe csqlite_bind_text(pointer, index, "", 0))
        }
      }
    }
  }

  package func bind(_ value: [UInt8]?, at index: Int32) {
    guard let value else { return check(unsafe sqlite3_bind_null(pointer, index)) }
    unsafe value.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress {
        check(unsafe csqlite_bind_blob(pointer, index, base, UInt64(bytes.count)))
      } else {
        check(unsafe sqlite3_bind_zeroblob(pointer, index, 0))
      }
    }
  }

  package func bind(_ value: SQLValue, at index: Int32) {
    switch value {
    case .null: check(unsafe sqlite3_bind_null(pointer, index))
    case .integer(let value): bind(value, at: index)
    case .real(let value): bind(value, at: index)
    case .text(let value): bind(value, at: index)
    case .blob(let value): bind(value, at: index)
    }
  }

  /// Binding fails for an index that the SQL does not have, or in mid-result: an error of the
  /// programmer, who must see it. A value that is too long, or that memory does not hold, fails the next step.
  private func check(_ code: Int32) {
    if code == SQLITE_TOOBIG || code == SQLITE_NOMEM {
      bindingFailure = code
      return
    }
    precondition(code == SQLITE_OK, "sqlite3_bind: result code \(code)")
  }

  // MARK: Columns of the current row

  /// The place of a column in the result: found once, read in each row.
  package struct Column: Sendable {
    let index: Int32
  }

  /// - Parameter name: as the SQL of the statement has it (`AS name` for all but plain columns). A table of a strange file
  ///   may spell its columns otherwise, and SQLite then answers in that way: capitals do not matter.
  /// - Returns: a column that is NULL in every row when the result has none of that name, which is a defect of the caller.
  package func column(_ name: String) -> Column {
    let count = unsafe sqlite3_column_count(pointer)
    // Mostly names are asked for in their order.
    for step in 0..<max(count, 0) {
      let index = (nextColumn + step) % count
      guard let found = unsafe sqlite3_column_name(pointer, index),
        unsafe sqlite3_stricmp(found, name) == 0
      else { continue }
      nextColumn = index + 1
      return Column(index: index)
    }
    assertionFailure("no column \(name) in \(sql ?? "")")
    return Column(index: -1)
  }

  package func isNull(_ column: Column) -> Bool {
    unsafe sqlite3_column_type(pointer, column.index) == SQLITE_NULL
  }

  /// 0 for NULL.
  package func integer(_ column: Column) -> Int64 {
    unsafe sqlite3_column_int64(pointer, column.index)
  }
  package func optionalInteger(_ column: Column) -> Int64? {
    let value = integer(column)
    return value == 0 && isNull(column) ? nil : value
  }

  /// A number of things, of a file that anybody may have written: at least 0, at most ``mostCounted``.
  package func count(_ column: Column) -> Int {
    Int(max(0, min(integer(column), Self.mostCounted)))
  }
  package func optionalCount(_ column: Column) -> Int? { isNull(column) ? nil : count(column) }

  /// So much that no index holds as many photos, and so little that eight million of them can be added up.
  package static let mostCounted: Int64 = 1 << 40

  /// 0 for NULL.
  package func real(_ column: Column) -> Double {
    unsafe sqlite3_column_double(pointer, column.index)
  }
  package func optionalReal(_ column: Column) -> Double? {
    // Most values are there and not 0: one call then, instead of two.
    let value = real(column)
    return value == 0 && isNull(column) ? nil : value
  }

  /// Empty for NULL; invalid UTF-8 is repaired with U+FFFD, and what is longer than ``longestText`` is cut.
  package func text(_ column: Column) -> String {
    unsafe withBytes(column) { bytes in
      let cut = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longestText))
      return unsafe String(decoding: cut, as: UTF8.self)
    }
  }
  /// Bytes; no name, path or reason of a photo is as long.
  package static let longestText = 1 << 20

  package func optionalText(_ column: Column) -> String? { isNull(column) ? nil : text(column) }

  /// The bytes of a text or blob; empty for NULL.
  package func bytes(_ column: Column) -> [UInt8] {
    unsafe withBytes(column) { unsafe Array($0) }
  }

  /// The bytes of a text or blob, valid during the call only (`sqlite3_column_blob`).
  package func withBytes<R>(_ column: Column, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    let start = unsafe sqlite3_column_blob(pointer, column.index)
    let count = unsafe sqlite3_column_bytes(pointer, column.index)
    return unsafe body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(count)))
  }

  package func value(_ column: Column) -> SQLValue {
    switch unsafe sqlite3_column_type(pointer, column.index) {
    case SQLITE_INTEGER: .integer(integer(column))
    case SQLITE_FLOAT: .real(real(column))
    case SQLITE_TEXT: .text(text(column))
    case SQLITE_BLOB: .blob(bytes(column))
    default: .null
    }
  }
}
