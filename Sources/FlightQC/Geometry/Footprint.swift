#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Metres to the east and to the north.
public typealias Ground = SIMD2<Double>

/// What a photo shows of flat ground.
public struct Footprint: Equatable, Sendable {
  /// Top left, top right, bottom right, bottom left of the picture, metres from the point below the
  /// camera. Clamped pictures have three to six corners. Always convex.
  public var corners: [Ground]
  /// A part of the picture shows ground near the horizon, or the sky, and was cut off.
  public var isClamped: Bool
  /// Where the optical axis meets the ground.
  public var centre: Ground
  /// Metres of ground per pixel at the centre: the geometric mean of both directions, h / (f c^1.5)
  /// with c the sine of the angle below the horizon.
  public var groundSampling: Double

  /// Rays flatter than this meet the ground further away than about eight times the height. The
  /// picture is cut there: the sine of 7.1° in picture coordinates of the axis.
  public static let flattest = 0.124

  /// - Parameter height: metres above the ground, more than 0.
  /// - Returns: nil for a camera that looks at the horizon or above.
  public init?(_ axes: CameraAxes, _ lens: Lens, height: Double) {
    let (f, r, d) = (axes.forward, axes.right, axes.down)
    guard height > 0, height.isFinite, f.z > Self.flattest else { return nil }
    let (u, v) = (lens.halfWidth, lens.halfHeight)
    let picture = [Ground(-u, -v), Ground(u, -v), Ground(u, v), Ground(-u, v)]
    func slope(_ p: Ground) -> Double { f.z + r.z * p.x + d.z * p.y - Self.flattest }
    func ground(_ p: Ground) -> Ground {
      let ray = f + r * p.x + d * p.y
      return Ground(ray.y, ray.x) * (height / ray.z)
    }
    var seen: [Ground] = []
    seen.reserveCapacity(6)
    isClamped = false
    for index in picture.indices {
      let (a, b) = (picture[index], picture[(index + 1) % 4])
      let (sa, sb) = (slope(a), slope(b))
      if sa >= 0 { seen.append(a) } else { isClamped = true }
      if (sa >= 0) != (sb >= 0) { seen.append(a + (b - a) * (sa / (sa - sb))) }
    }
    guard seen.count >= 3 else { return nil }
    corners = seen.map(ground)
    centre = ground(.zero)
    groundSampling = height / (lens.focalPixels * pow(f.z, 1.5))
  }
}
