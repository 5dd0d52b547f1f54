import FlightQC
import GeoFormats
import PhotoIndex
import PhotoModel

/// Writes what photos show of the ground as GeoJSON (RFC 7946), one feature per photo with a footprint.
final class FootprintWriter {
  private let sink: ByteSink
  private var pending: [UInt8] = []
  private var isFirst = true

  init(_ sink: @escaping ByteSink) { self.sink = sink }

  func begin() throws { pending += Array("{\"type\":\"FeatureCollection\",\"features\":[".utf8) }

  func write(_ flight: ExaminedFlight) throws {
    for (place, photo) in flight.photos.enumerated() {
      guard let print = flight.footprint(place) else { continue }
      var json = JSONText()
      json.beginObject()
      json.member("type", .text("Feature"))
      json.member("id", .integer(photo.id))
      json.key("geometry")
      json.polygon(print.ring)
      json.key("properties")
      json.beginObject()
      json.member("site", .text(photo.site))
      json.member("path", .text(photo.path))
      json.member("flight", .text(flight.flight.name))
      json.member("clamped", .flag(print.isClamped))
      json.member("gsd_m", .real(print.groundSampling))
      json.member("height_m", .real(flight.heights[place]))
      json.member("forward_percent", .real(flight.forward[place]))
      json.member("side_percent", .real(flight.side[place]))
      json.endObject()
      json.endObject()
      pending += Array((isFirst ? "\n" : ",\n").utf8)
      pending += json.bytes
      isFirst = false
      if pending.count >= 1 << 16 { try flush() }
    }
  }

  func end() throws {
    pending += Array("\n]}\n".utf8)
    try flush()
  }

  private func flush() throws {
    try pending.withUnsafeBytes(sink)
    pending.removeAll(keepingCapacity: true)
  }
}

extension ExaminedFlight {
  /// As features of a GeoPackage.
  func addFootprints(to layers: ReportLayers) throws {
    for (place, photo) in photos.enumerated() {
      guard let print = footprint(place) else { continue }
      var feature = FootprintFeature(rings: AntimeridianRings.cut(print.ring))
      (feature.site, feature.path, feature.flight) = (photo.site, photo.path, flight.name)
      feature.isClamped = print.isClamped
      (feature.groundSampling, feature.height) = (print.groundSampling, heights[place])
      (feature.forward, feature.side) = (forward[place], side[place])
      try layers.add(feature)
    }
  }
}

extension FindingFeature {
  init(_ finding: FlightFinding) {
    self.init()
    position = finding.position
    if !finding.outline.isEmpty { rings = AntimeridianRings.cut(finding.outline) }
    (severity, rule) = (finding.severity.rawValue, finding.rule.rawValue)
    (site, flight, folder) = (finding.site, finding.flight, finding.folder)
    (photo, photos) = (finding.photos.first?.path, finding.photoCount)
    (value, limit, unit) = (finding.value, finding.limit, finding.unit)
    text = finding.text
  }
}
