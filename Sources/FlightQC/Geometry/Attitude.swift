#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Angles of a camera, degrees, and what they mean.
public struct Attitude: Equatable, Sendable {
  public enum Convention: Sendable {
    /// DJI, Skydio: north-east-down, order Z-Y-X; pitch 0 is the horizon, −90 straight down
    /// (DJI Mavic 3E/3T manual, p. 83).
    case northEastDown
    /// Pix4D's `Camera:`: angles of a body whose z axis is the optical axis; pitch 0 is straight
    /// down, 90 forward (Pix4D, article 202558969).
    case opticalBody
  }

  public var yaw: Double
  public var pitch: Double
  public var roll: Double
  public var convention = Convention.northEastDown

  public init(
    yaw: Double, pitch: Double, roll: Double, convention: Convention = .northEastDown
  ) {
    self.yaw = yaw
    self.pitch = pitch
    self.roll = roll
    self.convention = convention
  }
}

/// A vector of north, east and down.
public typealias NED = SIMD3<Double>

/// The directions of a camera's picture: unit vectors of north, east and down.
public struct CameraAxes: Equatable, Sendable {
  /// The optical axis.
  public var forward: NED
  /// To the right in the picture.
  public var right: NED
  /// Downwards in the picture.
  public var down: NED

  public init(_ attitude: Attitude) {
    let (sinYaw, cosYaw) = Angle.sineAndCosine(attitude.yaw)
    let (sinPitch, cosPitch) = Angle.sineAndCosine(attitude.pitch)
    let (sinRoll, cosRoll) = Angle.sineAndCosine(attitude.roll)
    // Columns of Rz(yaw) Ry(pitch) Rx(roll).
    let x = NED(cosYaw * cosPitch, sinYaw * cosPitch, -sinPitch)
    let y = NED(
      cosYaw * sinPitch * sinRoll - sinYaw * cosRoll,
      sinYaw * sinPitch * sinRoll + cosYaw * cosRoll, cosPitch * sinRoll)
    let z = NED(
      cosYaw * sinPitch * cosRoll + sinYaw * sinRoll,
      sinYaw * sinPitch * cosRoll - cosYaw * sinRoll, cosPitch * cosRoll)
    switch attitude.convention {
    case .northEastDown: (forward, right, down) = (x, y, z)
    case .opticalBody: (forward, right, down) = (z, y, -x)
    }
  }

  /// Degrees above the horizon, −90…90; negative looks down.
  public var elevation: Double { asin(max(-1, min(1, -forward.z))) * 180 / .pi }
}

enum Angle {
  /// Of degrees; exact at multiples of 90.
  static func sineAndCosine(_ degrees: Double) -> (Double, Double) {
    let turn = remainder(degrees, 360)
    switch turn {
    case 0: return (0, 1)
    case 90: return (1, 0)
    case -90: return (-1, 0)
    case 180, -180: return (0, -1)
    default: return (sin(turn * .pi / 180), cos(turn * .pi / 180))
    }
  }

  static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }

  /// −180…180.
  static func difference(_ a: Double, _ b: Double) -> Double { remainder(a - b, 360) }
}
