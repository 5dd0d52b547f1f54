import Foundation
import Migrations
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Which files are opened, refused, created; and that nothing else appears or changes.
@Suite struct IndexFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func sample(_ path: String) throws {
    let writer = try IndexWriter(path: path)
    let site = try writer.addSite(SiteRecord(name: "s", location: "/p")).id
    try writer.apply(
      changes(site, "f") { changes in
        changes.inserts = (0..<300).map { photo("\($0)", located(Double($0) / 10, 7)) }
      })
  }

  private func kind(_ body: () throws -> Void) -> IndexError.Kind? {
    do {
      try body()
      return nil
    } catch { return (error as? IndexError)?.kind }
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func aNewIndexIsPrivateAndAGeoPackage() throws {
    let path = "\(folder.path)/new/data/index.gpkg"
    do {
      let writer = try IndexWriter(path: path)
      try writer.addSite(SiteRecord(name: "s", location: "/p"))
      #expect(try mode("\(path)-wal") == 0o600)
    }
    #expect(try mode(path) == 0o600)
    #expect(try mode("\(folder.path)/new") == 0o700)
    #expect(try mode("\(folder.path)/new/data") == 0o700)
    let bytes = try Data(contentsOf: URL(filePath: path))
    #expect(bytes[68..<72] == Data("GPKG".utf8))
    #expect(Array(bytes[60..<64]) == [0, 0, 0x28, 0x3C])  // 10300
    #expect(try IndexReader(path: path).check() == [])
    #expect(try IndexReader(path: path).sites().map(\.name) == ["s"])
  }

  /// The file's name is data: neither a URI nor a place for its parameters.
  @Test(arguments: ["a?mode=ro.gpkg", "100%41.gpkg", "ü #1.gpkg", "file:x.gpkg"])
  func anyNameWillDo(_ name: String) throws {
    let path = "\(folder.path)/\(name)"
    try sample(path)
    #expect(folder.names == [name])
    #expect(try IndexReader(path: path).count(PhotoFilter()) == 300)
  }

  @Test func aMissingIndexIsNotFoundAndNotCreated() {
    #expect(kind { _ = try IndexReader(path: folder.index) } == .notFound)
    #expect(kind { _ = try IndexReader(path: "\(folder.path)/no/such/index.gpkg") } == .notFound)
    #expect(folder.names.isEmpty)
  }

  static let strangers = ["text", "short text", "zeros", "database", "geopackage", "folder"]

  @Test(arguments: strangers) func aStrangersFileIsRefusedAndUntouched(_ what: String) throws {
    switch what {
    case "text":
      try Data(String(repeating: "once upon a time\n", count: 1000).utf8).write(
        to: URL(filePath: folder.index))
    case "short text": try Data("hello".utf8).write(to: URL(filePath: folder.index))
    case "zeros": try Data(count: 8192).write(to: URL(filePath: folder.index))
    case "folder":
      try FileManager.default.createDirectory(
        atPath: folder.index, withIntermediateDirectories: false)
    default:
      let connection = try Connection(path: folder.index, mode: .readWriteCreate)
      try connection.execute("CREATE TABLE photos (x); INSERT INTO photos VALUES (1)")
      if what == "geopackage" {
        try connection.execute("PRAGMA application_id = 1196444487; PRAGMA user_version = 10300")
      }
    }
    let before = what == "folder" ? [:] : try folder.state()
    #expect(kind { _ = try IndexReader(path: folder.index) } == .foreign)
    #expect(kind { _ = try IndexWriter(path: folder.index) } == .foreign)
    #expect(folder.names == ["index.gpkg"])
    if what != "folder" { #expect(try folder.state() == before) }
  }

  /// An empty file (of `mktemp`, or of a first run that was killed) becomes an index.
  @Test func anEmptyFileHoldsNothingToLose() throws {
    try Data().write(to: URL(filePath: folder.index))
    #expect(kind { _ = try IndexReader(path: folder.index) } == .foreign)
    try sample(folder.index)
    #expect(try IndexReader(path: folder.index).count(PhotoFilter()) == 300)
  }

  @Test func aNewerSchemaIsRefusedWithBothVersions() throws {
    try sample(folder.index)
    do {
      let connection = try Connection(path: folder.index, mode: .readWrite)
      try connection.execute("INSERT INTO gpsindex_migration VALUES (999, 'later', '')")
    }
    let before = try folder.state()
    let latest = try #require(allMigrations.last?.version)
    let expected = IndexError.Kind.newerSchema(found: 999, supported: latest)
    #expect(kind { _ = try IndexReader(path: folder.index) } == expected)
    #expect(kind { _ = try IndexWriter(path: folder.index) } == expected)
    #expect(try folder.state() == before)
  }

  @Test func anOlderIndexIsCopiedAndThenBroughtUpToDate() throws {
    try sample(folder.index)
    let latest = try #require(allMigrations.last?.version)
    let next = Migration(version: latest + 1, name: "next", sql: "CREATE TABLE later (x)")
    let failing = Migration(
      version: latest + 2, name: "broken",
      sql: "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)")
    let newer = Migrator(migrations: allMigrations + [next])
    #expect(
      kind { _ = try IndexFile.openForReading(folder.index, migrator: newer) }
        == .olderSchema(found: latest, supported: next.version))
    do {
      let writer = try IndexWriter(path: folder.index, migrator: newer)
      #expect(try newer.state(of: writer.connection) == .index(version: next.version))
      try writer.connection.execute("SELECT * FROM later")
    }
    let copy = "\(folder.index).schema\(latest)"
    #expect(try IndexReader(path: copy).count(PhotoFilter()) == 300)
    #expect(try mode(copy) == 0o600)
    // A step that fails leaves the step before it.
    let broken = Migrator(migrations: allMigrations + [next, failing])
    #expect(kind { _ = try IndexWriter(path: folder.index, migrator: broken) } == .unexpected)
    let connection = try Connection(path: folder.index, mode: .readOnly)
    #expect(try newer.state(of: connection) == .index(version: next.version))
    #expect(throws: SQLiteError.self) { try connection.execute("SELECT * FROM half") }
  }

  /// Steps are made side by side, and a file may have met the later one first.
  @Test func aStepThatCameLateIsAppliedAfterALaterOne() throws {
    let latest = try #require(allMigrations.last?.version)
    let steps = ["a", "b", "c"].enumerated().map { offset, name in
      Migration(version: latest + 1 + offset, name: name, sql: "CREATE TABLE \(name) (x)")
    }
    _ = try IndexWriter(
      path: folder.index, migrator: Migrator(migrations: allMigrations + [steps[0], steps[2]]))
    let whole = Migrator(migrations: allMigrations + steps)
    #expect(
      kind { _ = try IndexFile.openForReading(folder.index, migrator: whole) }
        == .olderSchema(found: latest + 1, supported: latest + 3))
    let writer = try IndexWriter(path: folder.index, migrator: whole)
    #expect(try whole.state(of: writer.connection) == .index(version: latest + 3))
    for step in steps { try writer.connection.execute("SELECT * FROM \(step.name)") }
  }

  @Test func aDamagedIndexIsNamedAndNeverOverwritten() throws {
    try sample(folder.index)
    var bytes = try Data(contentsOf: URL(filePath: folder.index))
    // Every page but the first is overwritten.
    for at in 4096..<bytes.count { bytes[at] = 0xA5 }
    try bytes.write(to: URL(filePath: folder.index))
    let before = try folder.state()
    #expect(
      kind { _ = try IndexReader(path: folder.index).count(PhotoFilter()) } == .damaged)
    #expect(
      kind {
        let writer = try IndexWriter(path: folder.index)
        try writer.addSite(SiteRecord(name: "t", location: "/t"))
      } == .damaged)
    #expect(try folder.state().mapValues(\.bytes) == before.mapValues(\.bytes))
  }

  /// Each page in turn: never a crash, and what is not refused at once is seen by `check`.
  @Test func checkSeesDamagedPages() throws {
    try sample(folder.index)
    let whole = try Data(contentsOf: URL(filePath: folder.index))
    var seen = 0
    let pages = whole.count / 4096
    for page in 1..<pages {
      var bytes = whole
      for at in (page * 4096)..<(page * 4096 + 512) { bytes[at] = 0xA5 }
      let path = "\(folder.path)/page\(page).gpkg"
      try bytes.write(to: URL(filePath: path))
      do {
        if try !IndexReader(path: path).check().isEmpty { seen += 1 }
      } catch { seen += 1 }
    }
    // Some pages are free or half empty; nearly all matter.
    #expect(seen > pages * 8 / 10, "\(seen) of \(pages)")
  }

  @Test(arguments: [
    ("UPDATE folders SET photo_count = photo_count + 1", "counts"),
    ("UPDATE folders SET located_count = 1", "counts"),
    ("UPDATE folders SET min_x = min_x - 1", "another extent"),
    ("UPDATE photos SET lat = lat + 0.5 WHERE fid = 5", "another geometry"),
    ("UPDATE photos SET status = 1 WHERE fid = 5", "differ"),
    ("DELETE FROM rtree_photos_geom WHERE id = 5", "differ"),
    ("INSERT INTO rtree_photos_geom VALUES (9999, 0, 0, 0, 0)", "without a row"),
    ("DELETE FROM rtree_folders_geom", "rtree_folders_geom differ"),
    ("UPDATE gpkg_contents SET max_x = 99 WHERE table_name = 'photos'", "gpkg_contents"),
    ("PRAGMA foreign_keys = OFF; UPDATE photos SET folder_id = 99 WHERE fid = 5", "belongs to no"),
    ("INSERT INTO kept VALUES (5, '2024-01-01T00:00:00Z')", "kept differ"),
    ("UPDATE photos SET flag_bits = flag_bits | 512 WHERE fid = 5", "kept differ"),
  ])
  func checkSeesWhatDoesNotAgree(_ sql: String, _ words: String) throws {
    try sample(folder.index)
    do {
      let writer = try IndexWriter(path: folder.index)
      try writer.connection.execute(sql)
    }
    let found = try IndexReader(path: folder.index).check()
    #expect(found.contains { $0.contains(words) }, "\(found)")
  }

  @Test func queriesLeaveNoTrace() throws {
    try sample(folder.index)
    let before = try folder.state()
    #expect(before.count == 1)
    do {
      let reader = try IndexReader(path: folder.index)
      _ = try reader.everything()
      _ = try reader.folders()
      _ = try reader.status()
      _ = try reader.check()
      #expect(throws: SQLiteError.self) { try reader.connection.execute("DELETE FROM photos") }
    }
    #expect(try folder.state() == before)
  }

  /// A log that a killed writer left is read, and left for the next writer.
  @Test func aLeftLogIsReadAndKept() throws {
    try sample(folder.index)
    let copy = "\(folder.path)/copy.gpkg"
    do {
      let writer = try IndexWriter(path: folder.index)
      try writer.addSite(SiteRecord(name: "late", location: "/l"))
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: folder.index + suffix, toPath: copy + suffix)
      }
    }
    let file = try Data(contentsOf: URL(filePath: copy))
    let log = try Data(contentsOf: URL(filePath: "\(copy)-wal"))
    #expect(!log.isEmpty)
    #expect(try IndexReader(path: copy).sites().map(\.name) == ["late", "s"])
    #expect(try Data(contentsOf: URL(filePath: copy)) == file)
    #expect(try Data(contentsOf: URL(filePath: "\(copy)-wal")) == log)
    #expect(try IndexWriter(path: copy).sites().count == 2)
    #expect(!FileManager.default.fileExists(atPath: "\(copy)-wal"))
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
  func aReadOnlyFolderIsEnoughForQueries() throws {
    try sample(folder.index)
    let before = try folder.state()
    chmod(folder.index, 0o400)
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    #expect(try IndexReader(path: folder.index).count(PhotoFilter()) == 300)
    #expect(try IndexReader(path: folder.index).check() == [])
    #expect(
      kind {
        _ = try IndexWriter(path: folder.index).addSite(
          SiteRecord(name: "t", location: "/t"))
      } == .permission)
    #expect(kind { _ = try IndexWriter(path: "\(folder.path)/new.gpkg") } == .permission)
    chmod(folder.index, 0o000)
    #expect(kind { _ = try IndexReader(path: folder.index) } == .permission)
    chmod(folder.index, 0o600)
    #expect(try folder.state() == before)
  }

  /// Another program has turned the file to rollback mode: still one index for both sides.
  @Test func rollbackModeIsReadAndTurnedBackByTheNextWriter() throws {
    try sample(folder.index)
    do {
      let connection = try Connection(path: folder.index, mode: .readWrite)
      try connection.execute("PRAGMA journal_mode = DELETE")
    }
    let before = try folder.state()
    #expect(try IndexReader(path: folder.index).count(PhotoFilter()) == 300)
    #expect(try folder.state() == before)
    #expect(try IndexWriter(path: folder.index).sites().count == 1)
    #expect(try Data(contentsOf: URL(filePath: folder.index))[18] == 2)
  }

  @Test func errorsSayWhatWhereAndWhatToTry() {
    let errors = [
      SQLiteError(code: 5, message: "database is locked"),
      SQLiteError(code: 13, message: "database or disk is full"),
      SQLiteError(code: 11, message: "database disk image is malformed"),
      SQLiteError(code: 26, message: "file is not a database"),
      SQLiteError(code: 14, message: "unable to open database file"),
      SQLiteError(code: 8, message: "attempt to write a readonly database"),
      SQLiteError(code: 266, message: "disk I/O error"),
      SQLiteError(code: 9, message: "interrupted"),
    ].map { IndexError($0, path: "/x/index.gpkg") }
    #expect(
      errors.map(\.kind) == [
        .busy(pid: nil), .diskFull, .damaged, .damaged, .io, .permission, .io, .interrupted,
      ])
    for error in errors.dropLast() {
      #expect(error.message.contains("/x/index.gpkg"))
      #expect(error.advice != nil)
      #expect(error.description.split(separator: "\n").count == 2)
    }
  }
}
