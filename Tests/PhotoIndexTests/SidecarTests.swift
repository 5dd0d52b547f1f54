import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// What few photos have, in tables of its own: laser targets and sidecars.
@Suite struct SidecarTests {
  let one: OneSite
  var folder: TemporaryFolder { one.folder }
  var writer: IndexWriter { one.writer }
  var site: Int64 { one.site }

  init() throws { one = try OneSite("nas", at: "/photos") }

  private func change(
    _ name: String, target: LaserTarget? = nil, sidecar: String? = nil
  ) -> PhotoChange {
    var record = PhotoRecord(outcome: .located(Coordinate(latitude: 47, longitude: 8)))
    record.target = target
    return PhotoChange(
      file: ListedFile(name: PathBytes(text: name), size: 1, mtime: 2), record: record, racy: false,
      parserVersion: 1,
      sidecar: sidecar.map { ListedFile(name: PathBytes(text: $0), size: 3, mtime: 4) })
  }

  private func apply(_ body: (inout FolderChanges) -> Void) throws {
    var changes = FolderChanges(site: site, folder: PathBytes(text: "a"))
    body(&changes)
    try writer.apply(changes)
  }

  private func count(_ table: String) throws -> Int64 {
    let row = try writer.connection.prepare("SELECT count(*) AS count FROM \(table)")
    _ = try row.step()
    return row.integer("count")
  }

  static let target = LaserTarget(
    coordinate: Coordinate(latitude: 47.001, longitude: 8.002), altitude: 469.3, distance: 140.5)

