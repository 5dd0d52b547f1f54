/// Degrees, WGS 84, edges inclusive. `west > east` crosses the antimeridian (RFC 7946 §5.2).
public struct BoundingBox: Hashable, Sendable {
  public var west: Double
  public var south: Double
  public var east: Double
  public var north: Double

  public init(west: Double, south: Double, east: Double, north: Double) {
    self.west = west
    self.south = south
    self.east = east
    self.north = north
  }

  public var crossesAntimeridian: Bool { west > east }

  /// Inclusive; the meridians 180 and −180 are the same line. At a pole the longitude is still
  /// compared.
  public func contains(_ c: Coordinate) -> Bool {
    guard c.latitude >= south, c.latitude <= north else { return false }
    if containsLongitude(c.longitude) { return true }
    return abs(c.longitude) == 180 && containsLongitude(-c.longitude)
  }

  private func containsLongitude(_ longitude: Double) -> Bool {
    crossesAntimeridian
      ? longitude >= west || longitude <= east : longitude >= west && longitude <= east
  }

  /// The box as one or two boxes with west ≤ east, each extended so that 180 and −180 count as one meridian:
  /// a box that touches +180 gets a companion line at −180 and the other way round.
  public var parts: [BoundingBox] {
    var out =
      crossesAntimeridian
      ? [
        BoundingBox(west: west, south: south, east: 180, north: north),
        BoundingBox(west: -180, south: south, east: east, north: north),
      ] : [self]
    let touchesEast = out.contains { $0.east >= 180 }
    let touchesWest = out.contains { $0.west <= -180 }
    if touchesEast && !touchesWest {
      out.append(BoundingBox(west: -180, south: south, east: -180, north: north))
    }
    if touchesWest && !touchesEast {
      out.append(BoundingBox(west: 180, south: south, east: 180, north: north))
    }
    return out
  }
}

extension BoundingBox {
  /// Of one point.
  package init(_ c: Coordinate) {
    self.init(west: c.longitude, south: c.latitude, east: c.longitude, north: c.latitude)
  }

  package func union(_ c: Coordinate) -> BoundingBox { union(BoundingBox(c)) }

  /// Of two boxes with west ≤ east.
  package func union(_ other: BoundingBox) -> BoundingBox {
    BoundingBox(
      west: min(west, other.west), south: min(south, other.south), east: max(east, other.east),
      north: max(north, other.north))
  }

  /// Of two boxes with west ≤ east; nil when they are apart.
  package func intersection(_ other: BoundingBox) -> BoundingBox? {
    let box = BoundingBox(
      west: max(west, other.west), south: max(south, other.south), east: min(east, other.east),
      north: min(north, other.north))
    return box.west <= box.east && box.south <= box.north ? box : nil
  }

  /// The point is on the boundary, or outside.
  package func hasOnEdge(_ c: Coordinate) -> Bool {
    if c.latitude <= south || c.latitude >= north { return true }
    return crossesAntimeridian
      ? c.longitude <= west && c.longitude >= east : c.longitude <= west || c.longitude >= east
  }
}
