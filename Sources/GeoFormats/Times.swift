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

  /// The civil date of a number of days since 1970-01-01, the inverse of ``CivilDay/number(year:month:day:)``.
  static func date(days: Int) -> (year: Int, month: Int, day: Int) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
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
    let date = ISOTime.date(days: Int((milliseconds - ofDay) / ISOTime.dayLength))
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
