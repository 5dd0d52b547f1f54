import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// The layer `photos_named`: photos with site, folder and path, for people who open the file in QGIS.
@Suite struct NamedLayerTests {
  let folder: TemporaryFolder
  let writer: IndexWriter

  init() throws {
    folder = try TemporaryFolder()
    writer = try IndexWriter(path: folder.index)
    for name in ["nas", "office"] {
      let site = try writer.addSite(SiteRecord(name: name, location: "/\(name)")).id
      for path in ["", "2025/flight 1"] {
        try writer.apply(
          changes(site, path) { changes in
            for number in 0..<5 {
              let x = Double(number) + (name == "nas" ? 0 : 20)
              changes.inserts.append(photo("\(number).jpg", located(1, x)))
            }
            changes.inserts.append(photo("x.jpg", PhotoRecord(outcome: .withoutPosition(.noGPS))))
          })
      }
    }
  }

  @Test func everyPhotoHasItsNames() throws {
    let rows = try writer.connection.prepare(
      "SELECT fid, site, folder, file, path, lon FROM photos_named ORDER BY site, path")
    var found: [String] = []
    while try rows.step() {
      found.append(
        ["fid", "site", "folder", "path"].map { rows.text($0) }.joined(separator: " "))
    }
    let expected = try writer.reader.everything().map {
      "\($0.id) \($0.site) \($0.folder) \($0.path)"
    }
    #expect(found.sorted() == expected.sorted())
  }

  /// The view and the outputs write the same URL; of control characters the view encodes line ends and tabs.
  @Test func locationIsTheURLOfTheOutputs() throws {
    let folder = try TemporaryFolder()
    let writer = try IndexWriter(path: folder.index)
    let site = try writer.addSite(SiteRecord(name: "u", location: "drone@nas:a b")).id
    let names = Samples.oddNames.filter { !$0.contains { $0 < 0x20 && $0 != 0x0A } }
    var batch = FolderChanges(site: site, folder: PathBytes("é #/[1]^`{x}|%".utf8))
    batch.inserts = (names + [Array("a?<b>\"c\\d e.jpg".utf8)]).map { name in
      PhotoChange(
        file: ListedFile(name: PathBytes(name), size: 1, mtime: 1), record: located(1, 2),
        racy: false, parserVersion: 1)
    }
    try writer.apply(batch)
    let stored = try writer.connection.prepare("SELECT location FROM photos_named WHERE fid = ?")
    for row in try writer.reader.everything() {
      stored.bind(row.id)
      #expect(try stored.step())
      #expect(stored.text("location") == row.url)
      stored.reset()
    }
  }

  /// GDAL asks a view's columns for their types; one without a type is an error of the file.
  @Test func everyColumnHasAType() throws {
    let columns = try writer.connection.prepare(
      "SELECT name, type FROM pragma_table_info('photos_named')")
    var count = 0
    while try columns.step() {
      count += 1
      #expect(!columns.text("type").isEmpty, "\(columns.text("name"))")
    }
    #expect(count > 20)
  }

  @Test func aRenamedFolderAndAChangedExtentShow() throws {
    let site = try writer.site(named: "nas").id
    let old = try #require(try writer.reader.photo(site: "nas", path: PathBytes(text: "0.jpg")))
    try writer.apply(
      changes(site, "new") { changes in
        changes.moves = [
          .init(
            fid: old.id, file: ListedFile(name: PathBytes(text: "0.jpg"), size: 1, mtime: 1))
        ]
        changes.inserts = [photo("far.jpg", located(-60, 170))]
      })
    let path = try writer.connection.prepare("SELECT path FROM photos_named WHERE fid = ?")
    path.bind(old.id, at: 1)
    #expect(try path.step() && path.text("path") == "new/0.jpg")
    let extent = try writer.connection.prepare(
      "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'photos_named'")
    #expect(try extent.step())
    #expect(extent.box() == BoundingBox(west: 0, south: -60, east: 170, north: 1))
    #expect(try writer.reader.check() == [])
  }

  /// GeoPackage 1.3, table 4: the extents have min_x ≤ max_x. The latitudes stay exact, and the folder's own row crosses 180°.
  @Test func layersAcrossTheAntimeridianHaveTheNarrowestBoxOfAll() throws {
    let site = try writer.site(named: "nas").id
    func extent(_ layer: String) throws -> BoundingBox? {
      let row = try writer.connection.prepare(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?")
      row.bind(layer, at: 1)
      return try row.step() ? row.box() : nil
    }
    let before = try extent("photos")
    try writer.apply(
      changes(site, "fiji") {
        $0.inserts = [photo("e.jpg", located(-17, 179)), photo("w.jpg", located(-18, -179))]
      })
    for layer in ["photos", "photos_named", "folders", "tracks"] {
      #expect(try extent(layer) == BoundingBox(west: -180, south: -18, east: 180, north: 1))
    }
    let west = try #require(
      try writer.reader.photo(site: "nas", path: PathBytes(text: "fiji/w.jpg")))
    try writer.apply(changes(site, "fiji") { $0.deletes = [west.id] })
    let without = try #require(try extent("photos"))
    #expect(without.west == 0 && without.east == 179 && without.south == -17)
    let east = try #require(
      try writer.reader.photo(site: "nas", path: PathBytes(text: "fiji/e.jpg")))
    try writer.apply(changes(site, "fiji") { $0.deletes = [east.id] })
    #expect(try extent("photos") == before)
    #expect(try writer.reader.check() == [])
  }

  static let ogr2ogr = "/usr/bin/ogr2ogr"
  static let isInstalled = FileManager.default.isExecutableFile(atPath: ogr2ogr)

  /// A box is answered through the R*Tree of the table below the view, not by looking at every photo.
  @Test(.enabled(if: isInstalled, "ogr2ogr (gdal-bin) is not installed"))
  func GDALSearchesItThroughTheTree() throws {
    let process = Process()
    process.executableURL = URL(filePath: Self.ogr2ogr)
    process.arguments = [
      "--debug", "on", "-f", "CSV", "/vsistdout/", folder.index, "photos_named", "-spat", "19.5",
      "0", "21.5", "2", "-select", "site,path",
    ]
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let log = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(log)")
    #expect(
      lines.split(separator: "\n").dropFirst().sorted() == [
        "office,0.jpg", "office,1.jpg", "office,2025/flight 1/0.jpg",
        "office,2025/flight 1/1.jpg",
      ])
    #expect(log.contains("rtree_photos_geom"), "\(log)")
    #expect(!log.contains("ERROR") && !log.contains("Warning"), "\(log)")
  }
}
