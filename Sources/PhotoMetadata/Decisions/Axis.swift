/// One coordinate of a position as a source states it, before it is judged with the other one.
enum Axis: Equatable, Sendable {
  case absent
  /// Wrong format, count or size.
  case badType
  /// x/0, or 0/0 in degrees or minutes.
  case undefined
  /// A finite value beyond the limit, or minutes or seconds beyond 60.
  case outOfRange(Double)
  /// Degrees, signed as far as the number itself has a sign; `degraded`: the seconds were 0/0.
  case degrees(Double, degraded: Bool)

  /// Judges 3 rationals (degrees, minutes, seconds) or 1 (decimal degrees).
  ///
  /// - Parameter limit: 90 or 180.
  init(_ value: ExifBlockDecoder.Value<ExifBlockDecoder.Ratios>, limit: Double) {
    guard case .value(let ratios) = value else {
      if case .refused = value { self = .badType } else { self = .absent }
      return
    }
    guard let degrees = ratios.first.value, let minutes = ratios.second.value else {
      self = .undefined
      return
    }
    var seconds = 0.0
    var degraded = false
    if let value = ratios.third.value {
      seconds = value
    } else if ratios.third.numerator == 0 {
      degraded = true
    } else {
      self = .undefined
      return
    }
    let negative = degrees < 0 || minutes < 0 || seconds < 0
    let size = abs(degrees) + abs(minutes) / 60 + abs(seconds) / 3600
    let signed = negative ? -size : size
    // Exactly 60 s is a rounding of the camera and carries by itself.
    let fits = abs(minutes) < 60 && abs(seconds) <= 60 && size <= limit
    self = fits ? .degrees(signed, degraded: degraded) : .outOfRange(signed)
  }

  /// The value whether or not it is in range; nil when there is no number.
  var number: Double? {
    switch self {
    case .degrees(let v, _), .outOfRange(let v): v
    case .absent, .badType, .undefined: nil
    }
  }

  /// The same value with its sign given by `change`.
  func mapped(_ change: (Double) -> Double) -> Axis {
    switch self {
    case .degrees(let v, let degraded): .degrees(change(v), degraded: degraded)
    case .outOfRange(let v): .outOfRange(change(v))
    case .absent, .badType, .undefined: self
    }
  }
}

/// The hemisphere letters of a coordinate.
enum Hemisphere: Sendable {
  case positive, negative

  /// First letter, case-blind; nil for an empty, NUL or other reference.
  init?(_ text: [UInt8]?, isLatitude: Bool) {
    guard let first = text?.first(where: { $0 != 0x20 }) else { return nil }
    switch (first & 0xDF, isLatitude) {
    case (UInt8(ascii: "N"), true), (UInt8(ascii: "E"), false): self = .positive
    case (UInt8(ascii: "S"), true), (UInt8(ascii: "W"), false): self = .negative
    default: return nil
    }
  }
}
