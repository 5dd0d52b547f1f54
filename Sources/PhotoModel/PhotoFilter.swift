/// Degrees, WGS 84, edges inclusive. `west > east` crosses the antimeridian (RFC 7946 §5.2).
package struct BoundingBox: Hashable, Sendable {
  package var west: Double
  package var south: Double
  package var east: Double
  package var north: Double

  package init(west: Double, south: Double, east: Double, north: Double) {
    self.west = west
    self.south = south
    self.east = east
    self.north = north
  }

  package var crossesAntimeridian: Bool { west > east }

  /// Inclusive; the meridians 180 and −180 are the same line, and a pole belongs to every
  /// longitude only as far as the box's own longitudes say.
  package func contains(_ c: Coordinate) -> Bool {
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
  package var parts: [BoundingBox] {
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

/// Everything a query can ask for; all set parts must hold (AND).
package struct PhotoFilter: Sendable, Equatable {
  package var box: BoundingBox?
  package var near: Near?
  package var polygon: Polygons?
  package var site: String?
  /// `*` and `?` inside a folder name, `**` across `/`; bytes of the ``PathBytes/text`` form.
  package var folderGlob: String?
  /// Milliseconds since 1970 UTC; `takenSince ≤ taken < takenUntil`. A photo whose UTC is unknown is compared by its
  /// local time as if it were UTC.
  package var takenSince: Int64?
  package var takenUntil: Int64?
  /// Metres, inclusive.
  package var altitude: ClosedRange<Double>?
  /// Exactly this quality; `none` also finds photos that state none.
  package var fix: FixQuality?
  package var flags: PhotoFlags = []
  package var limit: Int?
  package var which: Which = .located

  package init() {}

  package enum Which: Sendable, Equatable {
    case located
    /// Without a position or failed.
    case missing
    case all
  }

  /// Within `radius` metres (geodesic on the WGS 84 ellipsoid) of `center`.
  package struct Near: Sendable, Equatable {
    package var center: Coordinate
    package var radius: Double
    package init(center: Coordinate, radius: Double) {
      self.center = center
      self.radius = radius
    }
  }
}

/// GeoJSON (Multi)Polygons: each a list of rings, the first the outer one, the others holes.
/// A point on an edge is inside.
package struct Polygons: Sendable, Equatable {
  package var polygons: [[[Coordinate]]]
  package init(_ polygons: [[[Coordinate]]]) { self.polygons = polygons }
}
