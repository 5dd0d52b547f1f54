import Foundation
import Testing

@testable import gpsindex

@Suite final class QueryTests {
  let shop: Workshop
  init() throws { shop = try Workshop() }

  static let spellings: [[String]] = [
    ["--bbox", "-122.5,37.7,-122.3,37.9"], ["--bbox=-122.5,37.7,-122.3,37.9"],
    ["--bbox", "-122.5", "37.7", "-122.3", "37.9"], ["--bbox", "-122.5 37.7 -122.3 37.9"],
    ["--bbox", "-122.5, 37.7, -122.3, 37.9"], ["--bbox", "-122.5,", "37.7,", "-122.3,", "37.9"],
    ["--bbox", "[-122.5,37.7,-122.3,37.9]"], ["--bbox", "[-122.5, 37.7, -122.3, 37.9]"],
    ["--bbox=[-122.5,37.7,-122.3,37.9]"], ["--bbox", "[-122.5,", "37.7,", "-122.3,", "37.9]"],
    ["--bbox=-122.5", "37.7", "-122.3", "37.9"], ["--bbox=-122.5 37.7 -122.3 37.9"],
    ["--bbox", "-1.225e2,+37.7,-122.30,3.79E1"], ["--bbox", "-122.5,37.7", "-122.3,37.9"],
    ["--bbox", "\u{2212}122.5,37.7,\u{2212}122.3,37.9"], ["--bbox", " -122.5,37.7,-122.3,37.9 "],
  ]

