internal import CSQLite

/// A result code of SQLite other than "ok", with the library's own words.
///
/// Bound values never appear in it; the SQL text (which holds no data in this package) may.
package struct SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Extended result code (<https://sqlite.org/rescode.html>); its low byte is the primary code.
  package var code: Int32
  /// `sqlite3_errmsg`: English, without a final full stop.
  package var message: String
  /// The statement that failed, when one did.
  package var sql: String?
  /// errno of the call behind it; 0 when there was none (`sqlite3_system_errno`).
  package var systemError: Int32 = 0
  /// Interrupted for too much work (``Connection/WorkVerdict/exceeded``).
  package var isOverLimit = false

  package init(code: Int32, message: String, sql: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
  }

  package var primaryCode: Int32 { code & 0xFF }

  package var description: String {
    let place = sql.map { " in “\($0.prefix(200))”" } ?? ""
    return "SQLite error \(code): \(message)\(place)"
  }

  /// What the caller can tell apart.
  package var kind: Kind {
    switch primaryCode {
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_FULL: .full
    case SQLITE_CORRUPT: .corrupt
    case SQLITE_NOTADB: .notADatabase
    case SQLITE_CANTOPEN: .cannotOpen
    case SQLITE_READONLY: .readOnly
    case SQLITE_PERM, SQLITE_AUTH: .permission
    case SQLITE_IOERR: .io
    case SQLITE_INTERRUPT: isOverLimit ? .tooMuchWork : .interrupted
    case SQLITE_TOOBIG: .tooBig
    case SQLITE_CONSTRAINT: .constraint
    default: .other
    }
  }

  package enum Kind: Sendable {
    case busy, full, corrupt, notADatabase, cannotOpen, readOnly, permission, io, interrupted
    case constraint, tooMuchWork, tooBig, other
  }
}
