extension [UInt8] {
  /// The shortest text that reads back as the same double; nothing (and `false`) for NaN and ±∞,
  /// which no output format can carry.
  @discardableResult
  mutating func appendReal(_ value: Double) -> Bool {
    guard value.isFinite else { return false }
    if !appendNanos(value, minimumDecimals: 1) { append(value.description) }
    return true
  }

  /// A number of up to nine decimals and fifteen digits, in a tenth of the time of `description`, and
  /// as the same text: texts of fifteen digits never share a double, so that the one that reads
  /// back is the shortest one.
  /// - Returns: false, and nothing is written, for all other numbers.
  private mutating func appendNanos(_ value: Double, minimumDecimals: Int) -> Bool {
    let scaled = (value * 1e9).rounded()
    guard abs(scaled) < 1e15, abs(scaled) >= 1e6, scaled / 1e9 == value else { return false }
    let nanos = UInt64(abs(scaled))
    var fraction = UInt32(nanos % 1_000_000_000)
    var whole = UInt32(nanos / 1_000_000_000)
    var decimals = 9
    while decimals > minimumDecimals, fraction % 10 == 0 {
      fraction /= 10
      decimals -= 1
    }
    // From the end to the beginning: nine decimals, the point, six digits, the sign.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { text in
      var start = 20
      func put(_ byte: UInt8) {
        start -= 1
        text[start] = byte
      }
      for _ in 0..<decimals {
        put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction % 10))
        fraction /= 10
      }
      put(UInt8(ascii: "."))
      repeat {
        put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: whole % 10))
        whole /= 10
      } while whole != 0
      if scaled < 0 { put(UInt8(ascii: "-")) }
      append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }
    return true
  }

  /// Degrees: the shortest text that reads back as the same double, filled up with zeros to seven
  /// decimals (1.1 cm), never in exponent form: some readers take `1e-05` for text.
  @discardableResult
  mutating func appendDegrees(_ value: Double) -> Bool {
    appendDecimal(value, minimumDecimals: 7)
  }

  /// Like ``appendReal(_:)``, but never in exponent form for values below 2^54: `xsd:decimal` has
  /// none.
  @discardableResult
  mutating func appendDecimal(_ value: Double, minimumDecimals: Int = 1) -> Bool {
    guard value.isFinite else { return false }
    if appendNanos(value, minimumDecimals: minimumDecimals) { return true }
    let start = count
    append(value.description)
    guard let exponent = self[start...].firstIndex(of: UInt8(ascii: "e")) else {
      fillDecimals(from: start, minimumDecimals)
      return true
    }
    guard self[exponent + 1] == UInt8(ascii: "-") else { return true }
    expandNegativeExponent(from: start, exponentAt: exponent)
    fillDecimals(from: start, minimumDecimals)
    return true
  }

  /// Rounded to `decimals` places, for reading by people.
  mutating func appendRounded(_ value: Double, decimals: Int) {
    var scale: Int64 = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value * Double(scale)).rounded()
    guard value.isFinite, abs(scaled) < 9e15 else {
      appendReal(value)
      return
    }
    let whole = Int64(scaled)
    if whole < 0 { append(UInt8(ascii: "-")) }
    appendInteger(abs(whole) / scale)
    guard decimals > 0 else { return }
    append(UInt8(ascii: "."))
    appendPadded(Int(abs(whole) % scale), width: decimals)
  }

  private mutating func fillDecimals(from start: Int, _ minimum: Int) {
    guard let dot = self[start...].firstIndex(of: UInt8(ascii: ".")) else { return }
    var decimals = count - dot - 1
    while decimals < minimum {
      append(UInt8(ascii: "0"))
      decimals += 1
    }
  }

  /// Rewrites `d.ddde-XX` as `0.000dddd`. Swift uses the exponent form below 0.0001 only.
  private mutating func expandNegativeExponent(from start: Int, exponentAt e: Int) {
    var places = 0
    for digit in self[(e + 2)...] { places = places * 10 + Int(digit - UInt8(ascii: "0")) }
    let digits = self[start..<e].filter { (0x30...0x39).contains($0) }
    let isNegative = self[start] == UInt8(ascii: "-")
    removeSubrange(start...)
    if isNegative { append(UInt8(ascii: "-")) }
    append("0.")
    for _ in 1..<Swift.max(places, 1) { append(UInt8(ascii: "0")) }
    append(contentsOf: digits)
  }
}
