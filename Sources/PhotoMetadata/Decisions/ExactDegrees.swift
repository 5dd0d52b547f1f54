/// Degrees, minutes and seconds as the double nearest to their exact sum: `33 46 12` is 33.77, while a
/// sum of three doubles is 33.769999999999996.
enum ExactDegrees {
  /// A number that is no negative one, as a fraction; the denominator is not 0.
  struct Part: Sendable {
    var numerator: UInt128
    var denominator: UInt128

    init(_ numerator: UInt64, _ denominator: UInt64 = 1) {
      self.numerator = UInt128(numerator)
      self.denominator = UInt128(denominator)
    }

    /// Digits with or without a point and a sign, which is left out, or a fraction (`4074/100`);
    /// nil for anything else, and for more digits than an exact sum has room for.
    init?(_ text: Substring) {
      let halves = text.utf8.split(
        separator: 0x2F, maxSplits: 1, omittingEmptySubsequences: false)
      guard var part = Self.decimal(halves[0]) else { return nil }
      if halves.count == 2 {
        guard let under = Self.decimal(halves[1]), under.numerator > 0,
          let fraction = part.divided(by: under)
        else { return nil }
        part = fraction
      }
      self = part
    }

    private init(exact numerator: UInt128, _ denominator: UInt128) {
      self.numerator = numerator
      self.denominator = denominator
    }

    private static func decimal(_ text: Substring.UTF8View.SubSequence) -> Part? {
      var digits = text.drop { $0 == 0x20 }
      while digits.last == 0x20 { digits.removeLast() }
      if digits.first == 0x2B || digits.first == 0x2D { digits.removeFirst() }
      var number: UInt128 = 0
      var scale: UInt128 = 1
      var hasPoint = false
      var count = 0
      // Zeros at the end of a fraction say nothing.
      if digits.contains(0x2E) { while digits.last == 0x30 { digits.removeLast() } }
      for byte in digits {
        if byte == 0x2E, !hasPoint {
          hasPoint = true
          continue
        }
        guard (0x30...0x39).contains(byte), count < 24 else { return nil }
        number = number * 10 + UInt128(byte - 0x30)
        if hasPoint { scale *= 10 }
        count += 1
      }
      return count > 0 ? Part(exact: number, scale) : nil
    }

    private func divided(by other: Part) -> Part? {
      let (n, over) = numerator.multipliedReportingOverflow(by: other.denominator)
      let (d, under) = denominator.multipliedReportingOverflow(by: other.numerator)
      return over || under ? nil : Part(exact: n, d)
    }

    var value: Double {
      // Conversions of 128 bits are slow.
      if let short { return Double(short.numerator) / Double(short.denominator) }
      return Double(numerator) / Double(denominator)
    }

    /// Both halves in 64 bits, as Exif has them.
    fileprivate var short: (numerator: UInt64, denominator: UInt64)? {
      guard let n = UInt64(exactly: numerator), let d = UInt64(exactly: denominator) else {
        return nil
      }
      return (n, d)
    }

    fileprivate func scaled(_ factor: UInt128) -> Part? {
      let (under, over) = denominator.multipliedReportingOverflow(by: factor)
      return over ? nil : Part(exact: numerator, under)
    }

    /// Nil when the exact sum is too long.
    fileprivate func adding(_ other: Part) -> Part? {
      let shared = ExactDegrees.greatestDivisor(denominator, other.denominator)
      let (left, o1) = numerator.multipliedReportingOverflow(by: other.denominator / shared)
      let (right, o2) = other.numerator.multipliedReportingOverflow(by: denominator / shared)
      let (top, o3) = left.addingReportingOverflow(right)
      let (under, o4) = denominator.multipliedReportingOverflow(by: other.denominator / shared)
      return o1 || o2 || o3 || o4 ? nil : Part(exact: top, under)
    }
  }

  static func value(_ degrees: Part, _ minutes: Part, _ seconds: Part) -> Double {
    if let value = shortValue(degrees, minutes, seconds) { return value }
    guard let m = minutes.scaled(60), let s = seconds.scaled(3600),
      let sum = degrees.adding(m)?.adding(s), sum.denominator < 1 << 127
    else { return degrees.value + minutes.value / 60 + seconds.value / 3600 }
    return nearest(sum.numerator, sum.denominator)
  }

  /// The sum as a fraction of two integers that doubles hold exactly: IEEE 754 division rounds their quotient to the
  /// nearest double. Nil where they are longer.
  private static func shortValue(_ degrees: Part, _ minutes: Part, _ seconds: Part) -> Double? {
    guard let d = degrees.short, let m = minutes.short, let s = seconds.short,
      d.denominator < 1 << 20, m.denominator < 1 << 20, s.denominator < 1 << 32
    else { return nil }
    let (minute, second) = (m.denominator * 60, s.denominator * 3600)
    let (two, o1) = d.denominator.multipliedReportingOverflow(by: minute)
    let (under, o2) = two.multipliedReportingOverflow(by: second)
    guard !o1, !o2, under < 1 << 53 else { return nil }
    let (a, o3) = d.numerator.multipliedReportingOverflow(by: under / d.denominator)
    let (b, o4) = m.numerator.multipliedReportingOverflow(by: under / minute)
    let (c, o5) = s.numerator.multipliedReportingOverflow(by: under / second)
    let (ab, o6) = a.addingReportingOverflow(b)
    let (top, o7) = ab.addingReportingOverflow(c)
    guard !(o3 || o4 || o5 || o6 || o7), top < 1 << 53 else { return nil }
    return Double(top) / Double(under)
  }

  private static func greatestDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
    var (a, b) = (a, b)
    while b != 0 {
      // Most denominators are short, and so is their division.
      if a <= UInt64.max && b <= UInt64.max {
        var (x, y) = (UInt64(a), UInt64(b))
        while y != 0 { (x, y) = (y, x % y) }
        return UInt128(x)
      }
      (a, b) = (b, a % b)
    }
    return a
  }

  /// The double nearest to a quotient, ties to even; the denominator has less than 128 bits.
  private static func nearest(_ numerator: UInt128, _ denominator: UInt128) -> Double {
    if numerator == 0 { return 0 }
    let (whole, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    // Far beyond any degree.
    guard whole < 1 << 54 else { return Double(numerator) / Double(denominator) }
    var bits = UInt64(whole)
    var rest = remainder
    var shift = 0
    // 55 bits: two more than a double has.
    while bits < 1 << 54 {
      rest <<= 1
      bits <<= 1
      if rest >= denominator {
        rest -= denominator
        bits |= 1
      }
      shift += 1
    }
    // What is left over only breaks a tie.
    if rest != 0 { bits |= 1 }
    return Double(sign: .plus, exponent: -shift, significand: Double(bits))
  }
}
