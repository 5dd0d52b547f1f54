import Foundation
import PhotoIndex
import PhotoModel
import TestSupport
import Testing

@testable import gpsindex

/// `gpsindex show --thumbnail`, `gpsindex sync --thumbnails`.
@Suite struct PictureTests {
  private let shop: Workshop
  private let root: String

  init() throws {
    shop = try Workshop(filled: false)
    root = shop.path("photos")
    _ = try SiteBuilder(photos: 6, folders: 2, fileSize: 60_000, seed: 4).write(to: root)
  }

  private func first() throws -> (path: String, bytes: [UInt8]) {
    let row = try #require(try IndexReader(path: shop.index).photo(id: 1))
    let place = try #require(row.record.thumbnail)
    let file = try Data(contentsOf: URL(filePath: "\(root)/\(row.path)"))
    return (row.path, Array(file[Int(place.offset)..<Int(place.offset + place.length)]))
  }

  @Test func writesTheThumbnailOfOnePhoto() throws {
    #expect(try shop.run("sync", root).status == 0)
    let (path, bytes) = try first()
    let result = try shop.run("show", path, "--thumbnail", "-o", "t.jpg")
    #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
    #expect(Array(try Data(contentsOf: URL(filePath: shop.path("t.jpg")))) == bytes)
    let piped = try shop.run("show", path, "--thumbnail", "-o", "-")
    #expect(Array(piped.outputBytes) == bytes)
  }

  @Test(
    arguments: [
      (["--thumbnail"], 64, "--thumbnail needs -o"),
      (["-o", "t.jpg"], 64, "needs --thumbnail or --preview"),
      (["--thumbnail", "--preview", "-o", "t.jpg"], 64, "exclude each other"),
      (["--thumbnail", "--json", "-o", "t.jpg"], 64, "takes no format"),
      (["--preview", "-o", "t.jpg"], 66, "has no embedded preview"),
    ] as [([String], Int32, String)])
  func mistakesAreNamed(words: [String], status: Int32, text: String) throws {
    #expect(try shop.run("sync", root).status == 0)
    let result = try shop.run(["show", try first().path] + words)
    #expect(result.status == status && result.errors.contains(text), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: shop.path("t.jpg")))
  }

  @Test func aPhotoThatChangedGivesNoPicture() throws {
    #expect(try shop.run("sync", root).status == 0)
    let path = try first().path
    try Data("other".utf8).write(to: URL(filePath: "\(root)/\(path)"))
    let result = try shop.run("show", path, "--thumbnail", "-o", "t.jpg")
    #expect(
      result.status == 65 && result.errors.contains("has changed since the last sync"),
      "\(result.errors)")
    #expect(result.errors.contains("try: gpsindex sync"))
  }

  /// Afterwards the photos are not needed any more.
  @Test func aSyncKeepsThumbnailsForLater() throws {
    #expect(try shop.run("sync", root, "--thumbnails").status == 0)
    let (path, bytes) = try first()
    try FileManager.default.removeItem(atPath: root)
    let result = try shop.run("show", path, "--thumbnail", "-o", "t.jpg")
    #expect(result.status == 0, "\(result.errors)")
    #expect(Array(try Data(contentsOf: URL(filePath: shop.path("t.jpg")))) == bytes)
  }

  @Test func aSyncReadsNoThumbnailUnlessAsked() throws {
    // What several photos teach depends on the order in which they come.
    let one = shop.path("one")
    _ = try SiteBuilder(photos: 1, folders: 1, fileSize: 60_000, seed: 4).write(to: one)
    func bytes(_ more: String...) throws -> Int {
      let result = try shop.run(["sync", one, "--full", "--json"] + more)
      let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      return try #require(json?["bytes_received"] as? Int)
    }
    let plain = try bytes()
    #expect(!FileManager.default.fileExists(atPath: shop.index + ".pictures"))
    let thumbnails = try bytes("--thumbnails")
    let row = try #require(try IndexReader(path: shop.index).photo(id: 1))
    #expect(thumbnails == plain + Int(try #require(row.record.thumbnail).length))
    #expect(try bytes() == plain)
  }

  @Test(
    arguments: [
      (nil, 256 << 20), ("0", 0), ("1G", 1 << 30), ("64MiB", 64 << 20), ("10k", 10_240), ("5", 5),
      ("x", nil), ("-1", nil), ("1T", nil), ("1e99", nil), ("", nil),
    ] as [(String?, Int64?)])
  func sizesOfTheCache(text: String?, bytes: Int64?) {
    #expect((try? PictureCacheOption.limit(text)) == bytes)
  }
}
