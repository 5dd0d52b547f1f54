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
      "SELECT OGC_FID, site, folder, file, path, lon FROM photos_named ORDER BY site, path")
    var found: [String] = []
    while try rows.step() {
      found.append(
        ["ogc_fid", "site", "folder", "path"].map { rows.text($0) }.joined(separator: " "))
    }
    let expected = try writer.reader.everything().map {
      "\($0.id) \($0.site) \($0.folder) \($0.path)"
    }
    #expect(found.sorted() == expected.sorted())
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
    let path = try writer.connection.prepare("SELECT path FROM photos_named WHERE OGC_FID = ?")
    path.bind(old.id, at: 1)
    #expect(try path.step() && path.text("path") == "new/0.jpg")
    let extent = try writer.connection.prepare(
      "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'photos_named'")
    #expect(try extent.step())
    #expect(extent.box() == BoundingBox(west: 0, south: -60, east: 170, north: 1))
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
