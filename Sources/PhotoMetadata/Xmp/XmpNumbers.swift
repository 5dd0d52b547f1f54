/// Numbers and coordinates as XMP writes them.
extension XmpValues {
  /// A finite decimal number (`+47.35`, `1e3`, surrounding blanks) or a rational (`18665/100`).
  func number(_ key: XmpKey) -> Double? { self[key].flatMap { Self.number($0[...]) } }

  static func number(_ text: Substring) -> Double? {
    if let number = shortDecimal(text) { return number }
    if let slash = text.utf8.firstIndex(of: 0x2F) {
      guard let n = decimal(text[..<slash]), let d = decimal(text[text.index(after: slash)...]),
        d != 0
      else { return nil }
      let value = n / d
      return value.isFinite ? value : nil
    }
    return decimal(text)
  }

  /// A sign, digits, and a point between two of them, as almost every number is written. With 15 digits both the
  /// number without its point and the power of ten are exact doubles, so their quotient is the nearest double.
  /// - Returns: nil for everything else; also when it is a number.
  private static func shortDecimal(_ text: Substring) -> Double? {
    unsafe text.utf8.withContiguousStorageIfAvailable { unsafe shortDecimal($0) } ?? nil
  }

  private static func shortDecimal(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var number: UInt64 = 0
    var digits = 0
    var decimals = -1
    var i = 0
    let sign = unsafe text.first
    if sign == 0x2B || sign == 0x2D { i = 1 }
    while i < text.count {
      let byte = unsafe text[i]
      i += 1
      if byte == 0x2E, decimals < 0, digits > 0 {
        decimals = 0
        continue
      }
      guard byte >= 0x30, byte <= 0x39, digits < 15 else { return nil }
      number = number * 10 + UInt64(byte - 0x30)
      digits += 1
      if decimals >= 0 { decimals += 1 }
    }
    if digits == 0 || decimals == 0 { return nil }
    let value = Double(number) / powersOfTen[max(decimals, 0)]
    return sign == 0x2D ? -value : value
  }
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Digits, sign, point and exponent alone: Swift's own parser also takes `nan`, `inf` and
  /// hexadecimal numbers.
  private static func decimal(_ text: Substring) -> Double? {
    var text = text
    while text.utf8.first == 0x20 { text.removeFirst() }
    while text.utf8.last == 0x20 { text.removeLast() }
    for b in text.utf8 {
      switch b {
      case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: break
      default: return nil
      }
    }
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// A drone's coordinate: signed decimal degrees.
  func decimalAxis(_ key: XmpKey, limit: Double) -> Axis {
    guard let text = self[key] else { return .absent }
    guard let value = Self.number(text[...]) else { return .badType }
    return abs(value) <= limit ? .degrees(value, degraded: false) : .outOfRange(value)
  }

  /// A coordinate of XMP's Exif properties, and whether its sign is stated: by a letter, or by a minus
  /// or plus sign.
  struct ExifAxis: Sendable {
    var axis: Axis
    var isSigned = true
    var isNegative = false

    /// Without a sign of its own, with that of another value of the same size.
    mutating func takeSign(of other: Double?) {
      guard !isSigned, let other, let number = axis.number, Axis.areAlike(number, other) else {
        return
      }
      isSigned = true
      if other < 0 { axis = axis.mapped { -abs($0) } }
    }
  }

  /// `exif:GPSLatitude` and `exif:GPSLongitude` (XMP part 2, GPSCoordinate): `D,M.mS`, `D,M,S`
  /// with a hemisphere letter at the end, `D M S` as rationals, or a plain number; the letter may also
  /// stand in a property of its own.
  func exifAxis(_ key: XmpKey, _ refKey: XmpKey, limit: Double) -> ExifAxis {
    guard let stated = self[key] else { return ExifAxis(axis: .absent) }
    var text = Self.plainCoordinate(stated)
    let isLatitude = limit == 90
    var hemisphere = Hemisphere(
      self[refKey]?.utf8.first { $0 != 0x20 }, isLatitude: isLatitude)
    if let last = text.utf8.last, last | 0x20 >= 0x61 {
      guard let stated = Hemisphere(last, isLatitude: isLatitude) else {
        return ExifAxis(axis: .badType)
      }
      hemisphere = stated
      text.removeLast()
    }
    // Some writers keep Exif's own form: `55/1 54/1 4074/100`.
    let parts =
      text.utf8.contains(0x2C)
      ? text.split(separator: ",", omittingEmptySubsequences: false) : text.split(separator: " ")
    guard (1...3).contains(parts.count) else { return ExifAxis(axis: .badType) }
    var numbers = [Double]()
    for part in parts {
      guard let number = Self.number(part) else { return ExifAxis(axis: .badType) }
      numbers.append(number)
    }
    let minutes = numbers.count > 1 ? numbers[1] : 0
    let seconds = numbers.count > 2 ? numbers[2] : 0
    let size = Self.size(parts, numbers)
    let isMinus = numbers[0] < 0 || text.utf8.first { $0 != 0x20 } == 0x2D
    let value = hemisphere == .negative || isMinus ? -size : size
    let fits = size <= limit && (0...60).contains(minutes) && (0...60).contains(seconds)
    let isPlus = text.utf8.first { $0 != 0x20 } == 0x2B
    return ExifAxis(
      axis: fits ? .degrees(value, degraded: false) : .outOfRange(value),
      isSigned: hemisphere != nil || isMinus || isPlus, isNegative: hemisphere == nil && isMinus)
  }

  /// Forms that no standard has, but programs write: `N47,22.6`, and exiftool's `47 deg 22' 37.56" N`.
  private static func plainCoordinate(_ stated: String) -> Substring {
    var text = stated[...]
    let marks: [Character] = ["°", "'", "\"", "′", "″", "’", "”"]
    if text.contains(where: marks.contains) {
      let spaced = text.map { marks.contains($0) ? " " : String($0) }.joined()
      text = spaced.split(separator: " ").filter { $0 != "deg" }.joined(separator: " ")[...]
    }
    if let first = text.first, "NSEWnsew".contains(first) {
      text = (text.dropFirst() + String(first))[...]
    }
    return text
  }

  /// The sum of degrees, minutes and seconds, exact when the numbers are of usual length.
  private static func size(_ parts: [Substring], _ numbers: [Double]) -> Double {
    if numbers.count == 1 { return abs(numbers[0]) }
    let exact = parts.compactMap { ExactDegrees.Part($0) }
    let zero = ExactDegrees.Part(0)
    guard exact.count == parts.count else {
      return abs(numbers[0]) + abs(numbers[1]) / 60
        + (numbers.count > 2 ? abs(numbers[2]) : 0) / 3600
    }
    return ExactDegrees.value(exact[0], exact[1], exact.count > 2 ? exact[2] : zero)
  }
}
