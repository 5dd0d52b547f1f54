/// Point in polygon, with the edges of GeoJSON: straight lines in longitude and latitude
/// (RFC 7946 §3.1.1). Polygons that cross the antimeridian come cut in two (§3.1.9).
///
/// Edges, holes and polygons are found by latitude: against a coastline of a million corners, a point is compared
/// with some dozen edges.
package struct PolygonTest: Sendable {
  private let polygons: [Polygon]
  private let bands: Bands

  private struct Polygon: Sendable {
    var outer: Ring
    var holes: [Ring]
    var bands: Bands
  }

  private struct Ring: Sendable {
    var points: [Coordinate]
    var box: BoundingBox
    /// Of the edges; each has the number of its end.
    var bands: Bands

    /// Nil for a ring without points.
    init?(_ points: [Coordinate]) {
      guard let first = points.first, var last = points.last else { return nil }
      self.points = points
      box = points.dropFirst().reduce(BoundingBox(first)) { $0.union($1) }
      bands = Bands(
        points.map { point in
          defer { last = point }
          return (min(last.latitude, point.latitude), max(last.latitude, point.latitude))
        })
    }
  }

  package init(_ polygons: Polygons) {
    self.polygons = polygons.polygons.compactMap { rings in
      let rings = rings.compactMap(Ring.init)
      guard let outer = rings.first else { return nil }
      let holes = Array(rings.dropFirst())
      return Polygon(
        outer: outer, holes: holes, bands: Bands(holes.map { ($0.box.south, $0.box.north) }))
    }
    bands = Bands(self.polygons.map { ($0.outer.box.south, $0.outer.box.north) })
  }

  /// Of each polygon's outer ring, with the companion line of the other side where it touches ±180°.
  package var boxes: [BoundingBox] { polygons.flatMap { $0.outer.box.parts } }

  /// Inside an outer ring and in none of its holes; on any edge is inside. 180° and −180° are one
  /// meridian.
  package func contains(_ c: Coordinate) -> Bool {
    if containsExactly(c) { return true }
    return abs(c.longitude) == 180
      && containsExactly(Coordinate(latitude: c.latitude, longitude: -c.longitude))
  }

  private func containsExactly(_ c: Coordinate) -> Bool {
    bands.candidates(c.latitude).contains { number in
      let polygon = polygons[Int(number)]
      switch Self.place(c, polygon.outer) {
      case .outside: return false
      case .edge: return true
      case .inside:
        return !polygon.bands.candidates(c.latitude).contains {
          Self.place(c, polygon.holes[Int($0)]) == .inside
        }
      }
    }
  }

  private enum Place { case inside, edge, outside }

  /// Counts the edges that a ray to the east crosses. Rings may be open or closed.
  private static func place(_ c: Coordinate, _ ring: Ring) -> Place {
    guard ring.box.contains(c) else { return .outside }
    let (x, y) = (c.longitude, c.latitude)
    let points = ring.points
    var isInside = false
    for number in ring.bands.candidates(y) {
      let end = Int(number)
      let (first, second) = (points[end == 0 ? points.count - 1 : end - 1], points[end])
      let (x1, y1) = (first.longitude, first.latitude)
      let (x2, y2) = (second.longitude, second.latitude)
      let turn = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
      if turn == 0 && min(x1, x2) <= x && x <= max(x1, x2) && min(y1, y2) <= y && y <= max(y1, y2) {
        return .edge
      }
      // Upper end excluded, so that a corner counts once.
      if (y1 <= y) != (y2 <= y), (turn > 0) == (y2 > y1) { isInside.toggle() }
    }
    return isInside ? .inside : .outside
  }
}
