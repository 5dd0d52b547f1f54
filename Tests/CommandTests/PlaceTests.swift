import Foundation
import Testing

/// Polygons with holes, and exchanged coordinates, with the real program.
@Suite struct PlaceTests {
  private func polygon(_ shop: Workshop, _ coordinates: String, type: String = "Polygon") throws
    -> String
  {
    let path = shop.path("area.geojson")
    try Data(#"{"type":"\#(type)","coordinates":\#(coordinates)}"#.utf8)
      .write(to: URL(filePath: path))
    return path
  }

  private static let outer = "[[8,47],[9,47],[9,48],[8,48],[8,47]]"
  /// Contains DJI_0002 at 8.51, 47.41, but not DJI_0001 at 8.5, 47.4.
  private static let hole =
    "[[8.505,47.405],[8.515,47.405],[8.515,47.415],[8.505,47.415],[8.505,47.405]]"
  private static let california = "[[[-123,37],[-122,37],[-122,38],[-123,38],[-123,37]]]"

  @Test func excludesHolesOfPolygons() throws {
    let shop = try Workshop()
    let whole = try polygon(shop, "[\(Self.outer)]")
    #expect(try paths(shop.run("query", "--polygon", whole)).count == 2)
    let holed = try polygon(shop, "[\(Self.outer),\(Self.hole)]")
    #expect(try paths(shop.run("query", "--polygon", holed)) == ["flight1/DJI_0001.JPG"])
    let both = try polygon(
      shop, "[[\(Self.outer),\(Self.hole)],\(Self.california)]", type: "MultiPolygon")
    #expect(
      try paths(shop.run("query", "--polygon", both))
        == ["flight1/DJI_0001.JPG", "flight2/DJI_0001.JPG"])
    let folders = try shop.run("folders", "--polygon", both, "--json")
    let rows = try #require(try json(folders) as? [[String: Any]])
    #expect(rows.map { $0["located"] as? Int } == [1, 1])
  }

  /// Both orders are valid coordinates; only the index shows which one was meant.
  @Test func suggestsExchangedCoordinatesForAnEmptyResult() throws {
    let shop = try Workshop()
    let swapped = try polygon(shop, "[[[47,8],[47,9],[48,9],[48,8],[47,8]]]")
    for (place, hint) in [
      (["--bbox", "47,8,48,9"], "try: --bbox 8,47,9,48\n"),
      (["--near", "47.4,8.5", "--radius", "1km"], "try: --near 8.5,47.4\n"),
      (
        ["--polygon", swapped],
        "try: --polygon FILE.geojson with longitude and latitude exchanged\n"
      ),
    ] {
      let result = try shop.run(["query"] + place)
      #expect(result.status == 0 && result.errors.contains(hint), "\(place): \(result.errors)")
    }
    // No suggestion when the exchanged coordinates match nothing either.
    let empty = try shop.run("query", "--near", "60,10", "--radius", "1km")
    #expect(!empty.errors.contains("longitude"))
  }
}
