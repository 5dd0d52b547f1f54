import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// Values that no version of this program writes, and SQL of a stranger.
@Suite struct HostileIndexTests {
  private let place: OneSite
  private var folder: TemporaryFolder { place.folder }
  private var path: String { folder.index }

  init() throws {
    place = try OneSite("nas", at: "/photos")
    try place.writer.apply(changes("a", ["1.jpg", "2.jpg"]))
    try place.writer.checkpoint()
  }

  private func changes(_ name: String, _ files: [String]) -> FolderChanges {
    var changes = FolderChanges(site: place.site, folder: PathBytes(text: name))
    changes.inserts = files.map { file in
      PhotoChange(
        file: ListedFile(name: PathBytes(text: file), size: 1, mtime: 1),
        record: PhotoRecord(outcome: .located(Coordinate(latitude: 48, longitude: 11))),
        racy: false, parserVersion: 1)
    }
    return changes
  }

  private func spoil(_ sql: String) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    try GeometryBlob.registerFunctions(on: connection)
    connection.setTrustsSchema(true)
    try connection.execute(sql)
  }

  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "-5", "'text'", "x'00'", "9e999",
  ])
  func countersAreBounded(_ value: String) throws {
    try spoil(
      """
      INSERT INTO folders (site_id, path) VALUES (1, 'b'), (1, 'c');
      UPDATE folders SET photo_count = \(value), located_count = \(value),
        without_position_count = \(value), failed_count = \(value)
      """)
    let reader = try IndexReader(path: path)
    let bounds = 0...(Statement.mostCounted * 9)
    for row in try reader.folders() {
      #expect(bounds.contains(Int64(row.photos)) && row.located >= 0)
    }
    let status = try #require(try reader.status().first)
    #expect(bounds.contains(Int64(status.photos)) && status.failed >= 0)
    #expect(bounds.contains(Int64(try reader.atMost(PhotoFilter()))))
    #expect(bounds.contains(Int64(try reader.count(PhotoFilter()))))
    #expect(try reader.knownFolders(place.site).allSatisfy { $0.photoCount >= 0 })
    _ = try reader.parts(PhotoFilter())
    #expect(try !reader.check().isEmpty)
    // A change counts on from there.
    try place.writer.apply(changes("a", ["3.jpg"]))
    try place.writer.apply(changes("b", ["3.jpg"]))
  }

  @Test(arguments: [
    ("timeout_s", "9e999"), ("timeout_s", "-1"), ("timeout_s", "'x'"), ("timeout_s", "1e-300"),
    ("connections", "9223372036854775807"), ("connections", "0"), ("connections", "'x'"),
    ("in_flight", "-9223372036854775808"), ("in_flight", "4097"),
  ])
  func aSettingThatNoOptionTakesIsNone(_ column: String, _ value: String) throws {
    try spoil("UPDATE site SET \(column) = \(value)")
    #expect(try IndexReader(path: path).site(named: "nas").settings == SiteSettings())
  }

  @Test(arguments: ["9223372036854775807", "-9223372036854775808", "9e999", "'x'", "x'ff'"])
  func theSummaryOfASyncIsBounded(_ value: String) throws {
    let counts = ["listed", "new", "changed", "moved", "removed", "located", "failed"]
    try spoil(
      """
      UPDATE site SET sync_at = '2024-05-01T10:00:00.000Z', sync_complete = \(value), sync_seconds = \(value),
        sync_reasons = '{"a": 9223372036854775807, "b": -1, "c": 1e999}',
        \(counts.map { "sync_\($0) = \(value)" }.joined(separator: ", "))
      """)
    let sync = try #require(try IndexReader(path: path).site(named: "nas").lastSync)
    #expect(sync.listed >= 0 && sync.reasons.values.allSatisfy { $0 >= 0 })
    // The difference of counters is taken where they are shown.
    #expect(sync.unchanged <= sync.listed)
  }

  /// No table of ours is worth rows that never end.
  @Test(arguments: ["site", "Folders", "photos"])
  func aViewInThePlaceOfATableIsRefused(_ table: String) throws {
    try spoil(
      """
      PRAGMA foreign_keys = OFF; DROP VIEW photos_named; ALTER TABLE \(table) RENAME TO other;
      CREATE VIEW \(table) AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        SELECT i AS id FROM n
      """)
    let error = #expect(throws: IndexError.self) { try IndexReader(path: path) }
    #expect(error?.kind == .damaged && error?.message.contains("is a view") == true)
  }

  private static let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"

  /// Also one that makes the file larger while it runs: its limit must not grow with it.
  @Test(arguments: [
    "SELECT max(i) FROM (\(endless) SELECT i FROM n)",
    "INSERT INTO other SELECT i FROM (\(endless) SELECT i FROM n)",
  ])
  func anEndlessTriggerEnds(_ statement: String) throws {
    try spoil(
      """
      CREATE TABLE other (x);
      CREATE TRIGGER evil AFTER INSERT ON photos BEGIN \(statement); END
      """)
    let error = #expect(throws: IndexError.self) { try place.writer.apply(changes("a", ["4.jpg"])) }
    #expect(error?.kind == .damaged && error?.message.contains("more work") == true)
    #expect(try IndexReader(path: path).count(PhotoFilter()) == 2)
  }

  @Test func aQuestionEndsWhenItIsToldTo() throws {
    try place.writer.apply(changes("many", (0..<20_000).map { "\($0).jpg" }))
    let reader = try IndexReader(path: path)
    #expect(try reader.count(PhotoFilter()) == 20_002)
    reader.setStop { true }
    let error = #expect(throws: IndexError.self) {
      try reader.photos(PhotoFilter()) { _ in }
    }
    #expect(error?.kind == .interrupted)
  }
}

