import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// Many new photos enter the R*Trees without GeoPackage's triggers, which stay for all others.
@Suite struct RTreeTests {
  private func batch(_ count: Int, site: Int64, seed: UInt64) -> [FolderChanges] {
    var g = SplitMix64(seed: seed)
    return ["a", "b", "c"].map { folder in
      var changes = FolderChanges(site: site, folder: PathBytes(text: folder))
      changes.inserts = (0..<(count / 3)).map {
        Samples.change(PathBytes(text: "\(seed)-\($0).JPG"), &g)
      }
      return changes
    }
  }

  private func rows(_ table: String, _ connection: Connection) throws -> [[SQLValue]] {
    let rows = try connection.prepare(
      "SELECT id, minx, maxx, miny, maxy FROM \(table) ORDER BY id")
    var found: [[SQLValue]] = []
    while try rows.step() {
      found.append(
        [
          rows.column("id"), rows.column("minx"), rows.column("maxx"), rows.column("miny"),
          rows.column("maxy"),
        ].map(rows.value))
    }
    return found
  }

  @Test func holdWhatTheTriggersWouldPutThere() throws {
    let (many, few) = (try OneSite("nas", at: "/x"), try OneSite("nas", at: "/x"))
    let all = batch(600, site: many.site, seed: 3)
    try many.writer.apply(all)
    for changes in all {
      for change in changes.inserts {
        var one = FolderChanges(site: few.site, folder: changes.folder)
        one.inserts = [change]
        try few.writer.apply(one)
      }
    }
    #expect(few.writer.connection.firesTriggers)
    for table in ["rtree_photos_geom", "rtree_folders_geom", "rtree_targets_geom"] {
      let found = try rows(table, many.writer.connection)
      #expect(found.count >= 3)
      #expect(try found == rows(table, few.writer.connection), "\(table)")
    }
    #expect(try many.writer.reader.check().isEmpty)
  }

  @Test func areRightAfterMixedBatches() throws {
    let one = try OneSite("nas", at: "/x")
    try one.writer.apply(batch(600, site: one.site, seed: 1))
    let fids = try one.writer.reader.everything().map(\.id)
    var second = batch(900, site: one.site, seed: 2)
    second[0].deletes = Array(fids.prefix(50))
    var g = SplitMix64(seed: 9)
    let folder = try #require(try one.writer.reader.knownFolders(one.site).first)
    second[1].updates = try one.writer.reader.knownPhotos(folder.id).suffix(40).map {
      .init(fid: $0.fid, change: Samples.change(PathBytes(text: "u\($0.fid).JPG"), &g))
    }
    second[2].replacements = [second[2].inserts[0], Samples.change(PathBytes(text: "new"), &g)]
    try one.writer.apply(second)
    // Nothing but photos: the next batches need no trigger at all.
    for seed: UInt64 in 4...6 {
      try one.writer.apply(
        batch(300, site: one.site, seed: seed).map { changes in
          var plain = changes
          plain.inserts = changes.inserts.map {
            PhotoChange(
              file: $0.file, record: located(50, Double(seed)), racy: false, parserVersion: 1)
          }
          return plain
        })
      #expect(!one.writer.connection.firesTriggers)
    }
    try one.writer.checkpoint()
    #expect(one.writer.connection.firesTriggers && one.writer.connection.protectsShadowTables)
    #expect(try one.writer.reader.check().isEmpty)
  }

  @Test func triggersOfOthersFire() throws {
    let one = try OneSite("nas", at: "/x")
    try one.writer.connection.execute(
      """
      CREATE TABLE log (fid INTEGER);
      CREATE TRIGGER watch AFTER INSERT ON photos BEGIN INSERT INTO log VALUES (NEW.fid); END
      """)
    try one.writer.apply(batch(600, site: one.site, seed: 5))
    let count = try one.writer.connection.prepare("SELECT count(*) AS n FROM log")
    _ = try count.step()
    #expect(count.integer("n") == 600)
    #expect(try one.writer.reader.check().isEmpty)
  }
}
