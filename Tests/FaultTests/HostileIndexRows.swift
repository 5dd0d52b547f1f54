import Foundation
import TestSupport
import Testing

/// A row of docs/faults.md: a foreign or corrupt index.
@Suite(.enabled(if: Command.find("sqlite3") != nil, "no sqlite3 program is installed"))
struct HostileIndexRows {
  private let folder: TemporaryFolder
  private let program: String

  init() throws {
    folder = try TemporaryFolder("gpsindex-hostile-index")
    program =
      URL(filePath: CommandLine.arguments[0]).standardizedFileURL
      .deletingLastPathComponent().appending(path: "gpsindex").path
    _ = try SiteBuilder(photos: 300, folders: 6, fileSize: 20_000, seed: 12)
      .write(to: folder.file("site"))
    #expect(try gpsindex("sync", folder.file("site"), "--progress", "none").exitCode == 0)
  }

  private func gpsindex(_ arguments: String..., index: String = "index.gpkg") throws
    -> Command.Result
  {
    let result = try Command.run(
      program, arguments,
      environment: [
        "PATH": "/usr/bin:/bin", "HOME": folder.path, "GPSINDEX_INDEX": folder.file(index),
      ], timeout: 20)
    #expect(!result.timedOut && result.signal == nil, "\(arguments): \(result.errorText)")
    return result
  }

  /// 0; 3 when a check finds something, 65 damaged, 66 not found, 74 I/O.
  private static let ends: Set<Int32> = [0, 3, 65, 66, 74]

  /// SQL in a foreign file does not run, or has no effect.
  @Test(arguments: [
    "CREATE TRIGGER evil AFTER INSERT ON photos BEGIN SELECT load_extension('/tmp/evil'); END",
    "CREATE TRIGGER evil AFTER INSERT ON photos BEGIN SELECT writefile('TARGET', 'x'); END",
    "CREATE TRIGGER evil AFTER INSERT ON photos BEGIN SELECT fts3_tokenizer('x', x'00'); END",
    """
    CREATE TRIGGER evil BEFORE INSERT ON photos BEGIN
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT load_extension(i) FROM n; END
    """,
    """
    DROP VIEW photos_named; DROP TABLE site;
    CREATE VIEW site AS SELECT 1 AS id, load_extension('/tmp/evil') AS name
    """,
  ])
  func s12_sqlInTheFile(_ sql: String) throws {
    let target = folder.file("written")
    let change = try Command.run(
      "sqlite3", [folder.file("index.gpkg"), sql.replacing("TARGET", with: target)])
    #expect(change.exitCode == 0, "\(change.errorText)")
    _ = try SiteBuilder(photos: 5, folders: 1, fileSize: 20_000, seed: 13)
      .write(to: folder.file("site/more"))
    let sync = try gpsindex("sync", folder.file("site"), "--progress", "none")
    #expect(sync.exitCode != 0 && sync.errorText.contains("the index"), "\(sync.errorText)")
    #expect(!FileManager.default.fileExists(atPath: target))
    for command in ["status", "check", "folders"] {
      let result = try gpsindex(command)
      #expect(
        result.exitCode == 0 || !result.errorText.isEmpty, "\(command): \(result.exitCode)")
    }
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  /// A hundred of the commands of `make test-hostile-index`, each with another corrupt index.
  @Test(
    .enabled(if: Command.find("python3") != nil, "no python3 is installed"), arguments: [1, 2])
  func s12_commandsOnCorruptValues(seed: Int) throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "HostileIndexTests/run.py").path
    let result = try Command.run(
      "python3",
      [
        script, "--programs", URL(filePath: program).deletingLastPathComponent().path, "--most",
        "50", "--seed", "\(seed)",
      ], timeout: 120)
    #expect(result.exitCode == 0 && !result.timedOut, "\(result.text)\(result.errorText)")
    #expect(result.text.contains(/5\d commands/), "\(result.text)")
  }

  /// A trigger of the file cannot block the program: SIGTERM ends it, and so does the limit of work.
  @Test(arguments: [true, false])
  func s12_endlessTrigger(_ isStopped: Bool) throws {
    let change = try Command.run(
      "sqlite3",
      [
        folder.file("index.gpkg"),
        """
        CREATE TABLE other (x);
        CREATE TRIGGER evil AFTER INSERT ON photos BEGIN INSERT INTO other
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n; END
        """,
      ])
    #expect(change.exitCode == 0, "\(change.errorText)")
    _ = try SiteBuilder(photos: 50, folders: 5, fileSize: 20_000, seed: 13)
      .write(to: folder.file("site/more"))
    let running = try Command.start(
      program, ["sync", folder.file("site"), "--progress", "plain"],
      environment: [
        "PATH": "/usr/bin:/bin", "HOME": folder.path, "GPSINDEX_INDEX": folder.file("index.gpkg"),
      ])
    if isStopped {
      // The log grows while the trigger runs.
      let log = folder.file("index.gpkg-wal")
      let grows = Poll.until(seconds: 20) {
        let size = try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int
        return size ?? 0 > 1 << 20
      }
      #expect(grows)
      running.send(signal: SIGTERM)
    }
    let result = running.result(timeout: 20)
    #expect(!result.timedOut && result.signal == nil, "\(result.errorText)")
    #expect((isStopped ? [143, 65] : [65]).contains(result.exitCode), "\(result.errorText)")
    #expect(try gpsindex("query", "--count").text == "300\n")
  }

  /// Corrupt bytes anywhere cause a result or an error, never a trap, and never more than a few seconds.
  @Test func s12_corruptPages() throws {
    let url = URL(filePath: folder.file("index.gpkg"))
    let good = [UInt8](try Data(contentsOf: url))
    var random = SplitMix64(seed: 12)
    var ends = [Int32: Int]()
    for number in 0..<24 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        // Every third in the first pages, which contain the schema.
        let most = number % 3 == 0 ? 16_384 : bytes.count
        let place = Int.random(in: 100..<most, using: &random)
        for k in place..<min(place + Int.random(in: 1...64, using: &random), most) {
          bytes[k] = UInt8.random(in: 0...255, using: &random)
        }
      }
      if number % 5 == 4 {
        bytes.removeSubrange(Int.random(in: 1000..<good.count, using: &random)...)
      }
      let name = "spoilt-\(number).gpkg"
      try Data(bytes).write(to: URL(filePath: folder.file(name)))
      for arguments in [["query", "-f", "jsonl"], ["check"]] {
        let result =
          arguments.count == 1
          ? try gpsindex(arguments[0], index: name)
          : try gpsindex(arguments[0], arguments[1], arguments[2], index: name)
        ends[result.exitCode, default: 0] += 1
        #expect(Self.ends.contains(result.exitCode), "\(number): \(result.errorText)")
      }
    }
    print("s12: 24 spoilt indexes, exit codes \(ends.sorted { $0.key < $1.key })")
    #expect((ends[65] ?? 0) > 5)
  }
}
