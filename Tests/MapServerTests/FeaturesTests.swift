import Foundation
import Testing

@testable import MapServer

/// OGC API Features – Part 1: Core (OGC 17-069r4); requirements by their names there.
@Suite struct FeaturesTests {
  static func features(_ answer: Place.Answer) throws -> [[String: Any]] {
    try #require(try answer.json()["features"] as? [[String: Any]])
  }

  static func link(_ rel: String, _ answer: Place.Answer) throws -> String? {
    let links = try #require(try answer.json()["links"] as? [[String: Any]])
    return links.first { $0["rel"] as? String == rel }?["href"] as? String
  }

  /// Path and query of a URL.
  static func target(_ address: String) -> String {
    String(address.dropFirst("http://127.0.0.1:8470".count))
  }

  @Test func landingPageLinksToAllResources() async throws {
    let place = try Place()
    let landing = try await place.get("/", [("Accept", "application/json")])
    #expect(landing.status == 200 && landing.type == "application/json")
    for rel in ["self", "service-desc", "conformance", "data"] {
      let address = try #require(try Self.link(rel, landing))
      #expect(address.hasPrefix("http://127.0.0.1:8470/"))
      #expect(try await place.get(Self.target(address)).status == 200, "\(rel)")
    }
    let api = try await place.get("/api")
    #expect(api.type == "application/vnd.oai.openapi+json;version=3.0")
    #expect(try api.json()["openapi"] as? String == "3.0.3")
    let classes = try await place.get("/conformance").json()["conformsTo"] as? [String]
    #expect(classes?.contains { $0.hasSuffix("/conf/core") } == true)
  }

