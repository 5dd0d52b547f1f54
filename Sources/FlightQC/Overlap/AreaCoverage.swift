import PhotoModel

/// What all flights together show of the wanted area.
struct AreaCoverage {
  let plane: LocalPlane
  private let wanted: [[Ground]]
  private let (low, high): (Ground, Ground)
  private var prints: [[Ground]] = []
  private var areas: [Double] = []

  /// Nil for an area without a corner.
  init?(_ area: Polygons) {
    guard let origin = area.polygons.first?.first?.first else { return nil }
    let plane = LocalPlane(origin: origin)
    self.plane = plane
    wanted = area.polygons.flatMap { $0.map { $0.map(plane.ground) } }
    let corners = wanted.joined()
    low = corners.reduce(Ground(repeating: .infinity)) { pointwiseMin($0, $1) }
    high = corners.reduce(Ground(repeating: -.infinity)) { pointwiseMax($0, $1) }
  }

  /// Adds a convex ring; one that lies elsewhere is left out.
  mutating func add(_ ring: [Ground]) {
    let from = ring.reduce(Ground(repeating: .infinity)) { pointwiseMin($0, $1) }
    let to = ring.reduce(Ground(repeating: -.infinity)) { pointwiseMax($0, $1) }
    guard all(from .<= high), all(to .>= low) else { return }
    prints.append(ring)
    areas.append(Ring.area(ring))
  }

  /// Square metres, median; NaN without a footprint.
  var footprintArea: Double { Robust.median(areas) }

  /// - Parameter smallest: part of a footprint.
  /// - Returns: nil when no photo has a footprint there: then nothing is known.
  func coverage(smallest: Double) -> Coverage? {
    guard !prints.isEmpty, footprintArea > 0 else { return nil }
    return Coverage(
      prints, direction: Ground(1, 0), along: footprintArea.squareRoot(),
      smallest: smallest * footprintArea, wanted: wanted)
  }
}
