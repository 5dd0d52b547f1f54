internal import CPQ

/// One connection to a database (`PGconn`). Used by one thread at a time. Closing it, also by the end of the process, rolls
/// back what is not committed.
@safe final class DatabaseSession {
  private let pointer: OpaquePointer
  /// For messages.
  let shown: String
  let database: String
  let user: String
  /// As `server_version_num`.
  let serverVersion: Int
  /// Statements that were sent.
  private(set) var statements = 0

  /// - Parameter environment: of the process; a setting there wins over the defaults of this program.
  init(
    _ address: DatabaseAddress, environment: (String) -> String?
  ) throws(PublishError) {
    shown = address.shown
    var settings: [(name: String, value: String)] = [
      ("fallback_application_name", "gpsindex publish"), ("client_encoding", "UTF8"),
      ("keepalives_idle", "30"), ("tcp_user_timeout", "60000"),
    ]
    // A service file may hold these, too, and is not read here: what comes later wins.
    let isOwn = !address.has("service") && environment("PGSERVICE") == nil
    if isOwn, environment("PGCONNECT_TIMEOUT") == nil { settings.append(("connect_timeout", "15")) }
    if isOwn, environment("PGGSSENCMODE") == nil { settings.append(("gssencmode", "disable")) }
    settings.append(("dbname", address.text))
    let opened = unsafe CStrings.with(settings.map(\.name)) { names in
      unsafe CStrings.with(settings.map(\.value)) { values in
        unsafe pq_connect(names.baseAddress, values.baseAddress)
      }
    }
    guard let pointer = unsafe opened else {
      throw PublishError(.other, "out of memory", advice: "a machine with more memory")
    }
    unsafe pq_drop_notices(pointer)
    guard unsafe pq_status(pointer) == Int32(PQ_CONNECTION_OK) else {
      let error = unsafe Self.connectionFailure(pointer, shown)
      unsafe pq_finish(pointer)
      throw error
    }
    unsafe self.pointer = pointer
    database = unsafe String(cString: pq_database(pointer))
    user = unsafe String(cString: pq_user(pointer))
    serverVersion = unsafe Int(pq_server_version(pointer))
    guard serverVersion >= 120_000 else {
      unsafe pq_finish(pointer)
      throw PublishError(
        .configuration, "the server of \(shown) is older than PostgreSQL 12",
        advice: "a server with PostgreSQL 12 or newer")
    }
  }

  deinit { unsafe pq_finish(pointer) }

  // MARK: Statements

  /// Runs statements without parameters; the result is that of the last one.
  @discardableResult
  func execute(_ sql: String) throws(PublishError) -> DatabaseRows {
    statements += 1
    return try unsafe checked(pq_execute(pointer, sql))
  }

  @discardableResult
  func execute(_ sql: String, _ values: [String?]) throws(PublishError) -> DatabaseRows {
    statements += 1
    let result = unsafe CStrings.with(values) { values in
      unsafe pq_execute_with(pointer, sql, Int32(values.count - 1), values.baseAddress)
    }
    return try unsafe checked(result)
  }

  /// Hands over rows one by one, in constant memory.
  func rows(
    _ sql: String, _ values: [String?] = [], each: (DatabaseRows) throws -> Void
  ) throws {
    statements += 1
    let sent = unsafe CStrings.with(values) { values in
      unsafe pq_send(pointer, sql, Int32(values.count - 1), values.baseAddress)
    }
    guard sent == 1 else { throw failure() }
    var failed: (any Error)?
    while let result = unsafe pq_next(pointer) {
      let rows = unsafe DatabaseRows(result)
      // All results must be taken before the next statement, also after an error.
      if failed != nil { continue }
      do {
        if rows.status == Int32(PQ_SINGLE_TUPLE) {
          try each(rows)
        } else if rows.status != Int32(PQ_TUPLES_OK) {
          throw failure(rows)
        }
      } catch {
        failed = error
      }
    }
    if let failed { throw failed }
  }

  private func checked(_ result: OpaquePointer?) throws(PublishError) -> DatabaseRows {
    guard let result = unsafe result else { throw failure() }
    let rows = unsafe DatabaseRows(result)
    switch rows.status {
    case Int32(PQ_COMMAND_OK), Int32(PQ_TUPLES_OK), Int32(PQ_EMPTY_QUERY), Int32(PQ_COPY_IN),
      Int32(PQ_COPY_OUT):
      return rows
    default: throw failure(rows)
    }
  }

  // MARK: COPY

