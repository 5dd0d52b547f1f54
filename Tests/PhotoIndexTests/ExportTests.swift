import Foundation
import PhotoModel
import SQLite
import TestSupport
import Testing

@testable import PhotoIndex

/// The index and its copies, as other programs see them.
@Suite struct ExportTests {
  let folder: TemporaryFolder
  let writer: IndexWriter

  init() throws {
    folder = try TemporaryFolder()
    writer = try IndexWriter(path: folder.index)
    var g = SplitMix64(seed: 11)
    for name in ["a", "b"] {
      let settings = SiteSettings(identity: "/secret/key")
      let site = try writer.addSite(SiteRecord(name: name, location: name, settings: settings)).id
      for path in ["", "x", "x/y"] {
        try writer.apply(
          changes(site, path) { changes in
            for number in 0..<70 {
              changes.inserts.append(Samples.change(Samples.name(number, &g), &g))
            }
          })
      }
    }
  }

  @Test func aSnapshotIsOneWholeFile() throws {
    let target = "\(folder.path)/snapshot.gpkg"
    try Data("old".utf8).write(to: URL(filePath: target))
    let reader = try IndexReader(path: folder.index)
    try reader.snapshot(to: target)
    let copy = try IndexReader(path: target)
    #expect(try copy.everything() == reader.everything())
    #expect(try copy.check() == [])
    #expect(!folder.names.contains { $0.hasSuffix(".part") || $0.hasPrefix("snapshot.gpkg-") })
    // No side files from here on either: rollback mode.
    #expect(try Data(contentsOf: URL(filePath: target))[18] == 1)
    // The reader still does not write.
    #expect(throws: SQLiteError.self) { try reader.connection.execute("DELETE FROM photos") }
  }

  @Test func anExportHoldsWhatPassesTheFilter() throws {
    let target = "\(folder.path)/part.gpkg"
    let reader = try IndexReader(path: folder.index)
    var filter = PhotoFilter()
    filter.site = "b"
    filter.which = .all
    filter.folderGlobs = ["x/**"]
    let count = try reader.export(filter, to: target)
    let copy = try IndexReader(path: target)
    #expect(count == 140)
    #expect(try copy.everything().map(\.record) == reader.all(filter).map(\.record))
    #expect(try copy.everything().map(\.path) == reader.all(filter).map(\.path))
    #expect(try copy.check() == [])
    #expect(try copy.sites().map(\.settings) == [SiteSettings()])
    filter.limit = 0
    #expect(try reader.export(filter, to: target) == 0)
    #expect(try IndexReader(path: target).everything().isEmpty)
  }

  /// A row that the deletion guard keeps is one in the copy, too: it goes, or comes back, by the same rules.
  @Test func anExportCarriesTheMarksOfTheDeletionGuard() throws {
    let site = try writer.site(named: "b").id
    let id = try writer.folderID(site: site, path: PathBytes(text: "x"))
    let kept = try writer.reader.knownPhotos(id).prefix(5)
    try writer.apply(changes(site, "x") { $0.keeps = kept.map(\.fid) })
    let target = "\(folder.path)/part.gpkg"
    let reader = try IndexReader(path: folder.index)
    var filter = PhotoFilter()
    filter.which = .all
    filter.folderGlobs = ["x/**"]
    try reader.export(filter, to: target)
    let copy = try IndexWriter(path: target)
    #expect(try copy.reader.check() == [])
    #expect(try copy.reader.status(site: "b").first?.kept == 5)
    let named = try copy.connection.prepare(
      "SELECT count(missing_since) AS missing, count(*) AS all_rows FROM photos_named")
    #expect(try named.step() && named.integer("missing") == 5 && named.integer("all_rows") > 5)
    let copied = try copy.reader.knownFolders(try copy.site(named: "b").id)
      .first { $0.path == PathBytes(text: "x") }
    let photos = try copy.reader.knownPhotos(try #require(copied).id)
    #expect(photos.filter(\.isKept).map(\.name) == kept.map(\.name))
  }

  @Test func theIndexItselfIsNoTarget() throws {
    let reader = try IndexReader(path: folder.index)
    #expect(throws: IndexError.self) { try reader.snapshot(to: folder.index) }
    #expect(throws: IndexError.self) { try reader.export(PhotoFilter(), to: folder.index) }
    let missing = #expect(throws: IndexError.self) {
      try reader.snapshot(to: "\(folder.path)/no/such/folder.gpkg")
    }
    #expect(missing != nil)
    #expect(try reader.check() == [])
  }

  // MARK: Other programs

  private static func installed(_ tool: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: tool)
  }

  private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let result = try Command.run(arguments[0], Array(arguments.dropFirst()))
    return (result.exitCode, result.text + result.errorText)
  }

  static let ogrinfo = "/usr/bin/ogrinfo"

  /// On the live file, while a writer holds it open, and on both kinds of copy.
  @Test(
    .enabled(if: installed(ogrinfo), "ogrinfo (gdal-bin) is not installed"),
    arguments: ["live", "snapshot", "export"])
  func GDALOpensIt(_ what: String) throws {
    let reader = try IndexReader(path: folder.index)
    let target = what == "live" ? folder.index : "\(folder.path)/copy.gpkg"
    var filter = PhotoFilter()
    filter.which = .all
    if what == "snapshot" { try reader.snapshot(to: target) }
    if what == "export" { try reader.export(filter, to: target) }
    let layers = try run([Self.ogrinfo, "-ro", target])
    #expect(layers.status == 0)
    #expect(!layers.output.lowercased().contains("warning"), "\(layers.output)")
    for line in [
      "photos (3D Point)", "photos_named (3D Point)", "folders (Multi Polygon)",
      "tracks (Multi Line String)",
      "site (None)",
    ] {
      #expect(layers.output.contains(line), "\(layers.output)")
    }
    let photos = try run([Self.ogrinfo, "-ro", "-so", target, "photos"]).output
    #expect(photos.contains("Feature Count: 420"))
    for column in [
      "taken_at: DateTime", "alt_m: Real", "size: Integer64", "file: String",
      "racy: Integer(Boolean)",
      "WGS 84",
    ] {
      #expect(photos.contains(column), "\(column) in \(photos)")
    }
    let box = ["-spat", "-4", "-4", "4", "4"]
    let inside = try run([Self.ogrinfo, "-ro", "-so", target, "photos"] + box).output
    filter.which = .located
    filter.box = BoundingBox(west: -4, south: -4, east: 4, north: 4)
    #expect(inside.contains("Feature Count: \(try reader.count(filter))"), "\(inside)")
  }

  static let validator = "/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py"

  @Test(
    .enabled(
      if: installed("/usr/bin/python3")
        && FileManager.default.fileExists(
          atPath: validator),
      "GDAL's validate_gpkg.py (python3-gdal) is not installed"))
  func theValidatorOfGDALAcceptsIt() throws {
    let reader = try IndexReader(path: folder.index)
    let target = "\(folder.path)/copy.gpkg"
    try reader.export(.with { $0.which = .all }, to: target)
    try writer.checkpoint()
    for path in [folder.index, target] {
      let verdict = try run(["/usr/bin/python3", Self.validator, path])
      #expect(verdict.status == 0, "\(verdict.output)")
    }
  }
}
