import Foundation
import PhotoModel
import Testing

@testable import GeoFormats

/// GDAL is what the files are for; these tests run where its tools are installed.
@Suite(.enabled(if: GDAL.isInstalled, "ogrinfo is not installed")) struct GDALTests {
  private func rows() -> [PhotoRow] {
    var rows = randomRows(500, seed: 10, located: true)
    rows[0] = .full
    rows[1].size = 5_000_000_000
    return rows
  }

  @Test func geojsonOpensWithCountAndTypes() throws {
    let rows = rows()
    let report = try GDAL.open(try written(.geojson, rows), as: "photos.geojson")
    #expect(report.contains("Layer name: photos"))
    #expect(report.contains("Geometry: Point\n"))
    #expect(report.contains("Feature Count: \(rows.count)"))
    for type in [
      "alt_m: Real ", "yaw: Real ", "taken_at: DateTime ", "taken_local: DateTime ",
      "size: Integer64 ", "file: String ", "flags: String ",
    ] {
      #expect(report.contains(type), "\(type) in \(report)")
    }
    #expect(report.contains("4326"))
  }

  @Test func geojsonWithHeightsIsPointZ() throws {
    var options = FormatOptions()
    options.includesHeight = true
    let rows = rows()
    let report = try GDAL.open(try written(.geojson, rows, options), as: "photos.geojson")
    #expect(report.contains("Geometry: 3D Point"))
    #expect(report.contains("Feature Count: \(rows.count { $0.record.altitude != nil })"))
  }

  @Test func emptyCollectionOpens() throws {
    let report = try GDAL.open(try written(.geojson, []), as: "photos.geojson")
    #expect(report.contains("Feature Count: 0"))
  }

  @Test func csvOpensWithCountAndPoints() throws {
    let rows = rows()
    let report = try GDAL.open(
      try written(.csv, rows), as: "photos.csv",
      options: [
        "-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-oo",
        "AUTODETECT_TYPE=YES", "-oo", "KEEP_GEOM_COLUMNS=NO",
      ])
    #expect(report.contains("Geometry: Point"))
    #expect(report.contains("Feature Count: \(rows.count)"))
    for type in ["alt_m: Real ", "taken_at: DateTime ", "size: Integer64 "] {
      #expect(report.contains(type), "\(type) in \(report)")
    }
  }
}

enum GDAL {
  static let tool = "/usr/bin/ogrinfo"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: tool) }

  /// What `ogrinfo -so -al` says of a file with this text; anything on standard error fails.
  static func open(_ text: String, as name: String, options: [String] = []) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = ["-ro", "-so", "-al"] + options + [file.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let report = String(decoding: data, as: UTF8.self)
    #expect(process.terminationStatus == 0)
    #expect(!report.contains("Warning") && !report.contains("ERROR"), "\(report.prefix(500))")
    return report
  }
}
