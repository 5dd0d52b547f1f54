import Foundation
import TestSupport
import Testing

/// What a sync must not leave behind, and what it must report.
@Suite struct LeftoverTests {
  let folder: TemporaryFolder
  let root: String
  let photos: [SiteBuilder.Photo]

  init() throws {
    folder = try TemporaryFolder()
    root = folder.file("site")
    photos = try SiteBuilder(photos: 3, folders: 1, fileSize: 40_000, seed: 2).write(to: root)
  }

  func run(_ arguments: [String]) throws -> Program.Result {
    try Program.run(
      arguments,
      environment: ["GPSINDEX_INDEX": folder.file("index.gpkg"), "HOME": folder.path])
  }

  @Test func mistypedLocationLeavesNoSite() throws {
    let wrong = try run(["sync", "sftp://nobody@127.0.0.1:1/x", "--timeout", "2"])
    #expect(wrong.status == 69, "\(wrong.errors)")
    #expect(try run(["sync", root, "-q"]).status == 0)
    #expect(try run(["site", "list", "-f", "jsonl"]).output.split(separator: "\n").count == 1)
    let all = try run(["sync", "-q"])
    #expect(all.status == 0, "\(all.errors)")
    // A site that was added explicitly stays, even if its first sync fails.
    _ = try run(["site", "add", "far", "sftp://nobody@127.0.0.1:1/x", "--no-test"])
    #expect(try run(["sync", "far", "--timeout", "2"]).status == 69)
    #expect(try run(["site", "list", "-f", "jsonl"]).output.contains("far"))
  }

  @Test func dryRunWritesNothing() throws {
    let result = try run(["sync", root, "--dry-run", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("\"new\":3"), "\(result.output)")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!left.contains { $0.hasPrefix("index.gpkg") }, "\(left)")
    _ = try run(["sync", root, "-q"])
    let before = try Data(contentsOf: URL(filePath: folder.file("index.gpkg")))
    #expect(try run(["sync", "--dry-run", "--full"]).status == 0)
    #expect(try Data(contentsOf: URL(filePath: folder.file("index.gpkg"))) == before)
  }

  @Test func countsSymbolicLinksAsSkipped() throws {
    for name in ["link.jpg", "elsewhere"] {
      try FileManager.default.createSymbolicLink(
        atPath: root + "/" + name, withDestinationPath: photos[0].path)
    }
    let result = try run(["sync", root])
    #expect(result.status == 0)
    #expect(result.errors.contains("skipped: 2 symbolic links"), "\(result.errors)")
    #expect(try run(["query", "--count"]).output == "3\n")
  }

  @Test func statusReportsUnreadablePhotos() throws {
    _ = try run(["sync", root, "-q"])
    try Data("no photo".utf8).write(to: URL(filePath: root + "/" + photos[0].path))
    #expect(try run(["sync", root, "-q"]).status == 3)
    let status = try run(["status", "-f", "jsonl"]).output
    #expect(status.contains("\"outcome\":\"incomplete\""), "\(status)")
    #expect(status.contains("1 photo could not be read"), "\(status)")
  }
}