  /// `COPY … FROM STDIN`: `body` gets a function that sends bytes, in pieces of any size.
  func copyIn(
    _ sql: String,
    _ body: (_ send: @escaping (UnsafeRawBufferPointer) throws(PublishError) -> Void) throws -> Void
  ) throws {
    let begun = try execute(sql)
    guard begun.status == Int32(PQ_COPY_IN) else { throw failure() }
    // The server may end the copy at any time, for a reason that comes with the end.
    var isRefused = false
    do {
      try unsafe body { (bytes: UnsafeRawBufferPointer) throws(PublishError) in
        let taken = unsafe pq_put(
          self.pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        if taken == 1 { return }
        isRefused = true
        throw self.failure()
      }
    } catch {
      _ = unsafe pq_put_end(pointer, "stopped")
      let cause = drain()
      throw isRefused ? cause ?? error : error
    }
    let ended = unsafe pq_put_end(pointer, nil)
    if ended != 1 { throw drain() ?? failure() }
    if let error = drain() { throw error }
  }

  /// `COPY … TO STDOUT`: one call for each piece that the server sent.
  func copyOut(_ sql: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let begun = try execute(sql)
    guard begun.status == Int32(PQ_COPY_OUT) else { throw failure() }
    var failed: (any Error)?
    while true {
      var bytes: UnsafeMutablePointer<CChar>?
      let count = unsafe pq_get(pointer, &bytes)
      guard count >= 0, let start = unsafe bytes else {
        if count == -2 { throw failure() }
        break
      }
      if failed == nil {
        do {
          try unsafe body(UnsafeRawBufferPointer(start: start, count: Int(count)))
        } catch {
          failed = error
        }
      }
      unsafe pq_free(start)
    }
    if let error = drain() { throw error }
    if let failed { throw failed }
  }

  /// Takes the results that are left.
  private func drain() -> PublishError? {
    var error: PublishError?
    while let result = unsafe pq_next(pointer) {
      let rows = unsafe DatabaseRows(result)
      if rows.status != Int32(PQ_COMMAND_OK), error == nil { error = failure(rows) }
      // A copy that does not end would be returned for ever.
      if rows.status == Int32(PQ_COPY_IN) || rows.status == Int32(PQ_COPY_OUT) { break }
    }
    return error
  }

  // MARK: Errors

  private func failure(_ rows: DatabaseRows? = nil) -> PublishError {
    let isCut = unsafe pq_status(pointer) != Int32(PQ_CONNECTION_OK)
    let last = unsafe PostgresText.line(String(cString: pq_error_message(pointer)))
    let message = rows?.primaryMessage ?? last
    return DatabaseFailure(
      state: rows?.sqlState, message: message, isCut: isCut, shown: shown, database: database,
      user: user
    ).error
  }

  private static func connectionFailure(_ pointer: OpaquePointer, _ shown: String) -> PublishError {
    let message = unsafe PostgresText.line(String(cString: pq_error_message(pointer)))
    if unsafe pq_needs_password(pointer) == 1 {
      return PublishError(
        .refused, "\(shown) wants a password: \(message)",
        advice: "~/.pgpass (chmod 600), a service file, or PGPASSWORD")
    }
    if unsafe pq_used_password(pointer) == 1, message.contains("authentication failed") {
      return PublishError(
        .refused, "\(shown) refused the login: \(message)",
        advice: "the right password in ~/.pgpass, a service file, or PGPASSWORD")
    }
    // The server answered, and said no; it may only be busy with itself.
    let passing = ["starting up", "shutting down", "recovery mode", "too many clients"]
    if message.contains("FATAL:"), !passing.contains(where: message.contains) {
      return PublishError(
        .refused, "\(shown) refused the connection: \(message)",
        advice: "psql with the same address; then user, database and pg_hba.conf of the server")
    }
    return PublishError(
      .unreachable, "cannot connect to \(shown): \(message)",
      advice: "pg_isready with the same host and port; then network and firewall")
  }
}

/// What a statement gave (`PGresult`).
@safe final class DatabaseRows {
  private let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
  deinit { unsafe pq_clear(pointer) }

  var status: Int32 { unsafe pq_result_status(pointer) }
  var count: Int { unsafe Int(pq_rows(pointer)) }
  /// Rows that were inserted, updated or deleted.
  var affected: Int { unsafe Int(String(cString: pq_affected(pointer))) ?? 0 }

  /// Nil for NULL, and where there is no such row or column.
  func text(_ row: Int, _ column: Int) -> String? {
    let columns = unsafe Int(pq_columns(pointer))
    guard row >= 0, row < count, column >= 0, column < columns,
      unsafe pq_is_null(pointer, Int32(row), Int32(column)) == 0
    else { return nil }
    return unsafe String(cString: pq_value(pointer, Int32(row), Int32(column)))
  }
  func integer(_ row: Int, _ column: Int) -> Int64? { text(row, column).flatMap { Int64($0) } }
  func isTrue(_ row: Int, _ column: Int) -> Bool { text(row, column) == "t" }

  var sqlState: String? { field(Int32(PQ_DIAG_SQLSTATE)) }
  var primaryMessage: String? {
    field(Int32(PQ_DIAG_PRIMARY)).map { message in
      PostgresText.line(field(Int32(PQ_DIAG_DETAIL)).map { "\(message) (\($0))" } ?? message)
    }
  }
  private func field(_ field: Int32) -> String? {
    unsafe pq_result_field(pointer, field).map { unsafe String(cString: $0) }
  }
}

/// Arrays of C strings.
enum CStrings {
  /// - Parameter body: gets one pointer more than there are texts, the last of them NULL.
  static func with<R>(
    _ texts: [String?], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> R
  ) -> R {
    let pointers = UnsafeMutableBufferPointer<UnsafePointer<CChar>?>.allocate(
      capacity: texts.count + 1)
    for (index, text) in texts.enumerated() {
      unsafe pointers.initializeElement(at: index, to: text.map { unsafe UnsafePointer(copy($0)) })
    }
    unsafe pointers.initializeElement(at: texts.count, to: nil)
    defer {
      for index in texts.indices { unsafe pointers[index]?.deallocate() }
      unsafe pointers.deallocate()
    }
    return unsafe body(UnsafeBufferPointer(pointers))
  }

  private static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = Array(text.utf8)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
    for (index, byte) in bytes.enumerated() { unsafe copy[index] = CChar(bitPattern: byte) }
    unsafe copy[bytes.count] = 0
    return unsafe copy
  }
}
