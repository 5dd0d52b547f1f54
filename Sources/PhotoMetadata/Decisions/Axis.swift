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

  /// Judges 3 numbers (degrees, minutes, seconds) or 1 (decimal degrees).
  ///
  /// - Parameter limit: 90 or 180.
  init(_ value: ExifBlockDecoder.Value<ExifBlockDecoder.Ratios>, limit: Double) {
    guard case .value(let ratios) = value else {
      if case .refused = value { self = .badType } else { self = .absent }
      return
    }
    guard ratios.first.value != nil, ratios.second.value != nil else {
      self = .undefined
      return
    }
    var seconds = ratios.third
    let degraded = seconds.value == nil
    if degraded {
      guard seconds.numerator == 0 else {
        self = .undefined
        return
      }
      seconds = ExifBlockDecoder.Ratio(numerator: 0, denominator: 1)
    }
    let parts = [ratios.first, ratios.second, seconds]
    let size = ExactDegrees.value(parts[0].exact, parts[1].exact, parts[2].exact)
    let signed = parts.contains { $0.isNegative } ? -size : size
    let minutes = parts[1].exact.value
    // Exactly 60 s is a rounding of the camera and carries by itself.
    let fits = minutes < 60 && seconds.exact.value <= 60 && size <= limit
    self = fits ? .degrees(signed, degraded: degraded) : .outOfRange(signed)
  }

  /// The value whether or not it is in range; nil when there is no number.
  var number: Double? {
    switch self {
    case .degrees(let v, _), .outOfRange(let v): v
    case .absent, .badType, .undefined: nil
    }
  }

  /// Whether two coordinates are of one size: 0.002° of latitude is a little more than the 200 m within
  /// which two sources may differ.
  static func areAlike(_ a: Double, _ b: Double) -> Bool { abs(abs(a) - abs(b)) < 0.002 }

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
  init?(_ first: UInt8?, isLatitude: Bool) {
    guard let first else { return nil }
    switch (first & 0xDF, isLatitude) {
    case (UInt8(ascii: "N"), true), (UInt8(ascii: "E"), false): self = .positive
    case (UInt8(ascii: "S"), true), (UInt8(ascii: "W"), false): self = .negative
    default: return nil
    }
  }
}

extension ExifBlockDecoder.Ratio {
  fileprivate var isNegative: Bool { value.map { $0 < 0 } ?? false }

  /// Without its sign; the denominator must not be 0.
  fileprivate var exact: ExactDegrees.Part {
    ExactDegrees.Part(numerator.magnitude, denominator.magnitude)
  }
}
