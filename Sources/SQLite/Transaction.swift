/// How BEGIN takes its locks (<https://sqlite.org/lang_transaction.html>).
package enum TransactionKind: String, Sendable {
  /// At the first read or write: for readers.
  case deferred = "BEGIN DEFERRED"
  /// The write lock at once, so that no later statement fails for want of it: for writers.
  case immediate = "BEGIN IMMEDIATE"
}

extension Connection {
  /// All or nothing: commits when `body` returns, rolls back when it throws or when the commit
  /// fails. Transactions do not nest.
  package func transaction<R>(_ kind: TransactionKind = .immediate, _ body: () throws -> R) throws
    -> R
  {
    try execute(kind.rawValue)
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // Some errors (disk full, I/O) have rolled back already; the first error is the one to report.
      if isInTransaction { try? execute("ROLLBACK") }
      throw error
    }
  }
}
