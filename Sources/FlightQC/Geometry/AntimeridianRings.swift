public import PhotoModel

/// Rings across the meridian of 180°.
public enum AntimeridianRings {
  /// A closed ring as one, or cut in two (RFC 7946 §3.1.9).
  public static func cut(_ ring: [Coordinate]) -> [[Coordinate]] {
    let isAcross = zip(ring, ring.dropFirst()).contains { abs($0.longitude - $1.longitude) > 180 }
    guard isAcross else { return [ring] }
    let open = ring.dropLast().map { corner in
      Ground(corner.longitude < 0 ? corner.longitude + 360 : corner.longitude, corner.latitude)
    }
    return [1.0, -1.0].compactMap { side in
      var kept: [Ground] = []
      guard var last = open.last else { return nil }
      for corner in open {
        let (a, b) = ((180 - last.x) * side, (180 - corner.x) * side)
        if (a >= 0) != (b >= 0) { kept.append(last + (corner - last) * (a / (a - b))) }
        if b >= 0 { kept.append(corner) }
        last = corner
      }
      guard kept.count >= 3 else { return nil }
      let part = kept.map {
        Coordinate(latitude: $0.y, longitude: side > 0 ? min($0.x, 180) : max($0.x - 360, -180))
      }
      return part + part.prefix(1)
    }
  }
}
