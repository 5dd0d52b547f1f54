import PhotoModel

/// Point in polygon, with the edges of GeoJSON: straight lines in longitude and latitude
/// (RFC 7946 §3.1.1). Polygons that cross the antimeridian come cut in two (§3.1.9).
struct PolygonTest {
  private let polygons: [[Ring]]

  private struct Ring {
    var points: [Coordinate]
    var box: BoundingBox
  }

  init(_ polygons: Polygons) {
    self.polygons = polygons.polygons.map { rings in
      rings.compactMap { points in
        guard let first = points.first else { return nil }
        let box = points.dropFirst().reduce(BoundingBox(first)) { $0.union($1) }
        return Ring(points: points, box: box)
      }
    }.filter { !$0.isEmpty }
  }

  /// Of each polygon's outer ring, with the companion line of the other side where it touches ±180°.
  var boxes: [BoundingBox] { polygons.flatMap { $0.first?.box.parts ?? [] } }

  /// Inside an outer ring and in none of its holes; on any edge is inside. 180° and −180° are one
  /// meridian.
  func contains(_ c: Coordinate) -> Bool {
    if containsExactly(c) { return true }
    return abs(c.longitude) == 180
      && containsExactly(Coordinate(latitude: c.latitude, longitude: -c.longitude))
  }

  private func containsExactly(_ c: Coordinate) -> Bool {
    polygons.contains { rings in
      guard let outer = rings.first else { return false }
      switch Self.place(c, outer) {
      case .outside: return false
      case .edge: return true
      case .inside: return !rings.dropFirst().contains { Self.place(c, $0) == .inside }
      }
    }
  }

  private enum Place { case inside, edge, outside }

  /// Counts the edges that a ray to the east crosses. Rings may be open or closed.
  private static func place(_ c: Coordinate, _ ring: Ring) -> Place {
    guard ring.box.contains(c), var last = ring.points.last else { return .outside }
    let (x, y) = (c.longitude, c.latitude)
    var isInside = false
    for point in ring.points {
      let (x1, y1, x2, y2) = (last.longitude, last.latitude, point.longitude, point.latitude)
      last = point
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
