/// The narrowest box around positions. It crosses 180° where that is narrower than the way around through 0°.
///
/// Only the outermost longitudes of both hemispheres count: where a box across 180° is narrower than 180°, its western edge is
/// in the eastern hemisphere, and its eastern edge in the western one.
package struct Extent: Sendable, Equatable {
  private var south = Double.infinity
  private var north = -Double.infinity
  /// Longitudes below 0, and from 0 on; nil without one.
  private var western: ClosedRange<Double>?
  private var eastern: ClosedRange<Double>?

  package init() {}

  /// - Parameters:
  ///   - western, eastern: the outermost longitudes of each hemisphere.
  package init(
    south: Double, north: Double, western: ClosedRange<Double>?, eastern: ClosedRange<Double>?
  ) {
    self.south = south
    self.north = north
    self.western = western
    self.eastern = eastern
  }

  package mutating func add(_ position: Coordinate) { add(BoundingBox(position)) }

  /// All longitudes of the box.
  package mutating func add(_ box: BoundingBox) {
    south = min(south, box.south)
    north = max(north, box.north)
    for piece in box.pieces {
      if piece.west < 0 { Self.widen(&western, piece.west, min(piece.east, 0)) }
      if piece.east >= 0 { Self.widen(&eastern, max(piece.west, 0), piece.east) }
    }
  }

  private static func widen(_ range: inout ClosedRange<Double>?, _ low: Double, _ high: Double) {
    let wide = min(range?.lowerBound ?? low, low)...max(range?.upperBound ?? high, high)
    range = wide
  }

  /// nil without positions.
  package var box: BoundingBox? {
    guard let one = western ?? eastern else { return nil }
    var (west, east) = (one.lowerBound, one.upperBound)
    if let western, let eastern {
      let plain = eastern.upperBound - western.lowerBound
      let across = western.upperBound + 360 - eastern.lowerBound
      (west, east) =
        across < plain
        ? (eastern.lowerBound, western.upperBound) : (western.lowerBound, eastern.upperBound)
    }
    return BoundingBox(west: west, south: south, east: east, north: north)
  }
}

extension BoundingBox {
  /// The box as one, or across 180° as two boxes with west ≤ east. Unlike ``parts``, 180 and −180 stay two lines.
  package var pieces: [BoundingBox] {
    guard crossesAntimeridian else { return [self] }
    return [
      BoundingBox(west: west, south: south, east: 180, north: north),
      BoundingBox(west: -180, south: south, east: east, north: north),
    ]
  }

  /// West ≤ east: from −180 to 180 for a box that crosses 180°, which has no narrower one.
  package var hull: BoundingBox {
    crossesAntimeridian
      ? BoundingBox(west: -180, south: south, east: 180, north: north) : self
  }

  /// Degrees eastward from west to east.
  package var width: Double { crossesAntimeridian ? east - west + 360 : east - west }

  /// The box as closed rings, counter-clockwise (RFC 7946 §3.1.6): one, or two where it crosses 180° (§3.1.9). A polygon without
  /// area is not valid (OGC 06-103r4 §6.1.11), so a box of one place or of one line is drawn ``margin`` wider on each side.
  package var rings: [[Coordinate]] {
    pieces.map { piece in
      let (west, east) = Self.widened(piece.west, piece.east, limit: 180)
      let (south, north) = Self.widened(piece.south, piece.north, limit: 90)
      return [(west, south), (east, south), (east, north), (west, north), (west, south)].map {
        Coordinate(latitude: $0.1, longitude: $0.0)
      }
    }
  }

  /// Degrees: one centimetre, and the last of seven decimals.
  private static let margin = 1e-7

  private static func widened(
    _ low: Double, _ high: Double, limit: Double
  ) -> (Double, Double) {
    guard high - low < 2 * margin else { return (low, high) }
    return (max(-limit, low - margin), min(limit, high + margin))
  }
}
