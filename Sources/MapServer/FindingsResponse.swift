import FlightQC
import GeoFormats
import PhotoIndex
import PhotoModel

/// `GET /map/findings`: what flight checks find among the photos of a filter, as GeoJSON. Photos are named by their ids, as
/// `/map/points` names them.
struct FindingsResponse {
  /// Above this number of photos nothing is checked, and `total` says why.
  static let most = PointsResponse.most

  static func answer(
    _ filter: PhotoFilter, _ reader: IndexReader, _ visible: Visible = .everything,
    most: Int = most, now: Int64 = MapServer.now()
  ) throws -> MapResponse {
    var filter = filter
    filter.limit = nil
    if filter.which != .missing { filter.which = .all }
    let (total, report) = try reader.reading { () -> (Int, FlightReport) in
      // The upper bound first: it is free and mostly sufficient.
      let atMost = try reader.atMost(filter)
      let total = atMost > most ? try reader.count(filter) : atMost
      if total > most { return (total, FlightReport()) }
      var check = FlightCheck()
      check.now = now
      var examiner = FlightExaminer(check)
      try reader.photos(filter, detail: .flight) { row in
        // Texts of findings name folders.
        if row.record.kind == .photo { try examiner.add(FlightPhoto(visible.shown(row))) }
      }
      let report = try examiner.finish()
      return (report.photos, report)
    }
    var json = JSONText()
    json.beginObject()
    json.member("type", .text("FeatureCollection"))
    json.member("total", .integer(Int64(total)))
    json.member("checked", .flag(total <= most))
    for severity in Severity.allCases.reversed() {
      json.member(severity.rawValue + "s", .integer(Int64(report.count(severity))))
    }
    json.key("features")
    json.beginArray()
    for severity in Severity.allCases.reversed() {
      for finding in report.findings where finding.severity == severity {
        append(finding, to: &json)
      }
    }
    json.endArray()
    json.endObject()
    return MapResponse(200, "application/geo+json", json.bytes)
  }

  private static func append(_ finding: FlightFinding, to json: inout JSONText) {
    json.beginObject()
    json.member("type", .text("Feature"))
    json.key("geometry")
    geometry(finding, to: &json)
    json.key("properties")
    json.beginObject()
    json.member("severity", .text(finding.severity.rawValue))
    json.member("rule", .text(finding.rule.rawValue))
    json.member("title", .text(finding.rule.title))
    json.member("text", .text(finding.text))
    json.member("site", .text(finding.site))
    json.member("folder", .text(finding.folder))
    json.member("flight", FieldValue(finding.flight))
    json.member("photos", .integer(Int64(finding.photoCount)))
    json.key("ids")
    json.beginArray()
    for photo in finding.photos { json.value(photo.id) }
    json.endArray()
    json.endObject()
    json.endObject()
  }

  private static func geometry(_ finding: FlightFinding, to json: inout JSONText) {
    if finding.outline.isEmpty {
      guard let position = finding.position else { return json.null() }
      json.beginObject()
      json.member("type", .text("Point"))
      json.key("coordinates")
      append(position, to: &json)
      return json.endObject()
    }
    json.beginObject()
    json.member("type", .text("MultiPolygon"))
    json.key("coordinates")
    json.beginArray()
    for ring in AntimeridianRings.cut(finding.outline) {
      json.beginArray()
      json.beginArray()
      for corner in ring { append(corner, to: &json) }
      json.endArray()
      json.endArray()
    }
    json.endArray()
    json.endObject()
  }

  private static func append(_ place: Coordinate, to json: inout JSONText) {
    json.beginArray()
    json.value(.degrees(place.longitude))
    json.value(.degrees(place.latitude))
    json.endArray()
  }
}
