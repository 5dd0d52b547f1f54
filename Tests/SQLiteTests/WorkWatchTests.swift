import SQLite
import Synchronization
import Testing

@Suite struct WorkWatchTests {
  private static let endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

  @Test(arguments: [
    (Connection.WorkVerdict.interrupt, SQLiteError.Kind.interrupted), (.exceeded, .tooMuchWork),
  ])
  func anEndlessStatementEndsWhenTheCheckSaysSo(
    _ verdict: Connection.WorkVerdict, _ kind: SQLiteError.Kind
  ) throws {
    let connection = try Connection(path: ":memory:", mode: .readWriteCreate)
    let calls = Mutex(0)
    connection.setInterrupt(every: 1000) { _ in
      calls.withLock { calls in
        calls += 1
        return calls >= 50 ? verdict : .goOn
      }
    }
    let error = #expect(throws: SQLiteError.self) {
      try connection.prepare(Self.endless).run()
    }
    #expect(error?.kind == kind)
    #expect(calls.withLock { $0 } == 50)
    #expect(throws: SQLiteError.self) { try connection.execute(Self.endless) }
    connection.setInterrupt(check: nil)
    try connection.execute("SELECT 1")
  }

  /// A limit of one statement must not be spread over those that run inside its rows, nor summed up over statements
  /// that follow each other.
  @Test func statementsInsideOthersHaveNoNumberOfTheirOwn() throws {
    let connection = try Connection(path: ":memory:", mode: .readWriteCreate)
    let outer = try connection.prepare("SELECT 1 UNION ALL SELECT 2")
    #expect(try outer.step())
    let number = connection.execution
    let inner = try connection.prepare("SELECT 3")
    try inner.run()
    try inner.run()
    #expect(connection.execution == number)
    #expect(try outer.step())
    #expect(try !outer.step())
    try inner.run()
    #expect(connection.execution == number + 1)
    do {
      let dropped = try connection.prepare("SELECT 4")
      #expect(try dropped.step())
    }
    try connection.execute("SELECT 5")
    #expect(connection.execution == number + 3)
  }

  @Test func aValueThatIsTooLongFailsTheStatement() throws {
    let connection = try Connection(path: ":memory:", mode: .readWriteCreate)
    connection.setLongestValue(bytes: 1000)
    let made = #expect(throws: SQLiteError.self) {
      try connection.prepare("SELECT zeroblob(1001)").run()
    }
    #expect(made?.kind == .tooBig)
    let statement = try connection.prepare("SELECT ? AS value")
    statement.bind([UInt8](repeating: 0, count: 1001), at: 1)
    let bound = #expect(throws: SQLiteError.self) { _ = try statement.step() }
    #expect(bound?.kind == .tooBig)
    statement.reset()
    statement.bind("short", at: 1)
    #expect(try statement.step() && statement.text("value") == "short")
  }

  @Test(arguments: [
    ("-5", 0), ("-9223372036854775808", 0), ("9223372036854775807", 1 << 40), ("7", 7),
    ("'9e999'", 9), ("'text'", 0), ("x'00ff'", 0), ("NULL", 0), ("1e300", 1 << 40),
  ])
  func countsOfAStrangersFileAreBounded(_ sql: String, _ count: Int) throws {
    let connection = try Connection(path: ":memory:", mode: .readWriteCreate)
    let row = try connection.prepare("SELECT \(sql) AS number")
    #expect(try row.step())
    #expect(row.count("number") == count)
    #expect(row.optionalCount("number") == (sql == "NULL" ? nil : count))
  }

  @Test func anEnormousTextIsCut() throws {
    let connection = try Connection(path: ":memory:", mode: .readWriteCreate)
    let row = try connection.prepare(
      "SELECT hex(zeroblob(3000000)) AS text, zeroblob(3000000) AS blob")
    #expect(try row.step())
    #expect(row.text("text").utf8.count == Statement.longestText)
    #expect(row.bytes("blob").count == 3_000_000)
  }
}
