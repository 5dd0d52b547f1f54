import Foundation
import TestSupport
import Testing

@testable import gpsindex

/// Paths that `show` takes, from a folder of a local site.
@Suite struct ShowPathTests {
  private let shop: Workshop

  init() throws {
    shop = try Workshop(filled: false)
    let photo = try #require(
      try SiteBuilder(photos: 1, fileSize: 20_000, seed: 4).write(to: shop.path("made")).first)
    for name in ["b.jpg", "a/b.jpg", "a/c.jpg", "a/a/b.jpg", "x/a/b.jpg", "x/c.jpg"] {
      let path = URL(filePath: shop.path("card/" + name))
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: shop.path("made/" + photo.path), toPath: path.path)
    }
    #expect(try shop.run("sync", shop.path("card")).status == 0)
  }

  private func show(_ path: String, in folder: String) throws -> Program.Result {
    try Program.run(
      ["show", path, "--json"], environment: ["GPSINDEX_INDEX": shop.index],
      folder: URL(filePath: shop.path(folder)))
  }

  /// A path that is one of the index is that photo; else a file here comes before the end of a path.
  @Test(arguments: [
    ("card", "a/b.jpg", "a/b.jpg"), ("card", "./a/b.jpg", "a/b.jpg"),
    ("card/x", "a/b.jpg", "a/b.jpg"), ("card/x", "./a/b.jpg", "x/a/b.jpg"),
    ("card/x", "c.jpg", "x/c.jpg"), ("card/a", "c.jpg", "a/c.jpg"),
    ("card/a", "../x/c.jpg", "x/c.jpg"), ("card/a", "a/../c.jpg", "a/c.jpg"),
    (".", "card/x/c.jpg", "x/c.jpg"), ("card/..", "card/b.jpg", "b.jpg"),
    ("card", "x/a/b", "x/a/b.jpg"),
  ])
  func findsThePhoto(folder: String, path: String, found: String) throws {
    let result = try show(path, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let photo = try #require(try json(result) as? [String: Any])
    #expect(photo["path"] as? String == found)
  }

  @Test func namesThePhotosThatAnEndMayMean() throws {
    let result = try shop.run("show", "c.jpg")
    #expect(result.status == 64)
    #expect(
      result.errorLines == [
        "gpsindex: the paths of 2 photos end with “c.jpg”",
        "try: gpsindex show card/a/c.jpg, or gpsindex show card/x/c.jpg",
      ])
    #expect(try shop.run("show", "card/a/c.jpg").status == 0)
  }
}
