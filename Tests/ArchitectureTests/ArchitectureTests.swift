import Foundation
import Migrations
import Testing

/// Who may import whom: the compiler does not guard it, because a target that is built already can
/// be imported without being declared.
@Suite struct ArchitectureTests {
  /// The table of docs/architecture.md: target → modules that it may import.
  static func table() throws -> [String: Set<String>] {
    var table: [String: Set<String>] = [:]
    let lines = try text("docs/architecture.md").components(separatedBy: "\n")
    let rows = lines.drop { !$0.hasPrefix("| target |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
    for line in rows {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 3, "\(line)")
      let target = cells[0].trimmingCharacters(in: ["`"])
      try #require(table[target] == nil, "\(target) has two lines in the table")
      table[target] = Set(
        cells[2] == "–" ? [] : cells[2].components(separatedBy: ", "))
    }
    return table
  }

  /// Comes with the system or the toolchain, and is open to all. Foundation is missing on purpose: it costs every
  /// query its start-up.
  static let standard: Set<String> = ["Darwin", "Glibc", "Musl", "Dispatch", "Synchronization"]

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func folders(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path)
      .filter { !$0.hasPrefix(".") }.sorted()
  }

  static func files(in path: String, endings: Set<String>) -> [URL] {
    let folder = root.appending(path: path)
    guard let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return walk.compactMap { $0 as? URL }.filter { endings.contains($0.pathExtension) }
  }

  static func swiftFiles(in path: String) -> [URL] { files(in: path, endings: ["swift"]) }

  /// The modules that a source text imports, whatever stands before or behind the word `import`.
  static func imports(of source: String) -> [String] {
    let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    return source.split(separator: "\n").flatMap { $0.split(separator: ";") }.compactMap { line in
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
        words[..<at].allSatisfy({
          $0.hasPrefix("@")
            || ["package", "public", "internal", "private", "fileprivate"].contains($0)
        })
      else { return nil }
      let isKind = kinds.contains(words[at + 1]) && at + 2 < words.count
      return words[at + (isKind ? 2 : 1)].split(separator: ".").first.map(String.init)
    }
  }

  @Test func everyTargetImportsOnlyWhatItMay() throws {
    let table = try Self.table()
    var used: [String: Set<String>] = [:]
    var imports = 0
    for target in try Self.folders(in: "Sources") {
      let files = Self.swiftFiles(in: "Sources/\(target)")
      if files.isEmpty { continue }  // a module map, or C
      let rooms = try #require(table[target], "the target \(target) has no line in the table")
      let allowed = rooms.union(Self.standard)
      used[target] = []
      for file in files {
        let found = Self.imports(of: try String(contentsOf: file, encoding: .utf8))
        imports += found.count
        for module in found where module != target {
          #expect(allowed.contains(module), "\(file.lastPathComponent) imports \(module)")
          used[target]?.insert(module)
        }
      }
    }
    used["Migrations"] = []  // in a folder of its own
    #expect(Set(used.keys) == Set(table.keys))
    for (target, rooms) in table {
      #expect(rooms.subtracting(used[target] ?? []) == [], "\(target) does not import these")
    }
    #expect(imports > 200, "\(imports) imports: not all files were read")
  }

  @Test(arguments: [
    ("import A", ["A"]), ("  package import A", ["A"]), ("@testable import A.B", ["A"]),
    ("import struct A.S", ["A"]), ("import A; import B", ["A", "B"]), ("// import A", []),
    ("let import_ = 1", []), ("#if x\n  import A\n#else\nimport B\n#endif", ["A", "B"]),
    ("@_exported public import A // why", ["A"]), ("/// to import a file", []),
  ])
  func importLinesAreRecognised(source: String, modules: [String]) {
    #expect(Self.imports(of: source) == modules)
  }

  /// Only one target of Sources sees each C library. Only one holds the SQL of the index; two others that of files of their own: the
  /// picture cache, and a user's MBTiles.
  @Test func librariesAndSQLHaveTheirRooms() throws {
    let table = try Self.table()
    for (module, owners) in [
      ("CSSH2", ["SSHTransport"]), ("CSSHKeys", ["SSHKeys"]), ("CSQLite", ["SQLite"]),
      ("CExif", ["PhotoMetadata"]), ("CExpat", ["PhotoMetadata"]),
      ("SQLite", ["PhotoIndex", "Pictures", "TileFiles"]), ("CPQ", ["Publish"]),
    ] {
      #expect(table.filter { $0.value.contains(module) }.map(\.key).sorted() == owners)
    }
  }

  @Test func testsHoldSuitesAndFixturesAlone() throws {
    let others = try Self.folders(in: "Tests").filter { !$0.hasSuffix("Tests") && $0 != "Fixtures" }
    #expect(others == [])
  }

  /// What both need stands in Support and Tools.
  @Test(arguments: [
    ("Tests", ["Benchmarks/", "index-bench", "parser-bench"]), ("Benchmarks", ["Tests/"]),
  ])
  func testsAndBenchmarksDoNotUseEachOther(folder: String, forbidden: [String]) throws {
    let files = Self.files(in: folder, endings: ["swift", "py", "sh"])
      .filter { $0.lastPathComponent != "ArchitectureTests.swift" }
    #expect(files.count >= 10)
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      for word in forbidden {
        #expect(!text.contains(word), "\(file.lastPathComponent) names \(word)")
      }
    }
  }

  @Test func migrationsFolderAndListAgree() throws {
    let files = try Self.folders(in: "migrations").filter { $0.hasSuffix(".sql") }
    let listed = allMigrations.map { migration in
      let number = String(migration.version)
      return "v\(String(repeating: "0", count: 4 - number.count))\(number)_\(migration.name).sql"
    }
    #expect(listed == files && !files.isEmpty)
    let versions = allMigrations.map(\.version)
    #expect(versions == Set(versions).sorted() && versions.first == 1)
    for (migration, file) in zip(allMigrations, files) {
      let text = try String(
        contentsOf: Self.root.appending(path: "migrations/\(file)"), encoding: .utf8)
      #expect(migration.sql == text, "\(file) is embedded under another name")
    }
  }

  /// The limit is the one that docs/contributing.md states.
  @Test func filesStaySmall() throws {
    let rule = try #require(
      try Self.text("docs/contributing.md").firstMatch(of: #/no file over ([0-9]+) lines/#))
    let limit = try #require(Int(rule.1))
    let files = Self.swiftFiles(in: "Sources")
    #expect(files.count > 200, "\(files.count) files: not all were found")
    for file in files {
      let lines =
        try String(contentsOf: file, encoding: .utf8).split(
          separator: "\n", omittingEmptySubsequences: false
        )
        .count - 1
      #expect(lines <= limit, "\(file.lastPathComponent) has \(lines) lines: one idea per file")
    }
  }
}
