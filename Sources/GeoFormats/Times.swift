import PhotoModel

/// Instants as ISO 8601 text, without Foundation: a calendar library costs more start-up time than
/// a whole query.
package enum ISOTime {
  /// `YYYY-MM-DDThh:mm:ss[.fff]Z` of milliseconds since 1970-01-01 UTC (proleptic Gregorian
  /// calendar); nil outside the years 0000…9999, which ISO 8601 writes with four digits.
  package static func text(milliseconds: Int64) -> String? {
    var bytes = [UInt8]()
    return bytes.appendTime(milliseconds) ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// The same for whole seconds.
  package static func text(seconds: Int64) -> String? {
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? nil : text(milliseconds: milliseconds)
  }

  /// Milliseconds.
  static let dayLength: Int64 = 86_400_000

  /// Milliseconds of the years 0000…9999.
  static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
}

extension [UInt8] {
  /// See ``ISOTime/text(milliseconds:)``; nothing and `false` outside its range.
  @discardableResult
  mutating func appendTime(_ milliseconds: Int64) -> Bool {
    guard ISOTime.range.contains(milliseconds) else { return false }
    appendDate(milliseconds)
    appendTimeOfDay(milliseconds)
    return true
  }

  /// `YYYY-MM-DDT` of a time in the range.
  mutating func appendDate(_ milliseconds: Int64) {
    let ofDay = ((milliseconds % ISOTime.dayLength) + ISOTime.dayLength) % ISOTime.dayLength
    let date = CivilDay.date(number: Int((milliseconds - ofDay) / ISOTime.dayLength))
    appendPadded(date.year, width: 4)
    append(UInt8(ascii: "-"))
    appendPadded(date.month, width: 2)
    append(UInt8(ascii: "-"))
    appendPadded(date.day, width: 2)
    append(UInt8(ascii: "T"))
  }

  /// `hh:mm:ss[.fff]Z`.
  mutating func appendTimeOfDay(_ milliseconds: Int64) {
    let ofDay = ((milliseconds % ISOTime.dayLength) + ISOTime.dayLength) % ISOTime.dayLength
    let seconds = Int(ofDay / 1000)
    appendPadded(seconds / 3600, width: 2)
    append(UInt8(ascii: ":"))
    appendPadded(seconds / 60 % 60, width: 2)
    append(UInt8(ascii: ":"))
    appendPadded(seconds % 60, width: 2)
    if ofDay % 1000 != 0 {
      append(UInt8(ascii: "."))
      appendPadded(Int(ofDay % 1000), width: 3)
    }
    append(UInt8(ascii: "Z"))
  }
}