  @Test func browsersGetThePage() async throws {
    let place = try Place()
    let page = try await place.get("/", [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")])
    #expect(page.type == "text/html; charset=utf-8" && page.text.contains("<div id=\"map\""))
    #expect(try await place.get("/?f=html").type == "text/html; charset=utf-8")
    #expect(try await place.get("/?f=json", [("Accept", "text/html")]).type == "application/json")
  }

  @Test func collectionsHaveTheirExtent() async throws {
    // A folder crosses 180°.
    let place = try Place()
    let all = try await place.get("/collections").json()["collections"] as? [[String: Any]]
    #expect(all?.compactMap { $0["id"] as? String } == ["photos", "folders"])
    for name in ["photos", "folders"] {
      let one = try await place.get("/collections/\(name)").json()
      let spatial = (one["extent"] as? [String: Any])?["spatial"] as? [String: Any]
      #expect((spatial?["bbox"] as? [[Double]])?.first == [-180, -17.5, 180, 48.8])
    }
    #expect(try await place.get("/collections/videos").status == 404)
  }

  @Test func pagesContainEveryFeatureOnce() async throws {
    let place = try Place()
    var ids: [Int] = []
    var next: String? = "/collections/photos/items?limit=5"
    var pages = 0
    while let target = next {
      let page = try await place.get(target)
      #expect(page.status == 200 && page.type == "application/geo+json")
      let features = try Self.features(page)
      #expect(try page.json()["numberReturned"] as? Int == features.count)
      #expect(try page.json()["numberMatched"] as? Int == Place.allLocated)
      #expect(features.count <= 5)
      ids += features.compactMap { $0["id"] as? Int }
      next = try Self.link("next", page).map(Self.target)
      pages += 1
    }
    #expect(pages == 3 && ids.count == Place.allLocated && Set(ids).count == ids.count)
    let whole = try Self.features(try await place.get("/collections/photos/items?limit=10000"))
    #expect(whole.compactMap { $0["id"] as? Int } == ids)
    let past = try await place.get("/collections/photos/items?offset=99")
    #expect(try Self.features(past).isEmpty)
  }

  /// Each with the number of matching photos.
  @Test(arguments: [
    ("", Place.allLocated), ("bbox=8,47,9,48", 3), ("bbox=8,47,0,9,48,9000", 3),
    ("bbox=179,-18,-179,-17", 2), ("bbox=8.501,47.4,8.501,47.4", 1), ("site=nas", 5),
    ("site=%3Cb%3Eodd", Place.allLocated - 5), ("folder=zurich", 3), ("folder=z*", 3),
    ("folder=/zurich/", 3), ("folder=/**", Place.allLocated), ("folder=**/", Place.allLocated),
    ("folder=" + String(repeating: "**/", count: 1300) + "zurich", 3),
    ("datetime=2024-05-01", 3), ("datetime=2024-05-01T10:00:04Z", 1),
    ("datetime=2024-05-01T12:00:04%2B02:00", 1), ("datetime=../2024-04-30", 0),
    ("datetime=2024-05-01T10:00:04Z/..", 2), ("datetime=/2024-05-01T10:00:04Z", 2),
    ("alt=501..502", 2), ("alt=503..", 1), ("fix=fixed", 1), ("flag=conflict", 1),
    ("bbox=8,47,9,48&fix=single&flag=conflict", 1),
  ])
  func filtersSelectFeatures(query: String, count: Int) async throws {
    let answer = try await Place().get("/collections/photos/items?limit=100&\(query)")
    #expect(try Self.features(answer).count == count)
    #expect(try answer.json()["numberMatched"] as? Int == count)
  }

  @Test(arguments: [
    "bbox=1,2,3", "bbox=1,2,3,x", "bbox=8,95,9,96", "bbox=8,48,9,47", "bbox=200,0,210,1",
    "bbox=nan,0,1,1", "datetime=yesterday", "datetime=2024-13-01", "datetime=a/b/c",
    "datetime=2024-05-02/2024-05-01", "datetime=2024-05-01T10:00:00.Z", "limit=0", "limit=-5",
    "limit=many", "offset=-1", "fix=good", "flag=odd", "alt=5", "alt=9..1", "colour=red",
    "limit=1&limit=2", "bbox-crs=EPSG:4326", "folder=" + String(repeating: "**/", count: 1400),
  ])
  func refusesInvalidParameters(query: String) async throws {
    let answer = try await Place().get("/collections/photos/items?\(query)")
    #expect(answer.status == 400)
    #expect(try answer.json()["code"] as? String == "InvalidParameterValue")
  }

  @Test func capsTheLimit() async throws {
    #expect(try await Place().get("/collections/photos/items?limit=999999").status == 200)
  }

  @Test(arguments: ["photos", "folders"]) func everyFeatureHasAURL(name: String) async throws {
    let place = try Place()
    let all = try Self.features(try await place.get("/collections/\(name)/items?limit=100"))
    #expect(!all.isEmpty)
    for feature in all {
      let id = try #require(feature["id"] as? Int)
      let one = try await place.get("/collections/\(name)/items/\(id)")
      #expect(one.type == "application/geo+json")
      let object = try one.json()
      #expect(object["id"] as? Int == id && object["links"] != nil)
      #expect(
        NSDictionary(dictionary: try #require(object["properties"] as? [String: Any]))
          == NSDictionary(dictionary: try #require(feature["properties"] as? [String: Any])))
    }
    for wrong in ["0", "99999", "x", "-1", "9999999999999999999999"] {
      #expect(try await place.get("/collections/\(name)/items/\(wrong)").status == 404)
    }
  }

  @Test func matchesFoldersThatTouchTheBox() async throws {
    let place = try Place()
    func names(_ query: String) async throws -> [String] {
      let answer = try await place.get("/collections/folders/items?limit=100&\(query)")
      return try Self.features(answer).compactMap {
        ($0["properties"] as? [String: Any])?["folder"] as? String
      }
    }
    #expect(try await names("bbox=8,47,9,48") == ["zurich"])
    #expect(try await names("site=nas") == ["fiji", "zurich"])
    #expect(try await names("bbox=100,0,101,1").isEmpty)
    let zurich = try Self.features(try await place.get("/collections/folders/items?folder=zurich"))
    let properties = try #require(zurich.first?["properties"] as? [String: Any])
    #expect(properties["photos"] as? Int == 5 && properties["located"] as? Int == 3)
  }
}
