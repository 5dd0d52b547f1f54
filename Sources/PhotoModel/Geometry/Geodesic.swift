#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Distances on the WGS 84 ellipsoid (a = 6,378,137 m, 1/f = 298.257223563).
package enum Geodesic {
  private static let a = 6_378_137.0
  private static let f = 1 / 298.257223563
  private static let b = a * (1 - f)

  /// Metres along the shortest line on the ellipsoid.
  ///
  /// T. Vincenty, "Direct and inverse solutions of geodesics", Survey Review 23 (1975), good to less than a
  /// millimetre. It does not converge for points that are almost opposite each other on the
  /// globe; their line is cut in two where it is shortest.
  package static func distance(_ p: Coordinate, _ q: Coordinate) -> Double {
    vincenty(p, q) ?? throughBelt(p, q)
  }

  private static func vincenty(_ p: Coordinate, _ q: Coordinate) -> Double? {
    let u1 = atan((1 - f) * tan(radians(p.latitude)))
    let u2 = atan((1 - f) * tan(radians(q.latitude)))
    let (sinU1, cosU1, sinU2, cosU2) = (sin(u1), cos(u1), sin(u2), cos(u2))
    let difference = radians(remainder(q.longitude - p.longitude, 360))
    var lambda = difference
    for _ in 0..<100 {
      let (sinL, cosL) = (sin(lambda), cos(lambda))
      let east = cosU2 * sinL
      let north = cosU1 * sinU2 - sinU1 * cosU2 * cosL
      let sinSigma = hypot(east, north)
      if sinSigma == 0 && cosL > 0 { return 0 }
      let cosSigma = sinU1 * sinU2 + cosU1 * cosU2 * cosL
      let sigma = atan2(sinSigma, cosSigma)
      let sinAlpha = sinSigma == 0 ? 0 : cosU1 * cosU2 * sinL / sinSigma
      let cos2Alpha = 1 - sinAlpha * sinAlpha
      // On the equator the midpoint term has no meaning and no weight.
      let cos2M = cos2Alpha < 1e-15 ? 0 : cosSigma - 2 * sinU1 * sinU2 / cos2Alpha
      let c = f / 16 * cos2Alpha * (4 + f * (4 - 3 * cos2Alpha))
      let next =
        difference + (1 - c) * f * sinAlpha
        * (sigma + c * sinSigma * (cos2M + c * cosSigma * (2 * cos2M * cos2M - 1)))
      if abs(next) > .pi { return nil }
      if abs(next - lambda) < 1e-12 {
        let k = cos2Alpha * (a * a - b * b) / (b * b)
        let big = 1 + k / 16384 * (4096 + k * (-768 + k * (320 - 175 * k)))
        let small = k / 1024 * (256 + k * (-128 + k * (74 - 47 * k)))
        let inner =
          cosSigma * (2 * cos2M * cos2M - 1) - small / 6 * cos2M
          * (4 * sinSigma * sinSigma - 3) * (4 * cos2M * cos2M - 3)
        let correction = small * sinSigma * (cos2M + small / 4 * inner)
        return b * big * (sigma - correction)
      }
      lambda = next
    }
    return nil
  }

  /// The shortest way from `p` to `q` over a point that lies a quarter of the globe from `p`. Each
  /// line between almost opposite points crosses that belt, and both halves converge.
  private static func throughBelt(_ p: Coordinate, _ q: Coordinate) -> Double {
    func length(_ bearing: Double) -> Double {
      let middle = quarterAway(p, bearing)
      return (vincenty(p, middle) ?? .infinity) + (vincenty(middle, q) ?? .infinity)
    }
    let steps = 72
    let width = 2 * Double.pi / Double(steps)
    var best = 0.0
    var shortest = Double.infinity
    for step in 0..<steps {
      let candidate = length(Double(step) * width)
      if candidate < shortest { (shortest, best) = (candidate, Double(step) * width) }
    }
    // Ternary search around the best of them; the length is smooth and convex there.
    var (low, high) = (best - width, best + width)
    for _ in 0..<60 {
      let third = (high - low) / 3
      if length(low + third) < length(high - third) { high -= third } else { low += third }
    }
    return min(shortest, length((low + high) / 2))
  }

  /// The point 90° from `p` on the sphere, in the direction `bearing` (radians from north).
  private static func quarterAway(_ p: Coordinate, _ bearing: Double) -> Coordinate {
    let latitude = radians(p.latitude)
    let sine = cos(latitude) * cos(bearing)
    let turn = atan2(sin(bearing) * cos(latitude), -sin(latitude) * sine)
    return Coordinate(
      latitude: asin(max(-1, min(1, sine))) * 180 / .pi,
      longitude: remainder(p.longitude + turn * 180 / .pi, 360))
  }

  /// Boxes that together hold every point within `radius` metres of `center`, and some more.
  package static func boxes(around center: Coordinate, radius: Double) -> [BoundingBox] {
    // The smallest radius of curvature of the ellipsoid is b²/a = 6,335,439 m: no angle at the
    // centre is larger than radius / 6,335,439, and a little is added for rounding.
    let angle = radius / 6_335_439 * 1.000_001 + 1e-9
    let south = center.latitude - angle * 180 / .pi
    let north = center.latitude + angle * 180 / .pi
    if south <= -90 || north >= 90 || angle >= .pi / 2 {
      // A pole is inside: all longitudes.
      return [BoundingBox(west: -180, south: max(south, -90), east: 180, north: min(north, 90))]
    }
    // The geodetic latitude stands up to 0.2° off the one of the sphere; the wider cap covers it.
    let latitude = min(abs(radians(center.latitude)) + radians(0.2), .pi / 2)
    let sine = sin(angle) / cos(latitude)
    guard sine < 1, sine >= 0, latitude + angle < .pi / 2 else {
      return [BoundingBox(west: -180, south: south, east: 180, north: north)]
    }
    let reach = asin(sine) * 180 / .pi * 1.01 + 1e-9
    let (west, east) = (center.longitude - reach, center.longitude + reach)
    if east - west >= 360 {
      return [BoundingBox(west: -180, south: south, east: 180, north: north)]
    }
    return BoundingBox(
      west: west < -180 ? west + 360 : west, south: south,
      east: east > 180 ? east - 360 : east, north: north
    ).parts
  }

  private static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
}
