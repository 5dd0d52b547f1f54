import Foundation
import Testing

@testable import gpsindex

/// `show` and `problems` in all their formats.
@Suite struct DetailTests {
  let shop: Workshop
  init() throws { shop = try Workshop() }

  @Test func showPrintsTheSourceOfEachField() throws {
    let photo = try #require(
      try json(shop.run("show", "flight1/DJI_0001.JPG", "-f", "json")) as? [String: Any])
    let sources = try #require(photo["sources"] as? [String: String])
    #expect(sources["lon"] == "exif" && sources["alt_m"] == "exif" && sources["size"] == "listing")
    #expect(sources["rtk_flag"] == nil && sources["id"] == nil)
    #expect(photo["kind"] as? String == "photo" && photo["parser_version"] as? Int == 1)
    #expect(photo["target_lon"] is NSNull && photo["sidecar"] is NSNull)
    let lines = try shop.run("show", "flight1/DJI_0001.JPG", "-f", "jsonl")
    #expect(try lines.outputBytes == shop.run("show", "flight1/DJI_0001.JPG", "--json").outputBytes)
    let csv = try shop.run("show", "flight1/DJI_0001.JPG", "-f", "csv").output
    #expect(csv.hasPrefix("field,value,source\r\nid,") && csv.contains("\r\nalt_m,512.5,exif\r\n"))
    #expect(csv.contains("\r\nrtk_flag,,\r\n"))
    let table = try shop.run("show", "flight1/DJI_0001.JPG").output
    #expect(table.contains("512.5") && !table.contains("rtk_flag"))
  }

  /// The properties of every feature in their order, then the others.
  @Test func showPrintsAFeature() throws {
    let result = try shop.run("show", "flight1/DJI_0001.JPG", "-f", "geojson")
    let feature = try #require(try json(result) as? [String: Any])
    #expect(feature["type"] as? String == "Feature")
    let geometry = try #require(feature["geometry"] as? [String: Any])
    #expect(geometry["coordinates"] as? [Double] == [8.5, 47.4])
    let all = try shop.run("query", "--bbox", "8.5,47.4,8.5,47.4").output
    let start = try #require(all.range(of: "\"properties\":{"))
    let end = try #require(all.range(of: "}}", range: start.upperBound..<all.endIndex))
    #expect(result.output.contains(all[start.lowerBound..<end.lowerBound]))
    let missing = try json(shop.run("show", "flight1/b.jpg", "-f", "geojson")) as? [String: Any]
    #expect(missing?["geometry"] is NSNull)
    #expect(try shop.run("show", "flight1/b.jpg", "-f", "kml").status == 64)
    #expect(try shop.run("show", "flight1/b.jpg", "-f", "csv", "--json").status == 64)
  }

  @Test(arguments: ["table", "csv", "json", "jsonl", "geojson", "geojsonseq", "kml"])
  func problemsInEveryFormat(format: String) throws {
    let result = try shop.run("problems", "-f", format)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output.contains("no-gps") && result.output.contains("damaged"))
    #expect(!result.output.contains("DJI_0001"))
    let file = try shop.run("problems", "-f", format, "-o", "problems.out")
    #expect(file.status == 0 && file.outputBytes.isEmpty)
    let written = try Data(contentsOf: shop.folder.appending(path: "problems.out"))
    #expect(written == result.outputBytes)
    let one = try shop.run("problems", "-f", format, "--reason", "no-gps")
    #expect(one.output.contains("no-gps") && !one.output.contains("damaged"))
  }

  @Test func problemsFollowTheExtensionOfTheFile() throws {
    #expect(try shop.run("problems", "-o", "p.gpkg").status == 0)
    #expect(try shop.run("query", "--missing", "--count", "--index", "p.gpkg").output == "2\n")
    #expect(try shop.run("problems", "-o", "p.geojson").status == 0)
    let text = try String(contentsOfFile: shop.path("p.geojson"), encoding: .utf8)
    #expect(text.hasPrefix("{\"type\":\"FeatureCollection\""))
    #expect(try shop.run("problems", "-f", "gpx").status == 64)
    #expect(try shop.run("problems", "--reason", "nogps").errors.contains("--reason no-gps"))
    #expect(try shop.run("problems", "--site", "nsa", "-f", "geojson").status == 66)
  }

  @Test func problemsAreCountedByFolderAndReason() throws {
    let rows = try #require(
      try json(shop.run("problems", "--counts", "--json")) as? [[String: Any]])
    #expect(rows.map { $0["reason"] as? String } == ["no-gps", "damaged"])
    #expect(rows.map { $0["status"] as? String } == ["without-position", "failed"])
    #expect(rows.allSatisfy { $0["photos"] as? Int == 1 && $0["folder"] as? String == "flight1" })
    #expect(try shop.run("problems", "--counts", "-f", "geojson").status == 64)
    // The counts add up.
    let status = try #require(try json(shop.run("status", "nas", "--json")) as? [[String: Any]])
    let counts = ["located", "without_position", "failed"].map { status[0][$0] as? Int ?? -1 }
    #expect(counts.reduce(0, +) == status[0]["photos"] as? Int)
    let reasons = try #require(status[0]["reasons"] as? [String: Int])
    #expect(reasons.values.reduce(0, +) == counts[1] + counts[2])
  }
}
