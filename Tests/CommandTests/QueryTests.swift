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

  @Test(arguments: spellings) func acceptsEverySpellingOfABox(words: [String]) throws {
    for arguments in [["query"] + words + ["--quiet"], ["query", "-q"] + words] {
      let result = try shop.run(arguments)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try paths(result) == ["flight2/DJI_0001.JPG"])
    }
  }

  @Test func boxCrossesTheAntimeridian() throws {
    let result = try shop.run("query", "--bbox", "179", "-18", "-179", "-17")
    #expect(try features(result).count == 2)
    #expect(try features(shop.run("query", "--bbox=-179.9,-17.5,179.9,-17.5")).count == 2)
    #expect(try features(shop.run("query", "--bbox=-179.8,-18,179.8,-17")).isEmpty)
  }

  @Test(arguments: [
    ("--near -122.4,37.8 --radius 200m", 1), ("--near -122.4 37.8 --radius 0.2km", 1),
    ("--near=8.5,47.4 --radius 500", 1), ("--near 8.5,47.4 --radius 2km", 2),
    ("--site nas", 5), ("--site empty", 0), ("--folder flight*", 3), ("--folder /flight1/", 2),
    ("--folder **", 5), ("--folder /**", 5), ("--folder **/", 5), ("--folder **/flight1/**", 2),
    ("--since 2024-05-01", 2), ("--until 2024-05-01", 2), ("--until 2024-05-01T10:00:00Z", 0),
    ("--since 2024-05-01T10:00:01Z", 1), ("--since 2025", 0), ("--until 2024-04", 0),
    // The camera's clock shows 12:00:00 at 10:00:00 UTC; the other photo states UTC only.
    ("--since 2024-05-01T12:00:00", 2), ("--since 2024-05-01T12:00:01", 1),
    ("--until 2024-05-01T12:00", 0), ("--until 2024-05-01T12:01", 1),
    ("--since 7d", 0), ("--until yesterday", 2), ("--since today --until now", 0),
    ("nas", 5), ("empty", 0), ("empty nas", 5), ("nas --site empty", 5),
    ("--site empty --site nas", 5), ("--folder flight1 --folder flight2", 3),
    ("--fix fixed --fix none", 5), ("--fix float --fix single", 0), ("--camera dji", 1),
    ("--camera M3E --camera D?I", 1), ("--camera JI", 0), ("--rel-alt 0..100", 0),
    ("--rtk-std 5cm", 0), ("--present", 5), ("--flag file-gone", 0),
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

  /// Each with what the message advises, and why.
  @Test(arguments: [
    ("--folder FLIGHT1", "try: --folder flight1", "capital and small letters differ"),
    ("--folder Flight*", "try: --folder flight1", "capital and small letters differ"),
    ("--folder nas/flight1", "try: --site nas --folder flight1", "nas is a site"),
    ("--folder nas/fl*1", "try: --site nas --folder 'fl*1'", "nas is a site"),
    ("--folder nas", "try: --site nas", "nas is a site"),
    ("--folder flihgt2", "try: --folder flight2", "no photo matches"),
    ("--folder flight1 --folder flight2", "", ""),
    ("--folder flight1 --folder Flight2", "try: --folder flight2", "small letters differ"),
    ("--folder x --folder Flight2", "try: --folder flight2", "capital and small letters differ"),
    ("--site empty --folder flight1", "try: gpsindex sync empty", "nothing is synced yet"),
  ])
  func explainsFoldersThatMatchNothing(arguments: String, advice: String, why: String) throws {
    let words = arguments.split(separator: " ").map(String.init)
    for command in ["query", "folders"] {
      let result = try shop.run([command] + words + ["-f", "csv"])
      #expect(result.status == 0)
      #expect(result.errors.isEmpty == advice.isEmpty, "\(result.errors)")
      if advice.isEmpty { continue }
      #expect(result.errors.contains(advice), "\(result.errors)")
      if command == "query" { #expect(result.errors.contains(why), "\(result.errors)") }
    }
  }

  @Test(arguments: ["query", "folders", "problems"]) func refusesTooLongPatterns(
    command: String
  ) throws {
    let pattern = String(repeating: "a/", count: 2048)
    #expect(try shop.run(command, "--folder", pattern).status == 0)
    let result = try shop.run(command, "--folder", pattern + "**")
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(result.errors.contains("4098 bytes, more than 4096\ntry: "), "\(result.errors)")
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

  /// The camera's day selects, so the camera's clock is shown: 12:00 here is 10:00 UTC. UTC stands in where that is unknown.
  @Test func aTableShowsTheClockThatDatesSelectBy() throws {
    let result = try shop.run("query", "--since", "2024-05-01", "-f", "table")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3, "\(result.output)")
    #expect(lines.contains { $0.contains("flight1") && $0.contains(" 2024-05-01T12:00:00 ") })
    #expect(lines.contains { $0.contains("flight2") && $0.contains("2024-05-01T21:46:40Z") })
    let csv = try shop.run("query", "--since", "2024-05-01", "-f", "csv").output
    #expect(csv.contains("2024-05-01T10:00:00Z,2024-05-01T12:00:00"), "\(csv)")
  }

  @Test func missingPhotosHaveAReason() throws {
    let result = try shop.run("query", "--missing", "-f", "json")
    let rows = try #require(try json(result) as? [[String: Any]])
    #expect(rows.map { $0["reason"] as? String } == ["no-gps", "damaged"])
    #expect(rows.allSatisfy { $0["lon"] is NSNull && $0["lat"] is NSNull })
    let collection = try features(shop.run("query", "--missing"))
    #expect(collection.count == 2 && collection.allSatisfy { $0["geometry"] is NSNull })
  }

  @Test func threeDLeavesOutPhotosWithoutAnAltitude() throws {
    let result = try shop.run("query", "--3d")
    #expect(try features(result).count == 2)
    #expect(result.errors.contains("--3d left out 3 photos"))
    #expect(try shop.run("query", "--3d", "-f", "csv").status == 64)
  }

  @Test(arguments: [
    ("geojsonseq", "\u{1E}{\"type\":\"Feature\""), ("gpx", "<?xml"), ("kml", "<?xml"),
  ])
  func writesOtherTextFormats(format: String, start: String) throws {
    let all = try shop.run("query", "-f", format)
    #expect(all.status == 0 && all.errors.isEmpty, "\(all.errors)")
    #expect(all.output.hasPrefix(start))
    let high = try shop.run("query", "-f", format, "--3d")
    #expect(high.errors == "gpsindex: --3d left out 3 photos without an altitude\n")
    #expect(high.outputBytes.count < all.outputBytes.count)
    let file = try shop.run("export", "-o", "all.\(format)", "-f", format)
    #expect(file.status == 0)
    #expect(try Data(contentsOf: shop.folder.appending(path: "all.\(format)")) == all.outputBytes)
  }

  @Test func gpxRefusesPhotosWithoutAPosition() throws {
    #expect(try shop.run("query", "--missing", "-f", "gpx").status == 64)
    #expect(try shop.run("query", "--missing", "-f", "kml").status == 0)
  }

  @Test func geoPackageIsASnapshotOrASubset() throws {
    let whole = try shop.run("export", "-o", "whole.gpkg")
    #expect(
      whole.errors
        == "gpsindex: wrote 5 photos to whole.gpkg, and 2 without a position: the whole index\n")
    for arguments in [["query"], ["query", "--missing"], ["status"], ["folders"]] {
      let copy = try Program.run(
        arguments + ["--index", "whole.gpkg", "-q"], environment: ["HOME": "/nowhere"],
        folder: shop.folder)
      #expect(try shop.run(arguments + ["-q"]).outputBytes == copy.outputBytes)
    }
    for (arguments, count, out) in [
      (["--bbox", "8,47,9,48"], 2, 0), (["--folder", "flight1", "--missing"], 2, 0),
      (["--site", "nas"], 5, 0), (["--limit", "1"], 1, 0), (["--bbox", "1,1,2,2"], 0, 0),
      (["--3d"], 2, 3), (["--site", "nas", "--3d"], 2, 3),
    ] {
      let part = try shop.run(["query", "-f", "gpkg", "-o", "part.gpkg"] + arguments)
      #expect(part.status == 0)
      #expect(part.errors.contains("gpsindex: wrote \(Plural.photos(count)) to part.gpkg\n"))
      #expect(part.errors.contains("left out \(out) photos") == (out > 0))
      let missing = arguments.contains("--missing") ? ["--missing"] : []
      let found = try shop.run(["query", "--count", "--index", "part.gpkg"] + missing)
      #expect(found.output == "\(count)\n", "\(arguments)")
      #expect(try shop.run("check", "--index", "part.gpkg").status == 0)
    }
    #expect(try shop.run("query", "-f", "gpkg").status == 64)
    #expect(try shop.run("export", "-f", "gpkg", "-o", "-").status == 64)
    #expect(try shop.run("export", "-o", "index.gpkg").status == 64)
    let names = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path)
    #expect(Set(names) == ["index.gpkg", "part.gpkg", "whole.gpkg"])
  }

  @Test func writesFoldersAsExtents() throws {
    let text = try shop.run("folders", "-f", "geojson")
    let folders = try features(text)
    #expect(folders.count == 3)
    let first = try #require(folders.first?["geometry"] as? [String: Any])
    #expect(first["type"] as? String == "Polygon")
    let file = try shop.run("folders", "-o", "folders.geojson", "--bbox", "8,47,9,48")
    #expect(file.status == 0 && file.outputBytes.isEmpty)
    let narrowed = try Data(contentsOf: shop.folder.appending(path: "folders.geojson"))
    #expect(String(decoding: narrowed, as: UTF8.self).contains(#""located":2,"#))
    for (arguments, start) in [
      (["-o", "f.csv"], "site,folder"), (["-o", "f.txt"], "site  folder"),
      (["-o", "f"], "site  f"),
      (["-o", "f.kml", "-f", "JSON"], "[\n{"), (["-o", "f.x", "--json"], "[\n{"),
    ] {
      #expect(try shop.run(["folders"] + arguments).status == 0)
      let file = shop.folder.appending(path: arguments[1])
      #expect(try String(contentsOf: file, encoding: .utf8).hasPrefix(start))
    }
    for arguments in [["-o", "f.gpx"], ["-f", "gpkg"], ["-f", "csv", "--json"]] {
      #expect(try shop.run(["folders"] + arguments).status == 64)
    }
    #expect(try shop.run("folders", "--site", "nosuch", "-o", "new.csv").status == 66)
    #expect(!FileManager.default.fileExists(atPath: shop.path("new.csv")))
  }

  @Test func emptyResultIsValidAndExplained() throws {
    let result = try shop.run("query", "--bbox", "47,8,48,9")
    #expect(result.status == 0)
    #expect(try features(result).isEmpty)
    #expect(result.errors.contains("try: --bbox 8,47,9,48\n"))
    #expect(result.errors.contains("2 photos"))
    let quiet = try shop.run("query", "--bbox", "47,8,48,9", "-q")
    #expect(quiet.errors.isEmpty && quiet.outputBytes == result.outputBytes)
    #expect(!(try shop.run("query", "--bbox", "1,1,2,2")).errors.contains("longitude"))
    #expect(try shop.run("query", "--bbox", "1,1,2,2", "--fail-empty").status == 1)
    #expect(try shop.run("query", "--fail-empty").status == 0)
  }

  @Test func formatFollowsOptionThenExtension() throws {
    for (arguments, file, start) in [
      (["-o", "a.csv"], "a.csv", "site,"), (["-o", "b.json"], "b.json", "[\n"),
      (["-o", "c.csv", "-f", "geojson"], "c.csv", "{\"type\":"), (["-o", "d"], "d", "{\"type\":"),
      (["-o", "e.ndjson"], "e.ndjson", "{\"site\":"), (["-o", "f.txt"], "f.txt", "site  "),
    ] {
      let result = try shop.run(["export"] + arguments)
      #expect(result.status == 0 && result.outputBytes.isEmpty, "\(result.errors)")
      let rest = "; 2 without a position are not in it (--missing)"
      #expect(result.errors == "gpsindex: wrote 5 photos to \(file)\(rest)\n")
      let text = try String(contentsOf: shop.folder.appending(path: file), encoding: .utf8)
      #expect(text.hasPrefix(start))
    }
    #expect(try shop.run("export", "-o", "-", "-f", "csv").output.hasPrefix("site,folder"))
    #expect(try shop.run("export", "-o", "x.gpq").status == 64)
    #expect(!FileManager.default.fileExists(atPath: shop.path("x.gpq")))
  }

  @Test func failedExportLeavesOnlyTheOldFile() throws {
    try Data("old".utf8).write(to: shop.folder.appending(path: "out.geojson"))
    #expect(try shop.run("export", "--site", "nosuch", "-o", "out.geojson").status == 66)
    #expect(
      try String(contentsOf: shop.folder.appending(path: "out.geojson"), encoding: .utf8) == "old")
    let before = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path).count
    #expect(try shop.run("export", "-o", "out.geojson").status == 0)
    let after = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path)
    #expect(after.count == before && !after.contains { $0.hasSuffix(".part") })
  }

  @Test func exportKeepsModeAndSymbolicLink() throws {
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
