internal import CSQLite

extension Connection {
  /// Registers a scalar SQL function (`sqlite3_create_function_v2`).
  ///
  /// It is marked deterministic and innocuous: `body` must depend on its arguments only and have
  /// no effects, and may then be called from triggers of an untrusted schema.
  package func addFunction(
    _ name: String, argumentCount: Int32, _ body: @escaping @Sendable ([SQLValue]) -> SQLValue
  ) throws(SQLiteError) {
    let box = unsafe Unmanaged.passRetained(FunctionBox(body)).toOpaque()
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
    // On failure SQLite calls the destructor itself.
    let code = unsafe sqlite3_create_function_v2(
      handle, name, argumentCount, flags, box, callFunction, nil, nil, releaseFunction)
    if code != SQLITE_OK { throw failure(code, sql: nil) }
  }
}

private final class FunctionBox {
  let body: @Sendable ([SQLValue]) -> SQLValue
  init(_ body: @escaping @Sendable ([SQLValue]) -> SQLValue) { self.body = body }
}

private func releaseFunction(_ box: UnsafeMutableRawPointer?) {
  if let box = unsafe box { unsafe Unmanaged<FunctionBox>.fromOpaque(box).release() }
}

private func callFunction(
  _ context: OpaquePointer?, _ count: Int32,
  _ arguments: UnsafeMutablePointer<OpaquePointer?>?
) {
  guard let box = unsafe sqlite3_user_data(context) else { return }
  var values: [SQLValue] = []
  values.reserveCapacity(Int(count))
  for index in 0..<Int(count) { values.append(unsafe argument(arguments?[index])) }
  switch unsafe Unmanaged<FunctionBox>.fromOpaque(box).takeUnretainedValue().body(values) {
  case .null: unsafe sqlite3_result_null(context)
  case .integer(let value): unsafe sqlite3_result_int64(context, value)
  case .real(let value): unsafe sqlite3_result_double(context, value)
  case .text(let value):
    unsafe csqlite_result_text(context, value, UInt64(value.utf8.count))
  case .blob(let value):
    unsafe value.withUnsafeBytes { bytes in
      unsafe csqlite_result_blob(context, bytes.baseAddress, UInt64(bytes.count))
    }
  }
}

private func argument(_ value: OpaquePointer?) -> SQLValue {
  switch unsafe sqlite3_value_type(value) {
  case SQLITE_INTEGER: return .integer(unsafe sqlite3_value_int64(value))
  case SQLITE_FLOAT: return .real(unsafe sqlite3_value_double(value))
  case SQLITE_TEXT, SQLITE_BLOB:
    let isText = unsafe sqlite3_value_type(value) == SQLITE_TEXT
    let start = unsafe sqlite3_value_blob(value)
    let count = unsafe start == nil ? 0 : Int(sqlite3_value_bytes(value))
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
    return isText
      ? .text(unsafe String(decoding: bytes, as: UTF8.self)) : .blob(unsafe Array(bytes))
  default: return .null
  }
}
