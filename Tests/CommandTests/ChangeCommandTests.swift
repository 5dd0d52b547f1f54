import Foundation
import PhotoModel
import TestSupport
import Testing

@testable import gpsindex

/// `gpsindex changes`, and what sync and status say of changes.
@Suite struct ChangeCommandTests {
  private let shop: Workshop
  private let root: String
  private let photos: [String]

  init() throws {
    shop = try Workshop(filled: false)
    root = shop.path("photos")
    photos = try SiteBuilder(photos: 12, folders: 3, fileSize: 30_000, seed: 4).write(to: root)
      .map(\.path).sorted()
    #expect(try shop.run("sync", root).status == 0)
  }

  private func changes(_ more: String...) throws -> [[String: Any]] {
    let result = try shop.run(["changes", "--json"] + more)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: result.outputBytes) as? [[String: Any]])
  }

  private func edit() throws {
    let files = FileManager.default
    try files.removeItem(atPath: root + "/" + photos[0])
    try files.copyItem(atPath: root + "/" + photos[1], toPath: root + "/added.JPG")
    try files.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)],
      ofItemAtPath: root + "/" + photos[2])
  }

  @Test func withoutAStartItListsWhatTheLastSyncBrought() throws {
    #expect(try changes().count == 12)
    try edit()
    #expect(try shop.run("sync", "photos").status == 0)
    let found = try changes()
    let said = Set(found.map { "\($0["change"] ?? "") \($0["path"] ?? "")" })
    #expect(said == ["removed \(photos[0])", "new added.JPG", "changed \(photos[2])"])
    #expect(found.allSatisfy { $0["sync"] as? Int == 2 && $0["site"] as? String == "photos" })
    #expect(
      found.allSatisfy { $0["time"] is String && $0["sync_outcome"] as? String == "complete" })
    // A sync that finds nothing is no last one.
    #expect(try shop.run("sync", "photos").status == 0)
    #expect(try changes().count == 3)
    #expect(try changes("photos", "--since", "0").count == 12)
    let last = try #require(found.compactMap { $0["seq"] as? Int }.max())
    #expect(try changes("--since", "\(last)").isEmpty)
    #expect(try changes("--since", "1h").count == 12 && changes("--since", "now").isEmpty)
  }

  @Test(arguments: [
    ("csv", "change,time,site,path"), ("table", "change"), ("jsonl", "{\"change\""),
  ])
  func formats(_ format: String, _ beginning: String) throws {
    let result = try shop.run("changes", "-f", format)
    #expect(
      result.status == 0 && result.output.lowercased().hasPrefix(beginning), "\(result.output)")
    let lines = result.output.split { $0.isNewline }
    #expect(lines.count == (format == "jsonl" ? 12 : 13))
  }

  @Test func removedPhotosHaveNoGeometryInGeoJSON() throws {
    try edit()
    #expect(try shop.run("sync", "photos").status == 0)
    #expect(try shop.run("changes", "-o", "changes.geojson").status == 0)
    let object = try JSONSerialization.jsonObject(
      with: try Data(contentsOf: URL(filePath: shop.path("changes.geojson"))))
    let features = try #require((object as? [String: Any])?["features"] as? [[String: Any]])
    #expect(features.count == 3)
    for feature in features {
      let isRemoved = (feature["properties"] as? [String: Any])?["change"] as? String == "removed"
      #expect((feature["geometry"] is NSNull) == isRemoved)
    }
  }

  @Test(arguments: [
    ["changes", "--since", "soon"], ["changes", "-f", "gpx"], ["changes", "-o", "x.gpx"],
  ]) func wrongArgumentsAreRefused(_ arguments: [String]) throws {
    let result = try shop.run(arguments)
    #expect(result.status == 64 && result.errors.contains("try: "), "\(result.errors)")
  }

  @Test func anUnknownSiteIsNotFound() throws {
    #expect(try shop.run("changes", "photo").status == 66)
    #expect(try shop.run("status", "--runs", "photo").status == 66)
  }

  @Test func aSyncNamesItsFirstChanges() throws {
    let first = try shop.run("sync", "photos", "--full")
    #expect(!first.errors.contains("gpsindex changes"), "\(first.errors)")
    try edit()
    let few = try shop.run("sync", "photos")
    #expect(few.errors.contains("new: added.JPG"), "\(few.errors)")
    #expect(few.errors.contains("removed: \(photos[0])"), "\(few.errors)")
    #expect(!few.errors.contains("all of them"))
    for number in 0..<8 {
      try FileManager.default.copyItem(
        atPath: root + "/" + photos[1], toPath: root + "/more\(number).JPG")
    }
    let many = try shop.run("sync", "photos")
    #expect(many.errors.components(separatedBy: "new: ").count == 6, "\(many.errors)")
    let line = try #require(many.errorLines.first { $0.contains("all of them: ") })
    let words = line.components(separatedBy: "gpsindex ").last?.split(separator: " ") ?? []
    let all = try shop.run(words.map(String.init) + ["-f", "jsonl"])
    #expect(all.output.split(separator: "\n").count == 8, "\(line) \(all.output)")
  }

  /// Rows that the deletion guard keeps are in the index, and the sync did not list their files.
  @Test func keptPhotosAreNoChangedContent() throws {
    let made = try SiteBuilder(photos: 30, folders: 1, fileSize: 20_000, seed: 6)
      .write(to: shop.path("more")).map(\.path)
    #expect(try shop.run("sync", shop.path("more")).status == 0)
    let files = FileManager.default
    for path in made.prefix(25) {
      try files.moveItem(atPath: shop.path("more/" + path), toPath: shop.path("\(path.hashValue)"))
    }
    let guarded = try shop.run("sync", "more", "--json")
    #expect(guarded.status == 3, "\(guarded.errors)")
    let sync = try #require(try json(guarded) as? [String: Any])
    #expect(
      sync["changed"] as? Int == 0 && sync["kept"] as? Int == 25 && sync["listed"] as? Int == 5)
    let kept = try changes("more")
    #expect(kept.count == 25 && kept.allSatisfy { $0["change"] as? String == "kept" })
    let status = try json(shop.run("status", "more", "--json")) as? [[String: Any]]
    #expect(status?.first?["photos"] as? Int == 30 && status?.first?["kept"] as? Int == 25)
    #expect(status?.first?["listed"] == nil)
    for path in made.prefix(25) {
      try files.moveItem(atPath: shop.path("\(path.hashValue)"), toPath: shop.path("more/" + path))
    }
    #expect(try shop.run("sync", "more").status == 0)
    let back = try changes("more")
    #expect(back.count == 25 && back.allSatisfy { $0["change"] as? String == "returned" })
    #expect(try changes("more", "--since", "42").isEmpty)
  }

  @Test func statusListsTheRunsThatBroughtSomething() throws {
    #expect(try shop.run("sync", "photos").status == 0)
    try edit()
    #expect(try shop.run("sync", "photos").status == 0)
    let result = try shop.run("status", "--runs", "--json")
    let runs = try #require(
      try JSONSerialization.jsonObject(with: result.outputBytes) as? [[String: Any]])
    #expect(runs.map { $0["new"] as? Int } == [1, 12])
    #expect(runs.map { $0["removed"] as? Int } == [1, 0])
    #expect(runs.map { $0["last_seq"] as? Int } == [15, 12])
  }
}
