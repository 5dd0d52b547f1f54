import Foundation
import PhotoIndex
import PhotoModel
import SyntheticIndex
import TestSupport
import Testing

@testable import MapServer

/// `GET /map/findings`.
@Suite struct FindingsTests {
  private let place: Place

  init() throws {
    place = try Place()
    let writer = try IndexWriter(path: place.index)
    let site = try writer.addSite(SiteRecord(name: "survey", location: "/survey"))
    for var changes in SyntheticSurvey().folders(site: 2, id: site.id, flights: 1) {
      for line in [3, 2, 1] {
        changes.inserts.removeSubrange(line * 25 + 8..<line * 25 + 18)
      }
      try writer.apply(changes)
    }
  }

  @Test func findingsAreGeoJSONWithIdsOfPhotos() async throws {
    let answer = try await place.get("/map/findings?site=survey")
    #expect(answer.status == 200)
    let root = try answer.json()
    #expect(root["type"] as? String == "FeatureCollection" && root["total"] as? Int == 95)
    #expect(root["checked"] as? Bool == true)
    let features = try #require(root["features"] as? [[String: Any]])
    let rules = features.compactMap { ($0["properties"] as? [String: Any])?["rule"] as? String }
    #expect(Set(rules).isSuperset(of: ["gap", "hole", "number-gap"]), "\(rules)")
    for feature in features {
      let properties = try #require(feature["properties"] as? [String: Any])
      let kind = (feature["geometry"] as? [String: Any])?["type"] as? String
      #expect(kind == (properties["rule"] as? String == "hole" ? "MultiPolygon" : "Point"))
    }
    // The ids are those of the points.
    let gap = try #require(
      features.first { ($0["properties"] as? [String: Any])?["rule"] as? String == "gap" })
    let id = try #require(((gap["properties"] as? [String: Any])?["ids"] as? [Int])?.first)
    let photo = try await place.get("/map/photo/\(id)").json()
    #expect(photo["site"] as? String == "survey")
  }

  @Test func theFilterOfTheMapHolds() async throws {
    let root = try await place.get("/map/findings?site=nas").json()
    let features = try #require(root["features"] as? [[String: Any]])
    let sites = features.compactMap { ($0["properties"] as? [String: Any])?["site"] as? String }
    #expect(!sites.isEmpty && Set(sites) == ["nas"])
    #expect(try await place.get("/map/findings?site=nobody").status == 404)
    #expect(try await place.get("/map/findings?bbox=x").status == 400)
  }

  @Test func manyPhotosAreNotChecked() throws {
    let reader = try IndexReader(path: place.index)
    let answer = try FindingsResponse.answer(.init(), reader, most: 10)
    guard case .bytes(let bytes) = answer.body else { throw Place.Missing() }
    let root = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(root["checked"] as? Bool == false && root["total"] as? Int ?? 0 > 10)
    #expect((root["features"] as? [Any])?.isEmpty == true)
  }
}
