import FlightQC
import Foundation
import PhotoIndex
import PhotoModel
import SyntheticIndex
import TestSupport
import Testing

@testable import gpsindex

/// Layers of `gpsindex qc --footprints FILE.gpkg`, heights of `--dem`, and `sync --qc`.
@Suite final class QCLayerTests {
  let shop: Workshop

  init() throws {
    shop = try Workshop(filled: false)
    let writer = try IndexWriter(path: shop.index)
    let site = try writer.addSite(SiteRecord(name: "bad", location: "/bad"))
    for var changes in SyntheticSurvey().folders(site: 2, id: site.id, flights: 1) {
      for line in [3, 2, 1] {
        changes.inserts.removeSubrange(line * 25 + 8..<line * 25 + 18)
      }
      try writer.apply(changes)
    }
  }

  /// ``PhotoDetail/flight`` leaves out columns; flight checks must not miss one.
  @Test func checksReadAllTheyLookAt() throws {
    let reader = try IndexReader(path: shop.index)
    var (all, some): ([FlightPhoto], [FlightPhoto]) = ([], [])
    try reader.photos(PhotoFilter()) { all.append(FlightPhoto($0)) }
    try reader.photos(PhotoFilter(), detail: .flight) { some.append(FlightPhoto($0)) }
    #expect(all.count == 95 && all == some)
    // All fields occur, but for those that this drone lacks.
    let photo = try #require(some.first)
    #expect(photo.takenLocal != nil && photo.utcOffset != nil && photo.attitude != nil)
    #expect(photo.exposureTime != nil && photo.rtkStdHeight != nil && photo.lens.focal35 != nil)
  }

  private static func isThere(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }
  private static let ogrinfo = "/usr/bin/ogrinfo"
  private static let validator =
    "/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py"

  private func layers() throws -> String {
    let result = try shop.run("qc", "bad", "--footprints", "check.gpkg", "-f", "csv")
    #expect(result.status == 3 && result.errors.contains("wrote footprints to check.gpkg"))
    return shop.path("check.gpkg")
  }