  @Test(arguments: spellings) func everySpellingOfABox(words: [String]) throws {
    for arguments in [["query"] + words + ["--quiet"], ["query", "-q"] + words] {
      let result = try shop.run(arguments)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try paths(result) == ["flight2/DJI_0001.JPG"])
    }
  }

  @Test func aBoxAcrossTheAntimeridian() throws {
    let result = try shop.run("query", "--bbox", "179", "-18", "-179", "-17")
    #expect(try features(result).count == 2)
    #expect(try features(shop.run("query", "--bbox=-179.9,-17.5,179.9,-17.5")).count == 2)
    #expect(try features(shop.run("query", "--bbox=-179.8,-18,179.8,-17")).isEmpty)
  }

  @Test(arguments: [
    ("--near -122.4,37.8 --radius 200m", 1), ("--near -122.4 37.8 --radius 0.2km", 1),
    ("--near=8.5,47.4 --radius 500", 1), ("--near 8.5,47.4 --radius 2km", 2),
    ("--site nas", 5), ("--site empty", 0), ("--folder flight*", 3), ("--folder /flight1/", 2),
    ("--since 2024-05-01", 2), ("--until 2024-05-01", 2), ("--until 2024-05-01T10:00:00Z", 0),
    ("--since 2024-05-01T10:00:01", 1), ("--since 2025", 0), ("--until 2024-04", 0),
    ("--since 2024-05-01T12:00+02:00 --until 2024-05-01T10:01Z", 1),
    ("--alt 500..600", 1), ("--alt -5..0", 1), ("--alt=..600", 2), ("--alt -10..", 2),
    ("--fix fixed", 1), ("--fix FLOAT", 0), ("--flag alt-conflict", 1),
    ("--flag alt-conflict --flag void", 0), ("--limit 3", 3), ("", 5),
    ("--bbox 8,47,9,48 --alt 0..600 --site nas", 1),
  ])
  func filters(arguments: String, count: Int) throws {
    let words = ["query"] + arguments.split(separator: " ").map(String.init)
    let result = try shop.run(words)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try features(result).count == count)
    let counted = try shop.run(words + ["--count"])
    #expect(counted.output == "\(count)\n")
    let asJSON = try shop.run(words + ["--count", "--json"])
    #expect(asJSON.output == "{\"count\":\(count)}\n")
  }

  @Test(arguments: [
    #"{"type":"Polygon","coordinates":[[[8,47],[9,47],[9,48],[8,48],[8,47]]]}"#,
    #"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[8,47],[9,47],[9,48],[8,48]]]}}"#,
    #"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null},"#
      + #"{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":"#
      + #"[[[[8,47],[9,47],[9,48],[8,48],[8,47]]]]}}]}"#,
    "\u{FEFF}"
      + #"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},"#
      + #"{"type":"Polygon","coordinates":[[[8,47,1],[9,47,1],[9,48,1],[8,48,1],[8,47,1]]]}]}"#,
  ])
  func polygons(text: String) throws {
    try Data(text.utf8).write(to: shop.folder.appending(path: "area.geojson"))
    let result = try shop.run("query", "--polygon", "area.geojson")
    #expect(try paths(result) == ["flight1/DJI_0001.JPG", "flight1/DJI_0002.JPG"])
  }

  @Test func missingPhotosCarryTheirReason() throws {
    let result = try shop.run("query", "--missing", "-f", "json")
    let rows = try #require(try json(result) as? [[String: Any]])
    #expect(rows.map { $0["reason"] as? String } == ["no-gps", "damaged"])
    #expect(rows.allSatisfy { $0["lon"] is NSNull && $0["lat"] is NSNull })
    let collection = try features(shop.run("query", "--missing"))
    #expect(collection.allSatisfy { $0["geometry"] is NSNull })
  }

  @Test func heightsLeaveOutAndCount() throws {
    let result = try shop.run("query", "--3d")
    #expect(try features(result).count == 2)
    #expect(result.errors.contains("--3d left out 3 photos"))
    #expect(try shop.run("query", "--3d", "-f", "csv").status == 64)
  }

  @Test func anEmptyAnswerIsValidAndSaysWhy() throws {
    let result = try shop.run("query", "--bbox", "47,8,48,9")
    #expect(result.status == 0)
    #expect(try features(result).isEmpty)
    #expect(result.errors.contains("did you mean --bbox 8,47,9,48?"))
    #expect(result.errors.contains("2 photos"))
    let quiet = try shop.run("query", "--bbox", "47,8,48,9", "-q")
    #expect(quiet.errors.isEmpty && quiet.outputBytes == result.outputBytes)
    #expect(!(try shop.run("query", "--bbox", "1,1,2,2")).errors.contains("did you mean"))
    #expect(try shop.run("query", "--bbox", "1,1,2,2", "--fail-empty").status == 1)
    #expect(try shop.run("query", "--fail-empty").status == 0)
  }

  @Test func theFormatFollowsOptionThenEnding() throws {
    for (arguments, file, start) in [
      (["-o", "a.csv"], "a.csv", "site,"), (["-o", "b.json"], "b.json", "[\n"),
      (["-o", "c.csv", "-f", "geojson"], "c.csv", "{\"type\":"), (["-o", "d"], "d", "{\"type\":"),
      (["-o", "e.ndjson"], "e.ndjson", "{\"site\":"), (["-o", "f.txt"], "f.txt", "site  "),
    ] {
      let result = try shop.run(["export"] + arguments)
      #expect(result.status == 0 && result.outputBytes.isEmpty, "\(result.errors)")
      #expect(result.errors == "gpsindex: 5 photos written to \(file)\n")
      let text = try String(contentsOf: shop.folder.appending(path: file), encoding: .utf8)
      #expect(text.hasPrefix(start))
    }
    #expect(try shop.run("export", "-o", "-", "-f", "csv").output.hasPrefix("site,folder"))
    #expect(try shop.run("export", "-o", "x.gpq").status == 64)
    #expect(!FileManager.default.fileExists(atPath: shop.path("x.gpq")))
  }

  @Test func aFailedExportLeavesTheOldFileAndNothingElse() throws {
    try Data("old".utf8).write(to: shop.folder.appending(path: "out.geojson"))
    #expect(try shop.run("export", "--site", "nosuch", "-o", "out.geojson").status == 66)
    #expect(
      try String(contentsOf: shop.folder.appending(path: "out.geojson"), encoding: .utf8) == "old")
    let before = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path).count
    #expect(try shop.run("export", "-o", "out.geojson").status == 0)
    let after = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path)
    #expect(after.count == before && !after.contains { $0.hasSuffix(".part") })
  }

  @Test func anExportKeepsModeAndLink() throws {
    let manager = FileManager.default
    try Data().write(to: shop.folder.appending(path: "real.csv"))
    try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: shop.path("real.csv"))
    try manager.createSymbolicLink(
      atPath: shop.path("link.csv"), withDestinationPath: "real.csv")
    #expect(try shop.run("export", "-o", "link.csv").status == 0)
    #expect(try manager.destinationOfSymbolicLink(atPath: shop.path("link.csv")) == "real.csv")
    let attributes = try manager.attributesOfItem(atPath: shop.path("real.csv"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    #expect((attributes[.size] as? Int ?? 0) > 0)
  }
}
