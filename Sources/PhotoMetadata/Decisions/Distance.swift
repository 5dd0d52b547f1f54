internal import PhotoModel

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

extension Coordinate {
  /// Metres along the great circle on the sphere of mean radius 6,371,008.8 m; within 0.6 % of
  /// the ellipsoid, 0.1 % over the distances that decide here.
  func distance(to other: Coordinate) -> Double {
    let radians = Double.pi / 180
    let dLat = (other.latitude - latitude) * radians
    let dLon = (other.longitude - longitude) * radians
    let a =
      sin(dLat / 2) * sin(dLat / 2)
      + cos(latitude * radians) * cos(other.latitude * radians) * sin(dLon / 2) * sin(dLon / 2)
    return 2 * 6_371_008.8 * asin(min(1, a.squareRoot()))
  }
}
