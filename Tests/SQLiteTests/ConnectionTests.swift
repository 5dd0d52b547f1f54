import Foundation
import SQLite
import Testing

@Suite struct ConnectionTests {
  private func memory() throws -> Connection {
    try Connection(path: ":memory:", mode: .readWriteCreate)
  }

  private func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appending(path: "sqlite-\(UUID().uuidString) ?#%.db")
      .path
  }

  @Test(arguments: [
    SQLValue.null, .integer(.min), .integer(.max), .real(-0.5), .real(.infinity), .text(""),
    .text("a\u{0}b"), .text("日本 '\";--"), .blob([]), .blob([0, 255, 7]),
  ])
  func valuesComeBackAsBound(_ value: SQLValue) throws {
    let statement = try memory().prepare("SELECT ?1 AS value, typeof(?1) AS type")
    statement.bind(value, at: 1)
    #expect(try statement.step())
    #expect(statement.value(statement.column("value")) == value)
    let type =
      switch value {
      case .null: "null"
      case .integer: "integer"
      case .real: "real"
      case .text: "text"
      case .blob: "blob"
      }
    #expect(statement.text("type") == type)
    #expect(statement.isNull("value") == (value == .null))
    #expect(try !statement.step())
  }

  /// What a hostile file could hold: SQL of its own that runs when somebody looks.
  @Test func theSchemaOfAFileIsNotTrusted() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let maker = try Connection(path: path, mode: .readWriteCreate)
    try maker.execute(
      """
      CREATE TABLE t(a);
      INSERT INTO t VALUES (1);
      CREATE VIRTUAL TABLE r USING rtree(id, low, high);
      CREATE VIEW looks AS SELECT * FROM r, t;
      CREATE TRIGGER writes AFTER UPDATE ON t BEGIN INSERT INTO r VALUES (1, 2, 3); END;
      """)
    let connection = try Connection(path: path, mode: .readWrite)
    #expect(throws: SQLiteError.self) { _ = try connection.prepare("SELECT * FROM looks").step() }
    #expect(throws: SQLiteError.self) { try connection.execute("UPDATE t SET a = 2") }
    // By hand neither the schema nor the R*Tree's own tables change.
    #expect(throws: SQLiteError.self) {
      try connection.execute(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'x' WHERE name = 't'")
    }
    #expect(throws: SQLiteError.self) {
      try connection.execute("UPDATE r_node SET data = zeroblob(9)")
    }
    let sum = try connection.prepare("SELECT sum(a) AS sum FROM t")
    #expect(try sum.step() && sum.integer("sum") == 1)
  }

  @Test func typedBindingsAndColumns() throws {
    let statement = try memory().prepare("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f")
    statement.bind(
      Int64(5), nil as Double?, "" as String?, [1, 2] as [UInt8], nil as String?, Double.nan)
    #expect(try statement.step())
    #expect(statement.optionalInteger("a") == 5)
    #expect(statement.optionalReal("b") == nil && statement.real("b") == 0)
    #expect(statement.optionalText("c")?.isEmpty == true)
    #expect(statement.bytes("d") == [1, 2])
    #expect(statement.optionalText("e") == nil && statement.text("e").isEmpty)
    #expect(statement.optionalReal("f") == nil)
  }

  /// A file of a stranger may spell its columns in capitals: SQLite finds them, and answers in the file's spelling.
  @Test func columnsAreFoundWhateverTheirCapitals() throws {
    let connection = try memory()
    try connection.execute("CREATE TABLE t (FiD, Other); INSERT INTO t VALUES (7, 8)")
    let row = try connection.prepare("SELECT other, fid FROM t")
    #expect(try row.step())
    #expect(row.integer("fid") == 7 && row.integer(row.column("other")) == 8)
  }

  @Test func invalidUTF8IsRepairedInTextsAndKeptInBytes() throws {
    let statement = try memory().prepare("SELECT CAST(x'41FF42' AS TEXT) AS text")
    #expect(try statement.step())
    #expect(statement.text("text") == "A\u{FFFD}B")
    #expect(statement.bytes("text") == [0x41, 0xFF, 0x42])
  }

  @Test func cachedStatementsComeBackResetAndUnbound() throws {
    let connection = try memory()
    let sql = "SELECT ? AS value UNION ALL SELECT 2"
    let first = try connection.cached(sql)
    first.bind(1, at: 1)
    #expect(try first.step())
    let second = try connection.cached(sql)
    #expect(try second.step())
    #expect(second.isNull("value"))
  }

  @Test func transactionsCommitWholeOrNotAtAll() throws {
    struct Refused: Error {}
    let connection = try memory()
    try connection.execute("CREATE TABLE t (x UNIQUE)")
    let five = try connection.transaction {
      try connection.execute("INSERT INTO t VALUES (1)")
      return 5
    }
    #expect(five == 5)
    #expect(connection.lastInsertRowID == 1)
    #expect(throws: Refused.self) {
      try connection.transaction {
        try connection.execute("INSERT INTO t VALUES (2)")
        throw Refused()
      }
    }
    let error = #expect(throws: SQLiteError.self) {
      try connection.transaction(.deferred) {
        try connection.execute("INSERT INTO t VALUES (3); INSERT INTO t VALUES (1)")
      }
    }
    #expect(error?.kind == .constraint)
    #expect(!connection.isInTransaction)
    let count = try connection.prepare("SELECT count(*) AS count FROM t")
    #expect(try count.step())
    #expect(count.integer("count") == 1)
  }

  @Test func changesAreCounted() throws {
    let connection = try memory()
    try connection.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)")
    let before = connection.totalChanges
    try connection.execute("DELETE FROM t WHERE x > 1")
    #expect(connection.changes == 2)
    #expect(connection.totalChanges == before + 2)
  }

  @Test func functionsReceiveAndReturnEveryType() throws {
    let connection = try memory()
    try connection.addFunction("twice", argumentCount: 1) { arguments in
      switch arguments[0] {
      case .null: .null
      case .integer(let value): .integer(value * 2)
      case .real(let value): .real(value * 2)
      case .text(let value): .text(value + value)
      case .blob(let value): .blob(value + value)
      }
    }
    let row = try connection.prepare(
      "SELECT twice(NULL) AS a, twice(4) AS b, twice(1.5) AS c, twice('ab') AS d, twice(x'01') AS e, "
        + "twice(x'') AS f, twice('') AS g")
    #expect(try row.step())
    #expect(
      "abcdefg".map { row.value(row.column(String($0))) } == [
        .null, .integer(8), .real(3), .text("abab"), .blob([1, 1]), .blob([]), .text(""),
      ])
  }

  @Test func errorsTellTheirKind() throws {
    let connection = try memory()
    let syntax = #expect(throws: SQLiteError.self) { _ = try connection.prepare("SELEC 1") }
    #expect(syntax?.kind == .other)
    #expect(syntax?.description.contains("SELEC") == true)
    let nothing = #expect(throws: SQLiteError.self) { _ = try connection.prepare("-- nothing") }
    #expect(nothing?.message == "no statement")
    let missing = #expect(throws: SQLiteError.self) {
      _ = try Connection(path: "/nonexistent/folder/x.db", mode: .readOnly)
    }
    #expect(missing?.kind == .cannotOpen)
  }

  @Test func aFileIsNeverCreatedUnlessAskedFor() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: SQLiteError.self) { _ = try Connection(path: path, mode: .readWrite) }
    #expect(!FileManager.default.fileExists(atPath: path))
    do {
      let connection = try Connection(path: path, mode: .readWriteCreate)
      try connection.execute("CREATE TABLE t (x); INSERT INTO t VALUES (42)")
    }
    #expect(FileManager.default.fileExists(atPath: path))
    for mode in [Connection.Mode.readOnly, .immutable] {
      let connection = try Connection(path: path, mode: mode)
      let row = try connection.prepare("SELECT x FROM t")
      #expect(try row.step())
      #expect(row.integer("x") == 42)
      let error = #expect(throws: SQLiteError.self) { try connection.execute("DELETE FROM t") }
      #expect(error?.kind == .readOnly)
    }
  }

  @Test func aTextFileIsNoDatabase() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let text = Data("once upon a time\n".utf8)
    try text.write(to: URL(filePath: path))
    let connection = try Connection(path: path, mode: .readWrite)
    let error = #expect(throws: SQLiteError.self) {
      try connection.execute("SELECT * FROM sqlite_schema")
    }
    #expect(error?.kind == .notADatabase)
    #expect(try Data(contentsOf: URL(filePath: path)) == text)
  }

  @Test func aLockedDatabaseIsBusyAfterTheTimeout() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let first = try Connection(path: path, mode: .readWriteCreate)
    let second = try Connection(path: path, mode: .readWrite)
    try first.execute("CREATE TABLE t (x); BEGIN IMMEDIATE")
    second.setBusyTimeout(milliseconds: 1)
    let error = #expect(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }
    #expect(error?.kind == .busy)
  }

  @Test func theSchemaCannotBeForged() throws {
    let connection = try memory()
    try connection.execute("CREATE TABLE t (x); PRAGMA writable_schema = ON")
    #expect(throws: SQLiteError.self) {
      try connection.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE t (y)'")
    }
    // What reaches outside the file is refused inside a schema that anyone may have written, trusted or not; virtual
    // tables only until it is trusted.
    try connection.execute(
      """
      CREATE VIEW extension AS SELECT load_extension('x');
      CREATE VIRTUAL TABLE tree USING rtree(id, a, b);
      CREATE VIEW leaves AS SELECT * FROM tree;
      """)
    #expect(throws: SQLiteError.self) { try connection.execute("SELECT * FROM leaves") }
    connection.setTrustsSchema(true)
    try connection.execute("SELECT * FROM leaves")
    #expect(throws: SQLiteError.self) { try connection.execute("SELECT * FROM extension") }
  }

  @Test func aStatementKeepsItsConnectionOpen() throws {
    let statement = try memory().prepare("SELECT 7 AS seven")
    #expect(try statement.step())
    #expect(statement.integer("seven") == 7)
  }
}
