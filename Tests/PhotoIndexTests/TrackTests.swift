import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// The layer `tracks` follows the photos.
@Suite struct TrackTests {
  let one: OneSite
  var folder: TemporaryFolder { one.folder }
  var writer: IndexWriter { one.writer }
  var site: Int64 { one.site }

  init() throws { one = try OneSite("s", at: "/p") }

  private func timed(_ name: String, _ second: Int64?, x: Double, height: Double? = 5)
    -> PhotoChange
  {
    var record = located(1, x)
    record.takenAt = second.map { 1_714_557_600_000 + $0 * 1000 }
    record.altitude = height
    return photo(name, record)
  }

  private var tracks: Tracks { Tracks(writer.connection) }
  private func id(_ path: String) throws -> Int64 {
    try writer.folderID(site: site, path: PathBytes(path.utf8))
  }
  private func fid(_ path: String, _ file: String) throws -> Int64 {
    try #require(
      try writer.reader.photo(site: "s", path: PathBytes("\(path)/\(file)".utf8))?.id)
  }

  /// Longitudes of a stored track of one part, read back from its bytes.
  private func longitudes(_ path: String) throws -> [Double]? {
    guard let track = try tracks.stored(try id(path)) else { return nil }
    let blob = track.geometry
    #expect(blob.count == 58 + 16 * track.count)
    return (0..<track.count).map { number in
      let start = 58 + 16 * number
      let bits = blob[start..<(start + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Double(bitPattern: bits)
    }
  }

  @Test func aTrackIsInTheOrderOfTime() throws {
    var local = photo("local", located(1, 2.5))
    local.record.takenLocal = "2024-05-01T10:00:02.500"
    try writer.apply(
      changes(site, "f") { changes in
        changes.inserts = [
          timed("a", 3, x: 3), timed("b", 1, x: 1), local, timed("c", nil, x: 9),
          timed("d", 2, x: 2),
          timed("e", 2, x: 2.25), photo("lost", PhotoRecord(outcome: .withoutPosition(.noGPS))),
        ]
      })
    // Batches only mark; a reader in between sees no half track.
    #expect(try longitudes("f") == nil)
    #expect(try writer.reader.check() == [])
    try writer.checkpoint()
    #expect(try longitudes("f") == [1, 2, 2.25, 2.5, 3])
    #expect(try writer.reader.check() == [])
  }

  @Test func everyChangeOfAPointIsDrawn() throws {
    try writer.apply(
      changes(site, "f") { changes in
        changes.inserts = (0..<4).map { timed("\($0)", Int64($0), x: Double($0)) }
      })
    try writer.checkpoint()
    #expect(try longitudes("f") == [0, 1, 2, 3])
    let steps: [(FolderChanges, [Double]?)] = [
      (
        try changes(site, "f") { c in
          c.updates = [.init(fid: try fid("f", "3"), change: timed("3", -1, x: 3))]
        }, [3, 0, 1, 2]
      ),
      (try changes(site, "f") { c in c.deletes = [try fid("f", "0")] }, [3, 1, 2]),
      (
        try changes(site, "g") { c in
          c.moves = [
            .init(
              fid: try fid("f", "1"), file: ListedFile(name: PathBytes("1".utf8), size: 1, mtime: 1)
            )
          ]
        }, [3, 2]
      ),
      (try changes(site, "f") { c in c.deletes = [try fid("f", "2")] }, nil),
    ]
    for (change, expected) in steps {
      try writer.apply(change)
      try writer.checkpoint()
      #expect(try longitudes("f") == expected)
      #expect(try writer.reader.check() == [])
    }
    #expect(try longitudes("g") == nil)
    try writer.removeSite(named: "s")
    #expect(try writer.reader.check() == [])
    #expect(try scalar("SELECT count(*) FROM rtree_tracks_geom") == 0)
  }

  private func scalar(_ sql: String) throws -> Int64 {
    let row = try writer.connection.prepare("SELECT (\(sql)) AS value")
    _ = try row.step()
    return row.integer("value")
  }

  /// A killed sync leaves marks; the next sync draws even when it finds nothing new.
  @Test func theNextSyncDrawsWhatAKilledOneLeft() throws {
    try writer.apply(
      changes(site, "f") { $0.inserts = [timed("a", 1, x: 1), timed("b", 2, x: 2, height: nil)] })
    var summary = SiteSummary(
      finishedAt: 0, complete: true, seconds: 1, roundTripMilliseconds: nil, connections: nil)
    summary.listed = 2
    let next = try IndexWriter(path: folder.index)
    try next.finishSync(site: site, summary: summary, changed: false)
    #expect(try longitudes("f") == [1, 2])
    // And then nothing is written any more.
    let before = next.connection.totalChanges
    try next.finishSync(site: site, summary: summary, changed: false)
    try next.checkpoint()
    #expect(next.connection.totalChanges == before)
  }

  @Test(arguments: [
    ("UPDATE tracks SET photo_count = 7", "another track"),
    ("DELETE FROM tracks", "another track"),
    ("DELETE FROM rtree_tracks_geom", "not in rtree_tracks_geom"),
    ("INSERT INTO rtree_tracks_geom VALUES (99, 0, 0, 0, 0)", "without a row"),
    ("UPDATE photos SET taken_at = NULL", "another track"),
  ])
  func checkSeesAWrongTrack(_ sql: String, _ words: String) throws {
    try writer.apply(
      changes(site, "f") { $0.inserts = [timed("a", 1, x: 1), timed("b", 2, x: 2)] })
    try writer.checkpoint()
    #expect(try writer.reader.check() == [])
    try writer.connection.execute(sql)
    let found = try writer.reader.check()
    #expect(found.contains { $0.contains(words) }, "\(found)")
  }

  /// GeoPackage's own validator accepts the live file at every stage of a sync.
  @Test(.enabled(if: Validator.isInstalled, "validate_gpkg.py (python3-gdal) is not installed"))
  func theFileIsValidBeforeDuringAndAfterASync() throws {
    #expect(try Validator.verdict(folder.index) == "")
    try writer.apply(
      changes(site, "f") { c in
        c.inserts = (0..<50).map { timed("\($0)", Int64($0), x: Double($0), height: nil) }
      })
    try writer.apply(
      changes(site, "g") { c in
        c.inserts = [photo("x", PhotoRecord(outcome: .withoutPosition(.noGPS)))]
      })
    #expect(try Validator.verdict(folder.index) == "")
    try writer.checkpoint()
    #expect(try Validator.verdict(folder.index) == "")
    try writer.apply(
      changes(site, "f") { c in c.deletes = [try fid("f", "0"), try fid("f", "49")] })
    #expect(try Validator.verdict(folder.index) == "")
    try writer.checkpoint()
    #expect(try Validator.verdict(folder.index) == "")
    // The validator does find something where something is wrong.
    try writer.connection.execute(
      "UPDATE gpkg_contents SET last_change = 'never' WHERE table_name = 'tracks'")
    #expect(try Validator.verdict(folder.index) != "")
  }
}
