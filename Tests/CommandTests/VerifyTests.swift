import Foundation
import TestSupport
import Testing

/// Reading photos again, with the real program.
@Suite struct VerifyTests {
  let shop: Workshop
  let photos: [SiteBuilder.Photo]
  var root: String { shop.path("site") }

  init() throws {
    shop = try Workshop(filled: false)
    photos = try SiteBuilder(photos: 30, folders: 3, fileSize: 100_000, seed: 8)
      .write(to: shop.path("site")).sorted { $0.path < $1.path }
    // Two photos of one size, which are exchanged later.
    for photo in [photos[0], photos[29]] {
      let path = "\(root)/\(photo.path)"
      try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: 150_000)
      try SiteBuilder.setTimes(of: path, to: photo.mtime)
    }
    #expect(try shop.run("sync", root, "-q").status == 0)
  }

  private func verify(_ arguments: String...) throws -> (Program.Result, [String: Any]) {
    let result = try shop.run(["verify", "site", "--json"] + arguments)
    return (result, try json(result) as? [String: Any] ?? [:])
  }

  private func mtime(_ path: String) throws -> Int64 {
    let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    return Int64(try #require(date).timeIntervalSince1970)
  }

  @Test func unchangedPhotosCompareEqual() throws {
    let before = try Data(contentsOf: URL(filePath: shop.index))
    let (all, report) = try verify()
    #expect(all.status == 0, "\(all.errors)")
    #expect(report["sampled"] as? Int == 30 && report["same"] as? Int == 30)
    #expect(report["files_opened"] as? Int == 30)
    let (some, sample) = try verify("--sample", "7")
    #expect(some.status == 0 && sample["sampled"] as? Int == 7)
    #expect(sample["files_opened"] as? Int == 7)
    #expect(try Data(contentsOf: URL(filePath: shop.index)) == before)
  }

  /// The only change that a sync does not notice: other bytes with the same size and time.
  @Test func findsReplacedPhotosOfEqualSizeAndTime() throws {
    let (first, second) = ("\(root)/\(photos[0].path)", "\(root)/\(photos[29].path)")
    let times = [try mtime(first), try mtime(second)]
    let files = FileManager.default
    try files.moveItem(atPath: first, toPath: shop.path("x"))
    try files.moveItem(atPath: second, toPath: first)
    try files.moveItem(atPath: shop.path("x"), toPath: second)
    try SiteBuilder.setTimes(of: first, to: times[0])
    try SiteBuilder.setTimes(of: second, to: times[1])
    let (result, report) = try verify()
    #expect(result.status == 3)
    #expect(report["different"] as? Int == 2 && report["same"] as? Int == 28)
    let findings = try #require(report["findings"] as? [[String: Any]])
    #expect(findings.map { $0["path"] as? String } == [photos[0].path, photos[29].path])
    #expect((findings[0]["columns"] as? [String])?.contains("lat") == true)
    #expect(result.errors.contains("sync site --full"))
    let lines = try shop.run("verify", "site").output.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("\(photos[0].path): different ("))
    #expect(try shop.run("sync", "site", "--full", "-q").status == 0)
    #expect(try verify().0.status == 0)
  }

  /// Changes that the next sync notices are reported separately and are no error.
  @Test func reportsChangedAndRemovedPhotosSeparately() throws {
    try SiteBuilder.setTimes(of: "\(root)/\(photos[3].path)", to: 1_500_000_000)
    try FileManager.default.removeItem(atPath: "\(root)/\(photos[4].path)")
    let (result, report) = try verify()
    #expect(result.status == 0)
    #expect(report["changed"] as? Int == 1 && report["gone"] as? Int == 1)
    #expect(report["same"] as? Int == 28)
    #expect(try shop.run("verify", "site", "--sample", "0").status == 64)
    #expect(try shop.run("verify", "nowhere").status == 66)
  }
}
