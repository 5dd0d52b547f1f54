import Foundation
import Migrations
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// Upgrades, by a step that follows those of this program and exists in tests only.
@Suite struct UpgradeTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let latest = allMigrations.last?.version ?? 0

  /// Adds a column to a table with rows, and a table.
  private static let next = Migration(
    version: latest + 1, name: "next",
    sql: """
      ALTER TABLE photos ADD COLUMN doubled INTEGER;
      UPDATE photos SET doubled = size * 2;
      CREATE TABLE later (fid INTEGER PRIMARY KEY NOT NULL REFERENCES photos(fid) ON DELETE CASCADE);
      INSERT INTO later SELECT fid FROM photos WHERE status = 0;
      """)
  private static let newer = Migrator(migrations: allMigrations + [next])

  /// Two folders with photos and targets, and an empty one; tracks are not drawn yet, as after a sync that was killed.
  @discardableResult
  private func writeIndex(seed: UInt64 = 4) throws -> [PhotoRow] {
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "nas", location: "/photos")).id
    var g = SplitMix64(seed: seed)
    for path in ["a", "b"] {
      try writer.apply(
        changes(site, path) { changes in
          changes.inserts = (0..<40).map { Samples.change(Samples.name($0, &g), &g) }
        })
    }
    _ = try writer.folderID(site: site, path: PathBytes(text: "empty"))
    return try writer.reader.everything()
  }

  private func doubled(_ connection: Connection) throws -> [Int64] {
    let rows = try connection.prepare("SELECT doubled FROM photos ORDER BY fid")
    var values: [Int64] = []
    while try rows.step() { values.append(rows.integer("doubled")) }
    return values
  }

  private func error(_ body: () throws -> Void) -> IndexError? {
    do {
      try body()
      return nil
    } catch { return error as? IndexError }
  }

  @Test func anIndexWithRowsIsUpgraded() throws {
    let rows = try writeIndex()
    #expect(
      error { _ = try IndexReader(path: folder.index, takesOlder: false, migrator: Self.newer) }?
        .kind == .olderSchema(found: Self.latest, supported: Self.next.version))
    do {
      let writer = try IndexWriter(path: folder.index, migrator: Self.newer)
      let byID = rows.sorted { $0.id < $1.id }
      #expect(try doubled(writer.connection) == byID.map { ($0.size ?? 0) * 2 })
      #expect(try writer.reader.check() == [])
    }
    let reader = try IndexReader(path: folder.index, takesOlder: false, migrator: Self.newer)
    #expect(try reader.everything() == rows)
    #expect(try reader.folders().map(\.photos) == [40, 40, 0])
    #expect(try Self.newer.state(of: reader.connection) == .index(version: Self.next.version))
    // Opening it for writing has drawn the tracks.
    let stale = try reader.connection.prepare(
      "SELECT count(*) AS count FROM folders WHERE track_stale")
    #expect(try stale.step() && stale.integer("count") == 0)
    // The file as it was lies beside it.
    let copy = "\(folder.index).schema\(Self.latest)"
    #expect(try IndexReader(path: copy).everything() == rows)
    if let verdict = try Validator.verdict(folder.index) { #expect(verdict.isEmpty, "\(verdict)") }
    // For this program it is a newer one now.
    #expect(
      error { _ = try IndexReader(path: folder.index) }?.kind
        == .newerSchema(found: Self.next.version, supported: Self.latest))
  }

  /// A step is applied whole or not at all, and the next program that opens the file goes on.
  @Test func anInterruptedUpgradeIsTakenUpAgain() throws {
    let rows = try writeIndex()
    let half = Migration(
      version: Self.next.version + 1, name: "half",
      sql: "UPDATE photos SET doubled = -1; INSERT INTO nowhere VALUES (1)")
    let interrupted = Migrator(migrations: allMigrations + [Self.next, half])
    #expect(
      error { _ = try IndexWriter(path: folder.index, migrator: interrupted) }?.kind == .unexpected)
    let connection = try Connection(path: folder.index, mode: .readOnly)
    #expect(try Self.newer.state(of: connection) == .index(version: Self.next.version))
    #expect(try !doubled(connection).contains(-1))
    let mended = Migration(
      version: half.version, name: "half", sql: "UPDATE photos SET doubled = -1")
    let whole = Migrator(migrations: allMigrations + [Self.next, mended])
    let writer = try IndexWriter(path: folder.index, migrator: whole)
    #expect(try doubled(writer.connection) == rows.map { _ in -1 })
    #expect(try writer.reader.everything() == rows)
    #expect(try writer.reader.check() == [])
  }

  /// On a read-only disk, say, or without a network to sync over: the file stays as it is.
  @Test func anOlderIndexIsReadFromAnUpgradedCopy() throws {
    let rows = try writeIndex()
    let before = try folder.state()
    let reader = try IndexReader(path: folder.index, takesOlder: true, migrator: Self.newer)
    #expect(try reader.everything() == rows)
    #expect(try doubled(reader.connection).count == rows.count)
    #expect(try reader.check() == [])
    #expect(try reader.folders().map(\.photos) == [40, 40, 0])
    #expect(throws: (any Error).self) { try reader.connection.execute("DELETE FROM photos") }
    #expect(try reader.readingTwice { $0 == nil })
    let copy = "\(folder.path)/copy.gpkg"
    try reader.snapshot(to: copy)
    let copied = try IndexReader(path: copy, takesOlder: false, migrator: Self.newer)
    #expect(try copied.everything() == rows)
    #expect(try folder.state().filter { !$0.key.contains("copy") } == before)
  }

  /// No difference that only some users have.
  @Test func anUpgradedSchemaIsThatOfANewIndex() throws {
    func schema(_ path: String) throws -> [String] {
      let rows = try Connection(path: path, mode: .readOnly).prepare(
        """
        SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line
        FROM sqlite_schema ORDER BY 1
        """)
      var lines: [String] = []
      while try rows.step() { lines.append(rows.text("line")) }
      return lines
    }
    try writeIndex()
    _ = try IndexWriter(path: folder.index, migrator: Self.newer)
    let fresh = "\(folder.path)/fresh.gpkg"
    _ = try IndexWriter(path: fresh, migrator: Self.newer)
    #expect(try schema(folder.index) == schema(fresh))
  }

  /// Its first step has the number of ours and another content.
  @Test(arguments: [1, 2, 7]) func anIndexFromBeforeTheFirstReleaseIsRefused(version: Int) throws {
    try writeIndex()
    let names = ["geopackage", "layers", "named", "named", "provenance", "targets", "kept"]
    do {
      let connection = try Connection(path: folder.index, mode: .readWrite)
      try connection.execute("DELETE FROM gpsindex_migration; DROP TABLE kept; DROP TABLE last_id")
      for (step, name) in zip(1...version, names) {
        try connection.execute(
          "INSERT INTO gpsindex_migration VALUES (\(step), '\(name)', '2026-01-01')")
      }
    }
    let before = try folder.state()
    for body: () throws -> Void in [
      { _ = try IndexReader(path: folder.index) },
      { _ = try IndexReader(path: folder.index, takesOlder: true) },
      { _ = try IndexWriter(path: folder.index) },
    ] {
      let refusal = try #require(error(body))
      #expect(refusal.kind == .unreleasedSchema)
      #expect(refusal.message.contains(folder.index) && refusal.advice?.contains("sync") == true)
    }
    #expect(try folder.state() == before)
  }
}

/// GDAL's `validate_gpkg.py`, which Debian ships in python3-gdal.
enum Validator {
  static let script = "/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py"
  static var isInstalled: Bool {
    FileManager.default.fileExists(atPath: script)
      && FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
  }

  /// What it finds wrong; empty when nothing, nil where it is not installed.
  static func verdict(_ path: String) throws -> String? {
    guard isInstalled else { return nil }
    let result = try Command.run("/usr/bin/python3", [script, "-q", "--extra", path])
    return result.exitCode == 0 ? "" : result.text + result.errorText
  }
}
