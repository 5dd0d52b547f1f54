#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
public import PhotoModel

/// The plane that touches the WGS 84 ellipsoid at a point: positions to metres and back.
///
/// Positions are projected along the vertical of that point, through geocentric coordinates, so that
/// it holds at any latitude and across the antimeridian. A length of 1 km is 4 µm too short, of 50 km 0.5 m.
public struct LocalPlane: Sendable {
  public let origin: Coordinate
  private let (sinLat, cosLat, sinLon, cosLon): (Double, Double, Double, Double)
  private let centre: SIMD3<Double>

  private static let a = 6_378_137.0
  private static let f = 1 / 298.257223563
  private static let e2 = f * (2 - f)

  public init(origin: Coordinate) {
    self.origin = origin
    (sinLat, cosLat) = Angle.sineAndCosine(origin.latitude)
    (sinLon, cosLon) = Angle.sineAndCosine(origin.longitude)
    centre = Self.geocentric(origin)
  }

  /// Metres to the east and to the north of the origin.
  public func ground(_ c: Coordinate) -> Ground {
    let d = Self.geocentric(c) - centre
    let outward = cosLon * d.x + sinLon * d.y
    return Ground(-sinLon * d.x + cosLon * d.y, -sinLat * outward + cosLat * d.z)
  }

  /// Degrees by which north at `c` is turned counter-clockwise from the plane's north.
  public func convergence(_ c: Coordinate) -> Double {
    remainder(c.longitude - origin.longitude, 360) * sin(Angle.radians(c.latitude))
  }

  /// The position of a point of the plane, on the ellipsoid.
  public func coordinate(_ p: Ground) -> Coordinate {
    // The ellipsoid lies below the plane: two steps, since the first correction moves the point by micrometres.
    var up = -(p.x * p.x + p.y * p.y) / (2 * Self.a)
    var out = Self.geodetic(point(p, up))
    for _ in 0..<2 {
      up -= out.height
      out = Self.geodetic(point(p, up))
    }
    return out.place
  }

  private func point(_ p: Ground, _ up: Double) -> SIMD3<Double> {
    let outward = cosLat * up - sinLat * p.y
    return centre
      + SIMD3(
        cosLon * outward - sinLon * p.x, sinLon * outward + cosLon * p.x,
        sinLat * up + cosLat * p.y)
  }

  private static func geocentric(_ c: Coordinate) -> SIMD3<Double> {
    let (sinLat, cosLat) = Angle.sineAndCosine(c.latitude)
    let (sinLon, cosLon) = Angle.sineAndCosine(c.longitude)
    let n = a / (1 - e2 * sinLat * sinLat).squareRoot()
    return SIMD3(n * cosLat * cosLon, n * cosLat * sinLon, n * (1 - e2) * sinLat)
  }

  /// B. R. Bowring, Survey Review 23 (1976); good to a nanometre near the ellipsoid.
  private static func geodetic(_ p: SIMD3<Double>) -> (place: Coordinate, height: Double) {
    let b = a * (1 - f)
    let distance = hypot(p.x, p.y)
    let theta = atan2(p.z * a, distance * b)
    let (sinT, cosT) = (sin(theta), cos(theta))
    let latitude = atan2(
      p.z + e2 / (1 - e2) * b * sinT * sinT * sinT, distance - e2 * a * cosT * cosT * cosT)
    let (sinLat, cosLat) = (sin(latitude), cos(latitude))
    let n = a / (1 - e2 * sinLat * sinLat).squareRoot()
    let height =
      cosLat > 0.1 ? distance / cosLat - n : p.z / sinLat - n * (1 - e2)
    return (
      Coordinate(latitude: latitude * 180 / .pi, longitude: atan2(p.y, p.x) * 180 / .pi), height
    )
  }
}
