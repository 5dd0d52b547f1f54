#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
public import PhotoModel

/// The height of the sun by NOAA's solar calculator (J. Meeus, Astronomical Algorithms, chapters 25 and 28).
public enum Sun {
  /// Degrees above the horizon, without refraction.
  /// - Parameter time: milliseconds since 1970-01-01 UTC.
  public static func height(at place: Coordinate, time: Int64) -> Double {
    let days = Double(time) / 86_400_000
    let t = (days + 2_440_587.5 - 2_451_545) / 36_525
    let meanLongitude = 280.46646 + t * (36000.76983 + t * 0.0003032)
    let anomaly = Angle.radians(357.52911 + t * (35999.05029 - 0.0001537 * t))
    let eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    let centre =
      sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
      + sin(2 * anomaly) * (0.019993 - 0.000101 * t) + sin(3 * anomaly) * 0.000289
    let node = Angle.radians(125.04 - 1934.136 * t)
    let longitude = Angle.radians(meanLongitude + centre - 0.00569 - 0.00478 * sin(node))
    let meanObliquity =
      23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60
    let obliquity = Angle.radians(meanObliquity + 0.00256 * cos(node))
    let declination = asin(sin(obliquity) * sin(longitude))
    let y = pow(tan(obliquity / 2), 2)
    let l0 = Angle.radians(meanLongitude)
    // Radians; 4 minutes of time are a degree.
    let equationOfTime =
      y * sin(2 * l0) - 2 * eccentricity * sin(anomaly)
      + 4 * eccentricity * y * sin(anomaly) * cos(2 * l0) - 0.5 * y * y * sin(4 * l0)
      - 1.25 * eccentricity * eccentricity * sin(2 * anomaly)
    let part = days - days.rounded(.down)
    let hourAngle = Angle.radians(part * 360 + place.longitude - 180) + equationOfTime
    let latitude = Angle.radians(place.latitude)
    let sine = sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hourAngle)
    return asin(max(-1, min(1, sine))) * 180 / .pi
  }
}
