/// The wall clock of whoever asks, for relative times and days.
package struct FilterClock: Sendable, Equatable {
  /// Milliseconds since 1970 UTC.
  package var milliseconds: Int64
  /// Minutes east of UTC.
  package var offsetMinutes: Int

  package init(milliseconds: Int64, offsetMinutes: Int) {
    self.milliseconds = milliseconds
    self.offsetMinutes = offsetMinutes
  }
}

/// Times of filters:
///
/// - ISO 8601 dates and date-times, `2024`, `2024-05`, `2024-05-01`, `2024-05-01T10:30`, `…:15`, `…:15.250`. With `Z`, `+02:00`
///   or `+0200` a date-time is a moment. Without, it is what the camera's clock shows, as is every date.
/// - `today` and `yesterday`: dates by the calendar of whoever asks.
/// - `now`, and `90min`, `12h`, `7d`, `2w`: moments, so long ago.
package enum FilterTime {
  /// What a text means.
  package struct Span: Equatable, Sendable {
    /// The first millisecond of it, and the first one behind it.
    package var start: TimeBound
    package var end: TimeBound
    /// A date-time, or a time so long ago; else a day, a month or a year.
    package var isInstant: Bool
  }

  /// - Parameter now: nil: relative times are no times.
  package static func span(_ text: String, now: (() -> FilterClock)?) -> Span? {
    if let found = absolute(text) { return found }
    return now.flatMap { relative(text.lowercased(), $0) }
  }

  private static func relative(_ text: String, _ now: () -> FilterClock) -> Span? {
    func day(_ offset: Int64) -> Span {
      let now = now()
      let local = now.milliseconds + Int64(now.offsetMinutes) * 60_000
      let start = (local - local.euclideanRemainder(86_400_000)) + offset * 86_400_000
      return Span(start: .clock(start), end: .clock(start + 86_400_000), isInstant: false)
    }
    switch text {
    case "today": return day(0)
    case "yesterday": return day(-1)
    case "now": return ago(0, now)
    default: break
    }
    let digits = text.utf8.prefix { (0x30...0x39).contains($0) }.count
    guard (1...6).contains(digits), let count = Int64(text.prefix(digits)),
      let unit = units[String(text.dropFirst(digits))]
    else { return nil }
    return ago(count * unit, now)
  }

  /// Milliseconds.
  private static let units: [String: Int64] = [
    "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000,
  ]

  private static func ago(_ length: Int64, _ now: () -> FilterClock) -> Span {
    let time = now().milliseconds - length
    return Span(start: .moment(time), end: .moment(time + 1), isInstant: true)
  }

  private static func absolute(_ text: String) -> Span? {
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
    return Span(
      start: .clock(Int64(start) * 86_400_000), end: .clock(Int64(end) * 86_400_000),
      isInstant: false)
  }

  private static func time(_ scan: inout Scanner, days: Int) -> Span? {
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
    let clock = Int64(days) * 86_400_000 + Int64(start)
    if scan.isAtEnd {
      return Span(start: .clock(clock), end: .clock(clock + Int64(length)), isInstant: true)
    }
    guard let offset = scan.offsetMinutes(), scan.isAtEnd else { return nil }
    let moment = clock - Int64(offset) * 60_000
    return Span(start: .moment(moment), end: .moment(moment + Int64(length)), isInstant: true)
  }

  private static func daysIn(month: Int, year: Int) -> Int {
    let next = month == 12 ? (year + 1, 1) : (year, month + 1)
    return CivilDay.number(year: next.0, month: next.1, day: 1)
      - CivilDay.number(year: year, month: month, day: 1)
  }

  /// The value of the filter `name`, which is `since`, `until` or one of another grammar.
  ///
  /// - Parameter now: nil: relative times are refused.
  package static func span(
    _ text: String, of name: String, now: (() -> FilterClock)?
  ) throws(FilterError) -> Span {
    if let span = span(text, now: now) { return span }
    let absolute: FilterSentence =
      "\(name: name, "2024-05-01"), \(name: name, "2024-05-01T10:30:00Z")"
    throw FilterError(
      "\(name: name) “\(text)” is not a date or time",
      advice: now == nil
        ? absolute : "\(absolute), \(name: name, "7d") or \(name: name, "yesterday")")
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

    /// Minutes east of UTC.
    mutating func offsetMinutes() -> Int? {
      if take("Z") || take("z") { return 0 }
      let sign = take("+") ? 1 : take("-") ? -1 : 0
      guard sign != 0, let hours = digits(2), hours <= 15 else { return nil }
      if isAtEnd { return sign * hours * 60 }
      _ = take(":")
      guard let minutes = digits(2), minutes <= 59 else { return nil }
      return sign * (hours * 60 + minutes)
    }
  }
}

extension Int64 {
  /// 0 or more.
  fileprivate func euclideanRemainder(_ divisor: Int64) -> Int64 {
    let rest = self % divisor
    return rest < 0 ? rest + divisor : rest
  }
}