  @Test func theyComeChangeAndGoWithTheirPhoto() throws {
    try apply { changes in
      changes.inserts = [
        change("0.jpg", target: Self.target, sidecar: "0.xmp"), change("1.jpg"),
        change("2.jpg", sidecar: "2.JPG.xmp"),
      ]
    }
    func row(_ name: String) throws -> PhotoRow {
      try #require(try writer.reader.photo(site: "nas", path: PathBytes(text: "a/\(name)")))
    }
    #expect(try row("0.jpg").record.target == Self.target)
    #expect(try row("1.jpg").record.target == nil)
    #expect(try count("targets") == 1 && count("sidecars") == 2)
    let known = try writer.reader.knownPhotos(
      try #require(try writer.reader.knownFolders(site).first?.id))
    #expect(known.map { $0.sidecar?.name.text } == ["0.xmp", nil, "2.JPG.xmp"])
    #expect(known[0].sidecar == ListedFile(name: PathBytes(text: "0.xmp"), size: 3, mtime: 4))
    #expect(try writer.reader.check() == [])

    // Another target, a sidecar more, one less.
    let fids = try ["0.jpg", "1.jpg", "2.jpg"].map { try row($0).id }
    var other = Self.target
    other.altitude = nil
    try apply { changes in
      changes.updates = [
        .init(fid: fids[0], change: change("0.jpg", target: other, sidecar: "0.xmp")),
        .init(fid: fids[1], change: change("1.jpg", target: Self.target, sidecar: "1.xmp")),
        .init(fid: fids[2], change: change("2.jpg")),
      ]
    }
    #expect(try row("0.jpg").record.target == other)
    #expect(try row("1.jpg").record.target == Self.target)
    #expect(try writer.reader.state(of: fids[1])?.sidecar?.name.text == "1.xmp")
    #expect(try writer.reader.state(of: fids[2])?.sidecar == nil)
    #expect(try writer.reader.check() == [])
    if let verdict = try Validator.verdict(folder.index) { #expect(verdict.isEmpty, "\(verdict)") }

    try apply { $0.deletes = [fids[0]] }
    #expect(try count("targets") == 1 && count("sidecars") == 1)
    try writer.removeSite(named: "nas")
    #expect(try count("targets") == 0 && count("sidecars") == 0)
  }

  /// What equals the stored is not written, sidecars and targets included.
  @Test func anEqualRowIsNotTouched() throws {
    let same = change("0.jpg", target: Self.target, sidecar: "0.xmp")
    try apply { $0.inserts = [same] }
    let fid = try #require(try writer.reader.photos(at: PathBytes(text: "0.jpg")).first?.id)
    let before = writer.connection.totalChanges
    try apply { $0.updates = [.init(fid: fid, change: same)] }
    #expect(writer.connection.totalChanges == before)
  }

  @Test func aReplacementFindsItsRowByName() throws {
    try apply { $0.inserts = [change("0.jpg")] }
    let fid = try #require(try writer.reader.photos(at: PathBytes(text: "0.jpg")).first?.id)
    try apply { $0.replacements = [change("0.jpg", sidecar: "0.xmp"), change("new.jpg")] }
    #expect(try writer.reader.photos(at: PathBytes(text: "0.jpg")).map(\.id) == [fid])
    #expect(try writer.reader.state(of: fid)?.sidecar?.name.text == "0.xmp")
    #expect(try writer.reader.photos(at: PathBytes(text: "new.jpg")).count == 1)
    #expect(try writer.reader.check() == [])
  }

  @Test func aTargetWithAnotherGeometryIsFound() throws {
    try apply { $0.inserts = [change("0.jpg", target: Self.target)] }
    try writer.connection.execute("UPDATE targets SET lat = 1")
    #expect(try writer.reader.check().contains { $0.contains("target") })
  }

  /// Exif has a height of 0 below the sea, and S and W of 0°: SQLite keeps −0 as 0.
  @Test func negativeZerosAreZeros() throws {
    let zero = Coordinate(latitude: -0.0, longitude: 8)
    var photo = change("0.jpg", target: LaserTarget(coordinate: zero, altitude: -0.0))
    photo.record.outcome = .located(zero)
    photo.record.altitude = -0.0
    try apply { $0.inserts = [photo] }
    #expect(try writer.reader.check() == [])
    // As earlier versions wrote it.
    for table in ["photos", "targets"] {
      try writer.connection.execute(
        "UPDATE \(table) SET geom = substr(geom, 1, 28) || x'80' || substr(geom, 30)")
    }
    #expect(try writer.reader.check() == [])
  }

  private func extent() throws -> BoundingBox? {
    let row = try writer.connection.prepare(
      "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'targets'")
    #expect(try row.step())
    return row.box()
  }

  /// The layer has what the other layers have: an extent that follows its rows, an R*Tree, a style.
  @Test func targetsAreALayerLikeTheOthers() throws {
    func target(_ x: Double, _ y: Double) -> LaserTarget {
      LaserTarget(coordinate: Coordinate(latitude: y, longitude: x))
    }
    func inTree() throws -> [Int64] {
      let rows = try writer.connection.prepare(
        "SELECT id FROM rtree_targets_geom WHERE minx >= 7.9 AND maxx <= 9.1 ORDER BY id")
      var ids: [Int64] = []
      while try rows.step() { ids.append(rows.integer("id")) }
      return ids
    }
    #expect(try extent() == nil)
    try apply { changes in
      changes.inserts = [
        change("0.jpg", target: target(8, 47)), change("1.jpg", target: target(9, 46)),
        change("2.jpg", target: target(20, 45)), change("3.jpg"),
      ]
    }
    #expect(try extent() == BoundingBox(west: 8, south: 45, east: 20, north: 47))
    let fids = try (0..<3).map {
      try #require(try writer.reader.photos(at: PathBytes(text: "\($0).jpg")).first?.id)
    }
    #expect(try inTree() == Array(fids[..<2]))
    #expect(try writer.reader.check() == [])
    // One on the edge goes, another comes nearer.
    try apply { $0.deletes = [fids[2]] }
    #expect(try extent() == BoundingBox(west: 8, south: 46, east: 9, north: 47))
    try apply {
      $0.updates = [.init(fid: fids[0], change: change("0.jpg", target: target(8.5, 46.5)))]
    }
    #expect(try extent() == BoundingBox(west: 8.5, south: 46, east: 9, north: 46.5))
    #expect(try writer.reader.check() == [])
    let styles = try writer.connection.prepare(
      "SELECT count(*) AS count FROM layer_styles WHERE f_table_name = 'targets' AND useAsDefault")
    #expect(try styles.step() && styles.integer("count") == 1)
    // QGIS evaluates it (`make accept`); SQL must have kept its quotes.
    let tips = try writer.connection.prepare(
      """
      SELECT count(*) AS count FROM layer_styles WHERE f_table_name = 'targets'
      AND instr(styleQML, '[% coalesce(''height '' || round("alt_m", 1) || '' m'', '''') %]') > 0
      """)
    #expect(try tips.step() && tips.integer("count") == 1)
    try writer.connection.execute(
      "UPDATE gpkg_contents SET max_x = 30 WHERE table_name = 'targets'")
    #expect(try writer.reader.check().count == 1)
    try writer.removeSite(named: "nas")
    #expect(try extent() == nil && inTree() == [])
    #expect(try writer.reader.check() == [])
  }

  @Test func anExportCarriesTargets() throws {
    try apply { $0.inserts = [change("0.jpg", target: Self.target), change("1.jpg")] }
    var filter = PhotoFilter()
    filter.limit = 5
    let copy = "\(folder.path)/copy.gpkg"
    try writer.reader.export(filter, to: copy)
    let rows = try IndexReader(path: copy).everything()
    #expect(rows.map(\.record.target) == [Self.target, nil])
  }

  @Test func reasonsCanBeAskedFor() throws {
    try apply { changes in
      for (number, reason) in [NoPosition.zero, .noGPS, .zero].enumerated() {
        var photo = change("\(number).jpg")
        photo.record.outcome = .withoutPosition(reason)
        changes.inserts.append(photo)
      }
    }
    var filter = PhotoFilter()
    filter.reasons = ["zero"]
    var found: [String] = []
    try writer.reader.problems(filter) { found.append($0.file) }
    #expect(found == ["0.jpg", "2.jpg"])
  }
}
