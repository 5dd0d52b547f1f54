import Foundation
import PhotoIndex
import PhotoModel
import TestSupport
import Testing

@testable import gpsindex

/// `gpsindex export -o flight.html` and `-o flight.kmz`.
@Suite struct PageExportTests {
  private let shop: Workshop
  private let root: String

  init() throws {
    shop = try Workshop(filled: false)
    root = shop.path("photos")
    _ = try SiteBuilder(photos: 8, folders: 2, fileSize: 60_000, seed: 4).write(to: root)
    // It fails; so a sync ends with 3.
    try "no photo".write(toFile: "\(root)/broken.jpg", atomically: true, encoding: .utf8)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: shop.path(name), encoding: .utf8)
  }

  private func pictures(_ name: String) throws -> Int {
    try text(name).components(separatedBy: "class=\"thumb64\">").count - 1
  }

  /// Nothing but the index and the cache is needed then.
  @Test func thumbnailsComeFromTheCache() throws {
    #expect(try shop.run("sync", root, "--thumbnails").status == 3)
    try FileManager.default.removeItem(atPath: root)
    let result = try shop.run("export", "--thumbnails", "-o", shop.path("f.html"))
    #expect(result.status == 0 && result.output.isEmpty)
    #expect(
      result.errors.contains("wrote 8 photos with 8 thumbnails, and 1 without a position to"),
      "\(result.errors)")
    #expect(try pictures("f.html") == 8)
    #expect(try text("f.html").contains("8 photos on the map · 1 without position"))
    #expect(try text("f.html").contains("broken.jpg"))
  }

  @Test func missingThumbnailsAreReadFromTheirSite() throws {
    #expect(try shop.run("sync", root).status == 3)
    #expect(try shop.run("export", "-o", shop.path("plain.html")).status == 0)
    #expect(try pictures("plain.html") == 0)
    #expect(!FileManager.default.fileExists(atPath: shop.index + ".pictures"))
    let result = try shop.run("export", "--thumbnails", "-o", shop.path("f.html"))
    #expect(result.status == 0 && result.errors.contains("8 thumbnails"), "\(result.errors)")
    #expect(try pictures("f.html") == 8)
  }

  @Test func whatCannotBeReadIsSaid() throws {
    #expect(try shop.run("sync", root).status == 3)
    try FileManager.default.removeItem(atPath: root)
    let result = try shop.run("export", "--thumbnails", "-o", shop.path("f.html"))
    #expect(
      result.status == 0 && result.errors.contains("8 thumbnails could not be read: "),
      "\(result.errors)")
    #expect(
      result.errors.contains("try: ") && result.errors.contains("wrote 8 photos with 0 thumbnails"))
    #expect(try text("f.html").contains("Pictures for 0 of 8 photos (8 could not be read)."))
  }

  @Test func filtersApply() throws {
    #expect(try shop.run("sync", root).status == 3)
    let folder = try #require(try IndexReader(path: shop.index).folders().first { $0.located > 0 })
    let result = try shop.run(
      "export", "--folder", folder.folder, "-o", shop.path("f.html"))
    #expect(result.errors.contains("wrote \(folder.located) photos to"), "\(result.errors)")
    let none = try shop.run(
      "export", "--near", "0,0", "--radius", "1m", "-o", shop.path("none.html"))
    #expect(none.errors.contains("no photo matches the filters"), "\(none.errors)")
  }

  @Test(
    arguments: [
      (["--thumbnails", "-o", "f.csv"], "--thumbnails is not supported for csv"),
      (["--with-paths", "-o", "f.kml"], "--with-paths is not supported for kml"),
      (["--max-size", "1M", "-o", "f.html"], "--max-size needs --thumbnails"),
      (["--thumbnails", "--max-size", "x", "-o", "f.html"], "--max-size “x” is not a size"),
      (["--thumbnails", "--max-size", "0", "-o", "f.kmz"], "--max-size “0” is not a size"),
      (["--missing", "-o", "f.html"], "html contains only photos with a position"),
      (["--3d", "-o", "f.kmz"], "--3d is not supported for kmz"),
    ] as [([String], String)])
  func mistakesAreNamed(words: [String], text: String) throws {
    #expect(try shop.run("sync", root).status == 3)
    let result = try shop.run(["export"] + words)
    #expect(result.status == 64 && result.errors.contains(text), "\(result.errors)")
  }
}
