import PhotoModel

/// A date and a time of day as a camera writes them, without a zone.
struct CivilTime: Equatable, Sendable {
  var year: Int
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int
  /// Nil: not stated.
  var millisecond: Int?
  /// Minutes east of UTC, when it stands in the same text.
  var offsetMinutes: Int?
  /// The day is stated, and no time of day.
  private(set) var isDayOnly = false

  /// `2024:05:17 10:11:12`, with `-`, `/` or `.` in the date, `T` between, a fraction of a second
  /// and a zone (`Z`, `+02:00`, `+0200`) behind. Nil for an impossible date, 24:00:00, and years
  /// outside 1900…2100: those are clocks that were never set.
  init?(_ text: String) {
    var s = Scanner(text)
    guard let (year, month, day) = s.date() else { return nil }
    guard s.skip({ $0 == 0x20 || $0 == 0x54 }) else { return nil }
    while s.skip({ $0 == 0x20 }) {}
    guard let hour = s.digits(2), s.skip({ $0 == 0x3A }), let minute = s.digits(2),
      s.skip({ $0 == 0x3A }), let second = s.digits(2), hour < 24, minute < 60, second < 60
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
    if s.skip({ $0 == 0x2E || $0 == 0x2C }) { millisecond = s.fraction() }
    while s.skip({ $0 == 0x20 }) {}
    if !s.isAtEnd {
      guard let offset = s.zone(), s.isAtEnd else { return nil }
      offsetMinutes = offset
    }
  }

  /// A date of XMP (part 1 §8.2.1.2): a day; a day and a time to the minute, the second or a fraction of
  /// it, with or without a zone. Nil for a year or a month alone, which name no day. Exif's own form is
  /// seen, too.
  init?(xmp text: String) {
    if let time = CivilTime(text) {
      self = time
      return
    }
    var s = Scanner(text)
    guard let (year, month, day) = s.date() else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    (hour, minute, second) = (0, 0, 0)
    while s.skip({ $0 == 0x20 }) {}
    if s.isAtEnd {
      isDayOnly = true
      return
    }
    _ = s.skip({ $0 == 0x54 })
    guard let hour = s.digits(2), s.skip({ $0 == 0x3A }), let minute = s.digits(2), hour < 24,
      minute < 60
    else { return nil }
    (self.hour, self.minute) = (hour, minute)
    while s.skip({ $0 == 0x20 }) {}
    if !s.isAtEnd {
      guard let offset = s.zone(), s.isAtEnd else { return nil }
      offsetMinutes = offset
    }
  }

  /// The time of day and the date, in UTC, of milliseconds since 1970-01-01.
  init(milliseconds: Int64) {
    let (days, rest) = (
      Int(milliseconds.quotientFlooring(86_400_000)), Int(milliseconds.modulo(86_400_000))
    )
    (year, month, day) = CivilDay.date(number: days)
    (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60)
    if rest % 1000 != 0 { millisecond = rest % 1000 }
  }

  /// A GPS date (`2024:05:17`, with other separators or none) and seconds of the day.
  init?(gpsDate: String, seconds: Double) {
    var s = Scanner(gpsDate)
    guard let (year, month, day) = s.looseDate(), s.isAtEnd, seconds >= 0, seconds < 86_400 else {
      return nil
    }
    (self.year, self.month, self.day) = (year, month, day)
    let ms = min(Int((seconds * 1000).rounded()), 86_399_999)
    (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60)
    millisecond = ms % 1000
  }

  /// SubSecTime: a fraction's digits, blanks around them.
  mutating func setFraction(_ digits: String?) {
    guard let digits else { return }
    var s = Scanner(digits)
    while s.skip({ $0 == 0x20 }) {}
    if let value = s.fraction() { millisecond = value }
  }

  /// OffsetTime: `+02:00`, `-0530`, `Z`; anything else and more than ±18 h is ignored, and so
  /// is every offset when the time itself states one.
  mutating func setOffset(_ text: String?) {
    guard offsetMinutes == nil, let text else { return }
    var s = Scanner(text)
    let minutes = s.zone()
    while s.skip({ $0 == 0x20 }) {}
    if s.isAtEnd { offsetMinutes = minutes }
  }

  /// Milliseconds since 1970-01-01, as if the time were UTC.
  var millisecondsAsUTC: Int64 {
    let days = Int64(CivilDay.number(year: year, month: month, day: day))
    return days * 86_400_000
      + Int64(hour * 3_600_000 + minute * 60_000 + second * 1000 + (millisecond ?? 0))
  }

