import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import SharePages

@Suite struct KMZPageTests {
  private static let hasGDAL = FileManager.default.isExecutableFile(atPath: "/usr/bin/ogrinfo")

  /// Two sites with two flights each; a part crosses 180°.
  private static let rows: [PhotoRow] = (0..<40).map { number in photo(number) }

  private static func photo(_ number: Int) -> PhotoRow {
    let name = number == 3 ? "<b>&\"'\u{202E}\u{1}]]>.jpg" : "\(number).jpg"
    let position = Coordinate(
      latitude: 10 + Double(number) / 1000, longitude: number % 20 < 15 ? 179.99 : -179.99)
    return row(
      Int64(number), name, folder: "p/flight \(number / 10 % 2)", site: number < 20 ? "a" : "b",
      at: position, thumbnail: number % 4 == 0 ? nil : 300
    ) {
      if number % 2 == 0 { $0.gimbalYaw = 90.5 }
      if number == 5 { $0.takenAt = nil }
    }
  }

  private func written(
    _ folder: borrowing TemporaryFolder, _ change: (inout ShareOptions) -> Void = { _ in }
  ) throws
    -> (path: String, summary: ShareSummary)
  {
    var options = ShareOptions()
    options.title = "f & g"
    options.hasThumbnails = true
    change(&options)
    let (bytes, summary) = try page(.kmz, Self.rows, options)
    let path = "\(folder.path)/flight.kmz"
    try Data(bytes).write(to: URL(filePath: path))
    return (path, summary)
  }

  /// What an implementation that is not ours finds in the archive.
  private func archive(_ path: String) throws -> [String: Any] {
    let script = """
      import json, sys, zipfile
      archive = zipfile.ZipFile(sys.argv[1])
      assert archive.testzip() is None
      print(json.dumps({"names": archive.namelist(), "kml": archive.read("doc.kml").decode()}))
      """
    let result = try Command.run("/usr/bin/python3", ["-c", script, path], timeout: 60)
    #expect(result.exitCode == 0, "\(result.errorText)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(result.text.utf8)) as? [String: Any])
  }

  @Test func theArchiveHoldsDocumentAndPictures() throws {
    let folder = try TemporaryFolder()
    let (path, summary) = try written(folder)
    let archive = try archive(path)
    let names = try #require(archive["names"] as? [String])
    #expect(summary.pictures == 30 && names.filter { $0.hasSuffix(".jpg") }.count == 30)
    #expect(Set(names).count == names.count && names.last == "doc.kml")
    let kml = try #require(archive["kml"] as? String)
    #expect(kml.components(separatedBy: "<Point>").count == 41)
    #expect(kml.components(separatedBy: "<Folder>").count == 7)
    for name in names where name.hasSuffix(".jpg") { #expect(kml.contains("&quot;\(name)&quot;")) }
    #expect(!kml.contains("SERIAL42") && !kml.contains("secret.example.com"))
    // Each flight that crosses 180° has a path of two pieces.
    #expect(kml.components(separatedBy: "<LineString>").count - 1 == 6)
  }

  @Test func pathsNeedTheirOption() throws {
    let folder = try TemporaryFolder()
    let kml = try #require(
      try archive(try written(folder) { $0.hasPaths = true }.path)["kml"] as? String)
    #expect(kml.contains("SERIAL42") && kml.contains("sftp://secret.example.com/"))
  }

  @Test(.enabled(if: hasGDAL, "GDAL is not installed"))
  func GDALCountsEveryPhoto() throws {
    let folder = try TemporaryFolder()
    let path = try written(folder).path
    let result = try Command.run("/usr/bin/ogrinfo", ["-al", path], timeout: 60)
    #expect(result.exitCode == 0, "\(result.errorText)")
    #expect(result.text.contains("using driver `LIBKML' successful"))
    #expect(result.text.components(separatedBy: "\n  POINT ").count - 1 == 40)
    #expect(result.text.components(separatedBy: "LINESTRING").count - 1 == 4)
  }

  @Test func theSizeLeavesPicturesOut() throws {
    let folder = try TemporaryFolder()
    let (path, summary) = try written(folder) { $0.largest = 16_000 }
    let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    #expect(size <= 16_000 && (1..<30).contains(summary.pictures), "\(size) \(summary)")
    #expect(
      summary.located == 40 && summary.pictures + summary.leftOut + summary.withoutPicture == 40)
  }
}
