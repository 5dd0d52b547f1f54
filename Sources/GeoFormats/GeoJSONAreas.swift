package import PhotoModel

/// Why a text is no GeoJSON with areas.
package struct GeoJSONFault: Error, Equatable {
  package var message: String
  /// What to try instead; nil: a GeoJSON text with an area.
  package var advice: String?
}

extension Polygons {
  /// The areas of a GeoJSON text (RFC 7946 §3.1.6): Polygon and MultiPolygon, wherever they stand in features and
  /// collections. Other geometries are skipped.
  ///
  /// - Parameter name: what errors call the text.
  package init(geoJSON bytes: [UInt8], named name: String) throws(GeoJSONFault) {
    let root: JSONValue
    do throws(JSONFault) {
      root = try JSONValue(parsing: bytes)
    } catch {
      throw GeoJSONFault(
        message: "\(name) is not JSON: \(error.reason) at byte \(error.offset)")
    }
    var areas = GeoJSONAreas(name: name)
    try areas.collect(root)
    guard !areas.found.isEmpty else {
      throw GeoJSONFault(
        message: "\(name) holds no polygon", advice: "a GeoJSON Polygon or MultiPolygon")
    }
    self.init(areas.found)
  }
}

private struct GeoJSONAreas {
  let name: String
  var found: [[[Coordinate]]] = []

  mutating func collect(_ value: JSONValue) throws(GeoJSONFault) {
    switch value["type"]?.string {
    case "FeatureCollection":
      for feature in value["features"]?.array ?? [] { try collect(feature) }
    case "Feature":
      if let geometry = value["geometry"] { try collect(geometry) }
    case "GeometryCollection":
      for geometry in value["geometries"]?.array ?? [] { try collect(geometry) }
    case "Polygon": found.append(try polygon(value["coordinates"]))
    case "MultiPolygon":
      for polygon in value["coordinates"]?.array ?? [] { found.append(try self.polygon(polygon)) }
    default: break
    }
  }

  private func polygon(_ value: JSONValue?) throws(GeoJSONFault) -> [[Coordinate]] {
    guard let rings = value?.array, !rings.isEmpty else {
      throw fault("a polygon without a ring")
    }
    return try rings.map { ring throws(GeoJSONFault) in
      var corners = try (ring.array ?? []).map(position)
      // Closed by the letter of RFC 7946 §3.1.6; drawing tools forget it.
      if let first = corners.first, corners.last != first { corners.append(first) }
      guard corners.count >= 4 else { throw fault("a ring of fewer than three corners") }
      return corners
    }
  }

  private func position(_ value: JSONValue) throws(GeoJSONFault) -> Coordinate {
    guard let numbers = value.array, numbers.count >= 2, let longitude = numbers[0].number,
      let latitude = numbers[1].number
    else { throw fault("a position that is not [longitude, latitude]") }
    let position = Coordinate(latitude: latitude, longitude: longitude)
    guard position.isValid else {
      let isSwapped = Coordinate(latitude: longitude, longitude: latitude).isValid
      throw GeoJSONFault(
        message:
          "\(name): [\(longitude), \(latitude)] is outside longitude -180…180, latitude -90…90",
        advice: isSwapped
          ? "longitude first: the numbers look swapped" : "GeoJSON in WGS 84 degrees (EPSG:4326)")
    }
    return position
  }

  private func fault(_ what: String) -> GeoJSONFault { GeoJSONFault(message: "\(name): \(what)") }
}