  @Test(.enabled(if: isThere(ogrinfo), "ogrinfo (gdal-bin) is not installed"))
  func GDALOpensTheLayers() throws {
    let path = try layers()
    let list = try Command.run(Self.ogrinfo, ["-ro", path])
    #expect(list.exitCode == 0 && !list.text.lowercased().contains("warning"), "\(list.errorText)")
    for layer in [
      "photos (3D Point)", "footprints (Multi Polygon)", "qc_findings (Point)",
      "qc_holes (Multi Polygon)",
    ] {
      #expect(list.text.contains(layer), "\(list.text)")
    }
    let prints = try Command.run(Self.ogrinfo, ["-ro", "-so", path, "footprints"]).text
    #expect(prints.contains("Feature Count: 95"), "\(prints)")
    #expect(prints.contains("clamped: Integer(Boolean)") && prints.contains("gsd_m: Real"))
    let holes = try Command.run(Self.ogrinfo, ["-ro", "-geom=NO", path, "qc_holes"]).text
    #expect(holes.contains("rule (String) = hole"), "\(holes)")
    // The search tree answers, too.
    let inside = ["-sql", "SELECT count(*) AS n FROM rtree_footprints_geom"]
    #expect(
      try Command.run(Self.ogrinfo, ["-ro", path] + inside).text.contains("n (Integer) = 95"))
    let styles = [
      "-sql",
      "SELECT count(*) AS n FROM layer_styles WHERE f_table_name IN ('footprints', 'qc_findings', 'qc_holes')",
    ]
    #expect(try Command.run(Self.ogrinfo, ["-ro", path] + styles).text.contains("n (Integer) = 3"))
  }

  @Test(
    .enabled(
      if: isThere("/usr/bin/python3") && isThere(validator),
      "GDAL's validate_gpkg.py (python3-gdal) is not installed"))
  func theValidatorOfGDALAcceptsTheLayers() throws {
    let verdict = try Command.run("/usr/bin/python3", [Self.validator, try layers()])
    #expect(verdict.exitCode == 0, "\(verdict.text) \(verdict.errorText)")
  }

  @Test func theIndexIsNotOverwritten() throws {
    let result = try shop.run("qc", "bad", "--footprints", shop.index)
    #expect(result.status != 0 && result.errors.contains("is the index itself"))
  }

  /// Flat ground at 500 m; altitudes of the survey are 580 m above the ellipsoid.
  @Test(arguments: [(["--geoid", "-3.5"], 83.5), ([], nil)] as [([String], Double?)])
  func heightsOfTheGroundComeFromATile(words: [String], height: Double?) throws {
    let reader = try IndexReader(path: shop.index)
    var place = Coordinate(latitude: 0, longitude: 0)
    try reader.photos(PhotoFilter()) { if let position = $0.record.position { place = position } }
    let (south, west) = (Int(place.latitude.rounded(.down)), Int(place.longitude.rounded(.down)))
    func digits(_ value: Int, _ count: Int) -> String {
      let text = "\(abs(value))"
      return String(repeating: "0", count: count - text.count) + text
    }
    let name =
      (south < 0 ? "S" : "N") + digits(south, 2) + (west < 0 ? "W" : "E") + digits(west, 3)
      + ".hgt"
    var bytes: [UInt8] = []
    for _ in 0..<1201 * 1201 { bytes += [1, 0xF4] }
    try Data(bytes).write(to: URL(filePath: shop.path(name)))
    let result = try shop.run(["qc", "bad", "--dem", name, "-f", "json"] + words)
    let root = try JSONSerialization.jsonObject(with: result.outputBytes) as? [String: Any]
    let flight = try #require((root?["flights"] as? [[String: Any]])?.first, "\(result.errors)")
    #expect(flight["height_source"] as? String == "terrain")
    let median = (flight["height_m"] as? [String: Double])?["median"]
    #expect(height == nil ? median == nil : abs((median ?? 0) - (height ?? 0)) < 0.5)
  }

  @Test(
    arguments: [
      (["--dem", "none.hgt"], 66, "cannot read --dem none.hgt"),
      (["--dem", "short.hgt"], 65, "is named after its south-west corner"),
      (["--dem", "N47E008.hgt"], 65, "is not a SRTM height file"),
      (["--dem", "N47E008.hgt", "--ground", "1"], 64, "--ground and --dem exclude each other"),
      (["--geoid", "47"], 64, "--geoid needs --dem"),
    ] as [([String], Int32, String)])
  func errorsOfHeightFiles(words: [String], status: Int32, text: String) throws {
    for name in ["short.hgt", "N47E008.hgt"] {
      try Data([0, 0]).write(to: URL(filePath: shop.path(name)))
    }
    let result = try shop.run(["qc"] + words)
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errors.contains(text) && result.errors.contains("try:"), "\(result.errors)")
  }

  @Test func syncChecksWhatIsNew() throws {
    let photos = shop.folder.appending(path: "photos/flight")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    try Data("no photo".utf8).write(to: photos.appending(path: "DJI_0001.JPG"))
    let first = try shop.run("sync", "photos", "--qc")
    #expect(
      first.errors.contains("flights with new photos: 1 error, 0 warnings"), "\(first.errors)")
    #expect(first.errors.contains("error damaged in flight: 1 photo not readable"))
    let second = try shop.run("sync", "photos", "--qc")
    #expect(second.errors.contains("no new photos to check"), "\(second.errors)")
    try Data("no photo".utf8).write(to: photos.appending(path: "DJI_0002.JPG"))
    let third = try shop.run("sync", "photos", "--qc", "--json")
    let root = try JSONSerialization.jsonObject(with: third.outputBytes) as? [String: Any]
    #expect((root?["qc"] as? [String: Int])?["errors"] == 1, "\(third.output)")
    let refused = try shop.run("sync", "photos", "--qc", "--dry-run")
    #expect(refused.status == 64 && refused.errors.contains("--qc does not go with --dry-run"))
  }
}
