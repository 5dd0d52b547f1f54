/// ISO 8601 dates and date-times of filters: `2024`, `2024-05`, `2024-05-01`,
/// `2024-05-01T10:30`, `…:15`, `…:15.250`, each time with `Z`, `+02:00`, `+0200` or without (UTC).
package enum FilterTime {
  /// The first millisecond (since 1970 UTC) that the text means, and the first one behind it.
  package static func range(_ text: String) -> Range<Int64>? {
    var scan = Scanner(text)
    guard let year = scan.digits(4) else { return nil }
    var month = 1
    var day = 1
    var last = (month: 12, day: 31)
    if scan.take("-") {
      guard let found = scan.digits(2), (1...12).contains(found) else { return nil }
      month = found
      last = (found, daysIn(month: found, year: year))
      if scan.take("-") {
        guard let found = scan.digits(2), (1...last.day).contains(found) else { return nil }
        day = found
        last.day = found
        if scan.take("T") || scan.take("t") || scan.take(" ") {
          return time(&scan, days: CivilDay.number(year: year, month: month, day: day))
        }
      }
    }
    guard scan.isAtEnd else { return nil }
    let start = CivilDay.number(year: year, month: month, day: day)
    let end = CivilDay.number(year: year, month: last.month, day: last.day) + 1
    return Int64(start) * 86_400_000..<Int64(end) * 86_400_000
  }

  private static func time(_ scan: inout Scanner, days: Int) -> Range<Int64>? {
    guard let hour = scan.digits(2), hour <= 23, scan.take(":"), let minute = scan.digits(2),
      minute <= 59
    else { return nil }
    var start = (hour * 60 + minute) * 60_000
    var length = 60_000
    if scan.take(":") {
      guard let second = scan.digits(2), second <= 60 else { return nil }
      start += second * 1000
      length = 1000
      if scan.take(".") || scan.take(",") {
        guard let (milliseconds, precision) = scan.fraction() else { return nil }
        start += milliseconds
        length = precision
      }
    }
    guard let offset = scan.offsetMinutes(), scan.isAtEnd else { return nil }
    let instant = Int64(days) * 86_400_000 + Int64(start) - Int64(offset) * 60_000
    return instant..<instant + Int64(length)
  }

  private static func daysIn(month: Int, year: Int) -> Int {
    let next = month == 12 ? (year + 1, 1) : (year, month + 1)
    return CivilDay.number(year: next.0, month: next.1, day: 1)
      - CivilDay.number(year: year, month: month, day: 1)
  }

  /// The value of the filter `name`, which is `since`, `until` or one of another grammar.
  package static func range(_ text: String, of name: String) throws(FilterError) -> Range<Int64> {
    if let range = range(text) { return range }
    throw FilterError(
      "\(name: name) “\(text)” is not a date or time",
      advice: "\(name: name, "2024-05-01"), or \(name: name, "2024-05-01T10:30:00Z")")
  }

  private struct Scanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard let first = rest.first, UInt32(first) == character.value else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func digits(_ count: Int) -> Int? {
      var value = 0
      for _ in 0..<count {
        guard let digit = digit() else { return nil }
        value = value * 10 + digit
      }
      return value
    }

    private mutating func digit() -> Int? {
      guard let first = rest.first, (0x30...0x39).contains(first) else { return nil }
      rest = rest.dropFirst()
      return Int(first) - 0x30
    }

    /// Milliseconds, and how many of them the last digit given stands for; further digits are
    /// finer than the index.
    mutating func fraction() -> (milliseconds: Int, precision: Int)? {
      var value = 0
      var unit = 1000
      var count = 0
      while let digit = digit() {
        count += 1
        guard unit > 1 else { continue }
        unit /= 10
        value += digit * unit
      }
      return count > 0 ? (value, unit) : nil
    }

    /// Minutes east of UTC; 0 when the text has no zone.
    mutating func offsetMinutes() -> Int? {
      if isAtEnd || take("Z") || take("z") { return 0 }
      let sign = take("+") ? 1 : take("-") ? -1 : 0
      guard sign != 0, let hours = digits(2), hours <= 15 else { return nil }
      if isAtEnd { return sign * hours * 60 }
      _ = take(":")
      guard let minutes = digits(2), minutes <= 59 else { return nil }
      return sign * (hours * 60 + minutes)
    }
  }
}