/// Names that look the same and are different bytes are different names.
@Suite struct NameFormTests {
  private static let composed = "Caf\u{E9}"
  private static let decomposed = "Cafe\u{301}"

  @Test func twoFormsOfANameAreTwoSitesEverywhere() throws {
    let place = try OneSite(Self.composed, at: "/photos/\(Self.composed)")
    let writer = place.writer
    let second = try writer.addSite(
      SiteRecord(name: Self.decomposed, location: "/photos/\(Self.decomposed)"))
    for (site, names) in [(place.site, ["1.jpg"]), (second.id, ["2.jpg", "3.jpg"])] {
      var changes = FolderChanges(site: site, folder: .empty)
      changes.inserts = names.map {
        PhotoChange(
          file: ListedFile(name: PathBytes(text: $0), size: 1, mtime: 1),
          record: PhotoRecord(outcome: .located(Coordinate(latitude: 1, longitude: 2))),
          racy: false, parserVersion: 1)
      }
      try writer.apply(changes)
    }
    let reader = try IndexReader(path: place.folder.index)
    #expect(
      try reader.photo(site: Self.decomposed, path: PathBytes(text: "1.jpg")) == nil)
    #expect(try reader.photo(site: Self.composed, path: PathBytes(text: "1.jpg")) != nil)
    // A part of the index, exported, keeps them apart, too.
    let copy = place.folder.file("copy.gpkg")
    #expect(try reader.export(.with { $0.which = .all }, to: copy) == 3)
    let counts = try IndexReader(path: copy).status().map(\.photos)
    #expect(counts.sorted() == [1, 2])
    #expect(try reader.export(.with { $0.site = Self.composed }, to: copy) == 1)
    #expect(try IndexReader(path: copy).sites().count == 1)
    // A name in the other form is a change, not the same again.
    var renamed = try writer.site(named: Self.decomposed)
    renamed.name = "Cafe\u{301}s"
    try writer.updateSite(renamed)
    renamed.name = "Caf\u{E9}s"
    try writer.updateSite(renamed)
    #expect(try writer.sites().map { Array($0.name.utf8) }.contains(Array("Caf\u{E9}s".utf8)))
  }

  @Test func aSiteIsFoundOrMadeInOneStep() throws {
    let place = try OneSite("nas", at: "/photos")
    let other = try IndexWriter(path: place.folder.index)
    func made(_ taken: [SiteRecord]) -> SiteRecord {
      SiteRecord(name: "new\(taken.count)", location: "/new")
    }
    let first = try place.writer.site(where: { $0.location == "/new" }, orAdd: made)
    let second = try other.site(where: { $0.location == "/new" }, orAdd: made)
    #expect(first.isNew && !second.isNew && first.site.id == second.site.id)
    #expect(try other.sites().map(\.name) == ["nas", "new1"])
    #expect(throws: IndexError.siteExists("nas")) {
      try other.addSite(SiteRecord(name: "nas", location: "/elsewhere"))
    }
  }
}
