/// Chooses the camera's attitude: the gimbal's angles, else those of the `Camera:` vocabulary.
struct AttitudeDecision {
  /// Yaw from true north, pitch 0 = horizon and −90 = straight down, roll; degrees.
  private(set) var yaw: Double?
  private(set) var pitch: Double?
  private(set) var roll: Double?
  /// The angles as written, where they follow ``AttitudeConvention/body``.
  private(set) var raw: Angles?

  /// - Parameter make: of the camera.
  init(_ xmp: XmpValues, make: String?) {
    let gimbal = Angles(xmp, .gimbalYaw, .gimbalPitch, .gimbalRoll)
    if !gimbal.isNone(xmp) {
      take(gimbal)
      return
    }
    let body = Angles(xmp, .nadirYaw, .nadirPitch, .nadirRoll)
    guard !body.isNone(xmp) else { return }
    if Self.countsFromHorizon(body.pitch, make, xmp[.about]) {
      take(body)
    } else {
      raw = body
      take(ofBody: body)
    }
  }

  struct Angles {
    var yaw: Double?
    var pitch: Double?
    var roll: Double?

    init(_ xmp: XmpValues, _ yaw: XmpKey, _ pitch: XmpKey, _ roll: XmpKey) {
      self.yaw = AttitudeDecision.angle(xmp, yaw)
      self.pitch = AttitudeDecision.angle(xmp, pitch)
      self.roll = AttitudeDecision.angle(xmp, roll)
    }

    /// Zeros alone are what a camera without a gimbal writes, unless another value of a drone stands by.
    func isNone(_ xmp: XmpValues) -> Bool {
      let stated = [yaw, pitch, roll].compactMap { $0 }
      return stated.allSatisfy { $0 == 0 } && (stated.isEmpty || !xmp.hasDroneValue)
    }
  }

  /// Degrees between −360 and 360; anything else is a sentinel.
  static func angle(_ xmp: XmpValues, _ key: XmpKey) -> Double? {
    xmp.number(key).flatMap { abs($0) <= 360 ? $0 : nil }
  }

  /// Whether a `Camera:Pitch` is 0 at the horizon, and not straight down as Pix4D defines it.
  ///
  /// Autel's XL715 (make `Camera`) does so, and so does any camera that would else look far behind
  /// itself: no aircraft pitches 30° forward to take a photo, no gimbal turns 10° past straight down.
  private static func countsFromHorizon(_ pitch: Double?, _ make: String?, _ about: String?) -> Bool
  {
    if make == "Camera" { return true }
    guard let pitch else { return false }
    let isAutel = [make, about].contains { $0?.lowercased().hasPrefix("autel") == true }
    return pitch <= (isAutel ? -10 : -30)
  }

  private mutating func take(_ angles: Angles) {
    yaw = angles.yaw
    pitch = angles.pitch.flatMap { abs($0) <= 180 ? $0 : nil }
    roll = angles.roll
  }

  /// Angles of a body whose third axis looks through the lens: pitch 0 is straight down, 90 the horizon
  /// (Pix4D, "Yaw, Pitch, Roll and Omega, Phi, Kappa angles"). Exact without a roll; ``raw`` is exact always.
  private mutating func take(ofBody angles: Angles) {
    take(angles)
    guard let body = angles.pitch else { return }
    let down = body - 90
    if (-90...90).contains(down) {
      pitch = down
    } else if down < -90, down >= -180 {
      // Past straight down: the same direction from the other side.
      pitch = -180 - down
      yaw = yaw.map { $0 + 180 }
      roll = roll.map { $0 > 0 ? $0 - 180 : $0 + 180 }
    } else {
      pitch = nil
    }
  }
}

extension XmpValues {
  /// Says of itself that a drone took the photo.
  var hasDroneValue: Bool {
    let keys: [XmpKey] = [
      .relativeAltitude, .absoluteAltitude, .aboveGroundAltitude, .gpsLatitude, .latitude,
      .flightYaw, .rtkFlag, .gpsStatus, .altitudeType,
    ]
    return keys.contains { self[$0] != nil }
  }
}
