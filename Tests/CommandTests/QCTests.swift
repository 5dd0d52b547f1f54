import Foundation
import PhotoIndex
import PhotoModel
import SyntheticIndex
import Testing

@testable import gpsindex

/// `gpsindex qc` on an index of generated flights.
@Suite final class QCTests {
  let shop: Workshop

  init() throws {
    shop = try Workshop(filled: false)
    let writer = try IndexWriter(path: shop.index)
    let good = try writer.addSite(SiteRecord(name: "good", location: "/good"))
    for changes in SyntheticSurvey().folders(site: 1, id: good.id, flights: 2) {
      try writer.apply(changes)
    }
    let bad = try writer.addSite(SiteRecord(name: "bad", location: "/bad"))
    for var changes in SyntheticSurvey().folders(site: 2, id: bad.id, flights: 1) {
      // Ten photos of the lines 1, 2 and 3.
      for line in [3, 2, 1] {
        changes.inserts.removeSubrange(line * 25 + 8..<line * 25 + 18)
      }
      try writer.apply(changes)
    }
  }

  private func json(_ result: Program.Result) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: result.outputBytes) as? [String: Any])
  }

  @Test func goodFlightsAreAccepted() throws {
    let result = try shop.run("qc", "good", "--json")
    #expect(result.status == 0, "\(result.errors)")
    let report = try json(result)
    #expect(report["verdict"] as? String == "accepted", "\(result.output)")
    #expect(report["photos"] as? Int == 250)
    let flights = try #require(report["flights"] as? [[String: Any]])
    #expect(flights.map { $0["kind"] as? String } == ["mapping", "mapping"])
    let forward = try #require(flights[0]["forward_percent"] as? [String: Double])
    #expect(abs((forward["median"] ?? 0) - 80) < 1)
    #expect(result.errors.contains("250 photos in 2 flights: 0 errors, 0 warnings"))
  }

  @Test func errorsHaveExitCodeThree() throws {
    let result = try shop.run("qc", "bad")
    #expect(result.status == 3)
    #expect(result.output.contains("about 10 photos missing"))
    #expect(result.output.contains("no photo shows"))
    // A rule that is off, and a severity that the file sets.
    try
      "[gap]\nseverity = \"note\"\n[hole]\nseverity = \"off\"\n[forward-overlap]\nseverity = \"off\"\n"
      .write(toFile: shop.path("rules.toml"), atomically: true, encoding: .utf8)
    let other = try shop.run("qc", "bad", "--rules", "rules.toml", "-f", "csv")
    #expect(!other.output.contains("no photo shows"))
    #expect(other.output.contains("note,gap,bad,"))
  }

  @Test func findingsAreGeoJSONWithHolesAsPolygons() throws {
    let result = try shop.run("qc", "bad", "-f", "geojson")
    let found = try features(result)
    let holes = found.filter { ($0["properties"] as? [String: Any])?["rule"] as? String == "hole" }
    #expect(holes.count == 1)
    for hole in holes {
      let geometry = try #require(hole["geometry"] as? [String: Any])
      let rings = try #require(geometry["coordinates"] as? [[[Double]]])
      #expect(geometry["type"] as? String == "Polygon" && rings[0].first == rings[0].last)
    }
  }

  @Test func footprintsHaveAFeatureForEachPhoto() throws {
    let result = try shop.run("qc", "good", "--footprints", "prints.geojson", "-q")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let data = try Data(contentsOf: URL(filePath: shop.path("prints.geojson")))
    let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let prints = try #require(root["features"] as? [[String: Any]])
    #expect(prints.count == 250)
    let properties = try #require(prints[0]["properties"] as? [String: Any])
    #expect(abs((properties["gsd_m"] as? Double ?? 0) - 80.0 / 3648) < 0.001)
  }

  @Test func reportIsOneFileWithoutScriptsAndLinks() throws {
    let result = try shop.run("qc", "bad", "--report", "check.html", "-q")
    #expect(result.status == 3)
    let page = try String(contentsOfFile: shop.path("check.html"), encoding: .utf8)
    #expect(page.hasPrefix("<!doctype html>") && page.contains("Not accepted"))
    #expect(page.contains("<polygon class=\"hole\""))
    for word in ["<script", "http://", "https://", "url(", "<img", "<link"] {
      #expect(!page.contains(word), "\(word)")
    }
    let tags = page.matches(of: #/<[a-z]+[^>]* on[a-z]+=/#)
    #expect(tags.isEmpty)
  }

  @Test func namesInTheReportAreEscaped() throws {
    let writer = try IndexWriter(path: shop.index)
    let site = try writer.addSite(SiteRecord(name: "odd", location: "/odd"))
    var changes = FolderChanges(
      site: site.id, folder: PathBytes(text: "<script>alert(1)</script>\u{202E}"))
    for var insert in SyntheticSurvey().folders(site: 3, id: site.id, flights: 1)[0].inserts {
      insert.record.cameraModel = "\"><svg onload=alert(1)>"
      changes.inserts.append(insert)
    }
    changes.inserts.removeSubrange(30..<33)
    try writer.apply(changes)
    _ = try shop.run("qc", "odd", "--report", "odd.html")
    let page = try String(contentsOfFile: shop.path("odd.html"), encoding: .utf8)
    #expect(page.contains("&lt;script&gt;") && !page.contains("<script"))
    #expect(!page.contains("<svg onload") && !page.contains("\u{202E}"))
  }

  @Test func printedRulesAreReadBack() throws {
    let text = try shop.run("qc", "--print-rules", "mapping")
    #expect(text.status == 0 && text.output.contains("[forward-overlap]"))
    try text.output.write(toFile: shop.path("all.toml"), atomically: true, encoding: .utf8)
    let result = try shop.run("qc", "good", "--rules", "all.toml", "--json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try json(result)["verdict"] as? String == "accepted")
  }

  @Test(
    arguments: [
      (["--rules", "none.toml"], 66, "cannot read --rules none.toml"),
      (["--kind", "walk"], 64, "--kind “walk” is not a kind of flight"),
      (["--ground", "high"], 64, "--ground “high” is not a height in metres"),
      (["-o", "a.pdf"], 64, "unknown file extension “.pdf” of -o for findings"),
      (["none"], 66, "none"), (["good", "--site", "nine"], 66, "nine"),
      (["--rules", "bad.toml"], 78, "bad.toml:2: rule gap has no “distanc”"),
    ] as [([String], Int32, String)])
  func errorsSayWhatAndWhy(words: [String], status: Int32, text: String) throws {
    try "[gap]\ndistanc = 2\n".write(
      toFile: shop.path("bad.toml"), atomically: true, encoding: .utf8)
    let result = try shop.run(["qc"] + words)
    #expect(result.status == status)
    #expect(result.errors.contains(text) && result.errors.contains("try:"), "\(result.errors)")
  }

  @Test func anAreaThatIsNotCoveredIsAnError() throws {
    let result = try shop.run("qc", "good", "--folder", "**/flight_10", "-f", "json")
    let flights = try #require(try json(result)["flights"] as? [[String: Any]])
    #expect(flights.count == 1)
    let prints = try shop.run(
      "qc", "good", "--folder", "**/flight_10", "--footprints", "a.geojson", "-q")
    #expect(prints.status == 0)
    let data = try Data(contentsOf: URL(filePath: shop.path("a.geojson")))
    let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let first = try #require((root["features"] as? [[String: Any]])?.first)
    let geometry = try #require(first["geometry"] as? [String: Any])
    let corner = try #require((geometry["coordinates"] as? [[[Double]]])?.first?.first)
    let (x, y) = (corner[0], corner[1])
    let ring = [
      [x, y], [x + 0.02, y], [x + 0.02, y + 0.004], [x, y + 0.004], [x, y],
    ]
    let text = try JSONSerialization.data(
      withJSONObject: ["type": "Polygon", "coordinates": [ring]])
    try text.write(to: URL(filePath: shop.path("area.geojson")))
    let judged = try shop.run(
      "qc", "good", "--folder", "**/flight_10", "--area", "area.geojson", "-f", "csv")
    #expect(judged.status == 3, "\(judged.errors)")
    #expect(judged.output.contains("error,hole,good,"))
  }
}