  /// `2024-05-17T10:11:12` or `….345`; `2024-05-17` when no time of day is stated.
  var text: String {
    var out = [UInt8]()
    out.reserveCapacity(23)
    func put(_ v: Int, _ width: Int) {
      var scale = 1
      for _ in 1..<width { scale *= 10 }
      while scale > 0 {
        out.append(UInt8(0x30 + v / scale % 10))
        scale /= 10
      }
    }
    put(year, 4)
    out.append(0x2D)
    put(month, 2)
    out.append(0x2D)
    put(day, 2)
    if isDayOnly { return String(decoding: out, as: UTF8.self) }
    out.append(0x54)
    put(hour, 2)
    out.append(0x3A)
    put(minute, 2)
    out.append(0x3A)
    put(second, 2)
    if let millisecond {
      out.append(0x2E)
      put(millisecond, 3)
    }
    return String(decoding: out, as: UTF8.self)
  }

  fileprivate static func daysInMonth(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  /// A cursor over ASCII bytes.
  private struct Scanner {
    private let bytes: [UInt8]
    private var i = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { i == bytes.count }

    mutating func skip(_ matches: (UInt8) -> Bool) -> Bool {
      guard i < bytes.count, matches(bytes[i]) else { return false }
      i += 1
      return true
    }

    /// Exactly `count` digits.
    mutating func digits(_ count: Int) -> Int? {
      guard bytes.count - i >= count else { return nil }
      var value = 0
      for k in i..<(i + count) {
        guard bytes[k] >= 0x30 && bytes[k] <= 0x39 else { return nil }
        value = value * 10 + Int(bytes[k] - 0x30)
      }
      i += count
      return value
    }

    mutating func date() -> (Int, Int, Int)? {
      let separator: (UInt8) -> Bool = { $0 == 0x3A || $0 == 0x2D || $0 == 0x2F || $0 == 0x2E }
      guard let year = digits(4), skip(separator), let month = digits(2), skip(separator),
        let day = digits(2)
      else { return nil }
      return Self.valid(year, month, day)
    }

    /// Year, month and day with up to two separators of any kind between them, or with none.
    mutating func looseDate() -> (Int, Int, Int)? {
      let separator: (UInt8) -> Bool = { !(0x30...0x39).contains($0) }
      guard let year = digits(4) else { return nil }
      for _ in 0..<2 { _ = skip(separator) }
      guard let month = digits(2) else { return nil }
      for _ in 0..<2 { _ = skip(separator) }
      guard let day = digits(2) else { return nil }
      return Self.valid(year, month, day)
    }

    private static func valid(_ year: Int, _ month: Int, _ day: Int) -> (Int, Int, Int)? {
      guard (1900...2100).contains(year), (1...12).contains(month), day >= 1,
        day <= CivilTime.daysInMonth(month, year)
      else { return nil }
      return (year, month, day)
    }

    /// Milliseconds of a fraction's digits, cut; nil without a digit.
    mutating func fraction() -> Int? {
      var value = 0
      var count = 0
      while i < bytes.count, bytes[i] >= 0x30, bytes[i] <= 0x39 {
        if count < 3 { value = value * 10 + Int(bytes[i] - 0x30) }
        count += 1
        i += 1
      }
      if count == 0 { return nil }
      return count == 1 ? value * 100 : count == 2 ? value * 10 : value
    }

    mutating func zone() -> Int? {
      if skip({ $0 | 0x20 == 0x7A }) { return 0 }
      guard i < bytes.count, bytes[i] == 0x2B || bytes[i] == 0x2D else { return nil }
      let sign = bytes[i] == 0x2D ? -1 : 1
      i += 1
      // `+1:00` is seen.
      guard let hours = digits(2) ?? digits(1) else { return nil }
      _ = skip({ $0 == 0x3A })
      guard let minutes = digits(2), hours <= 18, minutes < 60 else { return nil }
      return sign * (hours * 60 + minutes)
    }
  }
}

extension Int64 {
  fileprivate func modulo(_ divisor: Int64) -> Int64 {
    let rest = self % divisor
    return rest < 0 ? rest + divisor : rest
  }

  fileprivate func quotientFlooring(_ divisor: Int64) -> Int64 {
    (self - modulo(divisor)) / divisor
  }
}
