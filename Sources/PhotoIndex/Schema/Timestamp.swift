/// Milliseconds since 1970-01-01 UTC ⇄ ISO 8601, the form GeoPackage prescribes for DATETIME
/// (OGC 12-128r17, table 1): `YYYY-MM-DDThh:mm:ss.fffZ`.
enum Timestamp {
  /// 0000-01-01T00:00:00.000Z … 9999-12-31T23:59:59.999Z, what four digits can say.
  static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// nil outside ``range``.
  static func text(_ milliseconds: Int64) -> String? {
    guard range.contains(milliseconds) else { return nil }
    return fields(milliseconds, zone: true)
  }

  /// The least text that any ISO time at or after `milliseconds` compares not below, bytewise; with
  /// or without zone and with any number of decimals (so it ends without trailing zeros). A date alone,
  /// as some cameras state it, is the beginning of its day.
  static func lowerBound(_ milliseconds: Int64) -> String {
    if milliseconds <= range.lowerBound { return "" }
    if milliseconds > range.upperBound { return "~" }
    var text = Array(fields(milliseconds, zone: false).utf8)
    while text.last == UInt8(ascii: "0") && text.contains(UInt8(ascii: ".")) { text.removeLast() }
    if text.last == UInt8(ascii: ".") { text.removeLast() }
    let midnight = "T00:00:00".utf8
    if text.suffix(midnight.count).elementsEqual(midnight) { text.removeLast(midnight.count) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads what ``text(_:)`` wrote, also with other or no decimals and without zone; nil for anything
  /// else.
  static func milliseconds<Bytes: RandomAccessCollection>(_ text: Bytes) -> Int64?
  where Bytes.Element == UInt8, Bytes.Index == Int {
    var at = text.startIndex
    func number(_ width: Int) -> Int64? {
      guard text.endIndex - at >= width else { return nil }
      var value: Int64 = 0
      for byte in text[at..<(at + width)] {
        guard 0x30...0x39 ~= byte else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      at += width
      return value
    }
    func skip(_ byte: UInt8) -> Bool {
      guard at < text.endIndex, text[at] == byte else { return false }
      at += 1
      return true
    }
    let dash = UInt8(ascii: "-")
    let colon = UInt8(ascii: ":")
    guard let year = number(4), skip(dash), let month = number(2), skip(dash),
      let day = number(2), skip(UInt8(ascii: "T")), let hour = number(2), skip(colon),
      let minute = number(2), skip(colon), let second = number(2)
    else { return nil }
    var fraction: Int64 = 0
    if skip(UInt8(ascii: ".")) {
      var weight: Int64 = 100
      while let digit = number(1) {
        fraction += digit * weight
        weight /= 10
      }
    }
    _ = skip(UInt8(ascii: "Z"))
    guard at == text.endIndex, 1...12 ~= month, 1...31 ~= day, hour < 24, minute < 60, second < 61
    else { return nil }
    let days = daysFromCivil(year: year, month: month, day: day)
    return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction
  }

  /// - Precondition: within ``range``.
  private static func fields(_ milliseconds: Int64, zone: Bool) -> String {
    let (days, ofDay) = floorDivide(milliseconds, 86_400_000)
    let (year, month, day) = civil(days: days)
    return String(unsafeUninitializedCapacity: 24) { out in
      func put(_ value: Int64, _ width: Int, at start: Int, before separator: UInt8? = nil) {
        var rest = UInt64(bitPattern: value)
        for place in stride(from: start + width - 1, through: start, by: -1) {
          out[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        }
        if let separator { out[start + width] = separator }
      }
      let (dash, colon) = (UInt8(ascii: "-"), UInt8(ascii: ":"))
      put(year, 4, at: 0, before: dash)
      put(month, 2, at: 5, before: dash)
      put(day, 2, at: 8, before: UInt8(ascii: "T"))
      put(ofDay / 3_600_000, 2, at: 11, before: colon)
      put(ofDay / 60_000 % 60, 2, at: 14, before: colon)
      put(ofDay / 1000 % 60, 2, at: 17, before: UInt8(ascii: "."))
      put(ofDay % 1000, 3, at: 20, before: zone ? UInt8(ascii: "Z") : nil)
      return zone ? 24 : 23
    }
  }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> (quotient: Int64, remainder: Int64) {
    let quotient = a >= 0 ? a / b : (a - b + 1) / b
    return (quotient, a - quotient * b)
  }

  /// Proleptic Gregorian calendar in 400-year eras of 146,097 days that begin on 1 March.
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, ofEra) = floorDivide(days + 719_468, 146_097)
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private static func daysFromCivil(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivide(shiftedYear, 400)
    let shiftedMonth = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
