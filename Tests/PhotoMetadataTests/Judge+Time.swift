import PhotoModel

/// Times: the camera's clock as text, and the moment when something in the file makes it certain.
extension Judge {
  /// A date as another decoder shows it.
  private struct Clock {
    /// Milliseconds of the date taken as UTC.
    var milliseconds: Int64
    /// `2018-05-17T10:11:12`, with three digits of a fraction where one is stated.
    var text: String
    var offsetMinutes: Int64?
    var year: Int64

    /// `2018:05:17 10:11:12[.34][+02:00|Z]` in any punctuation; nil for dates that no clock shows.
    init?(_ text: String, fraction: String? = nil, offset: String? = nil) {
      let parts = text.prefix(19).split { !$0.isNumber }
      let n = parts.compactMap { Int64($0) }
      guard n.count == 6, text.count >= 19, (1900...2100).contains(n[0]), (1...12).contains(n[1]),
        n[2] >= 1, n[2] <= Self.days(n[0], n[1]), n[3] < 24, n[4] < 60, n[5] < 60
      else { return nil }
      let behind = text.dropFirst(19)
      let digits =
        behind.first == "."
        ? String(behind.dropFirst().prefix(while: \.isNumber)) : fraction?.filter(\.isNumber) ?? ""
      let thousandths = digits.isEmpty ? "" : String((digits + "00").prefix(3))
      year = n[0]
      milliseconds =
        (Self.daysSince1970(n[0], n[1], n[2]) * 86_400 + n[3] * 3600 + n[4] * 60 + n[5]) * 1000
        + (Int64(thousandths) ?? 0)
      self.text =
        "\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])"
        + (thousandths.isEmpty ? "" : "." + thousandths)
      offsetMinutes =
        Self.minutes(behind.drop { $0 == "." || $0.isNumber })
        ?? offset.flatMap {
          Self.minutes($0[...])
        }
    }

    /// XMP's dates may end after the day or the minute; a day alone has no time of day.
    init?(xmp text: String) {
      // Two dates in one text are none.
      if text.contains(",") { return nil }
      if let whole = Clock(text) {
        self = whole
        return
      }
      let isDay = text.count == 10
      let rest = isDay ? "" : text.dropFirst(16)
      guard text.count >= 16 || isDay,
        let clock = Clock((isDay ? text + " 00:00" : String(text.prefix(16))) + ":00" + rest)
      else { return nil }
      self = clock
      if isDay { self.text = String(clock.text.prefix(10)) }
    }

    private static func minutes(_ zone: Substring) -> Int64? {
      if zone == "Z" { return 0 }
      let parts = zone.dropFirst().split(separator: ":").compactMap { Int64($0) }
      guard zone.first == "+" || zone.first == "-", parts.count == 2, parts[0] <= 14,
        parts[1] < 60
      else { return nil }
      return (zone.first == "-" ? -1 : 1) * (parts[0] * 60 + parts[1])
    }

    private static func isLeap(_ y: Int64) -> Bool { y % 4 == 0 && y % 100 != 0 || y % 400 == 0 }

    private static func days(_ year: Int64, _ month: Int64) -> Int64 {
      switch month {
      case 2: isLeap(year) ? 29 : 28
      case 4, 6, 9, 11: 30
      default: 31
      }
    }

    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
      var total = day - 1
      for m in 1..<month { total += days(year, m) }
      if year >= 1970 {
        for y in 1970..<year { total += isLeap(y) ? 366 : 365 }
      } else {
        for y in year..<1970 { total -= isLeap(y) ? 366 : 365 }
      }
      return total
    }

    var utc: Int64? { offsetMinutes.map { milliseconds - $0 * 60_000 } }
  }

  /// A clock of Exif with the zone of that very clock, and that of another one at the same second.
  private static func exifClock(_ file: Corpus.File) -> Clock? {
    func clock(_ name: String, _ fraction: String?, _ offset: String) -> Clock? {
      file.text(name).flatMap {
        Clock($0, fraction: fraction.flatMap { file.text($0) }, offset: file.text(offset))
      }
    }
    let digitized = clock(
      "ExifIFD:CreateDate", "ExifIFD:SubSecTimeDigitized", "ExifIFD:OffsetTimeDigitized")
    let changed = clock("IFD0:ModifyDate", nil, "ExifIFD:OffsetTime")
    guard
      var own = clock(
        "ExifIFD:DateTimeOriginal", "ExifIFD:SubSecTimeOriginal", "ExifIFD:OffsetTimeOriginal")
        ?? digitized
    else { return nil }
    for case .some(let other) in [digitized, changed] where own.offsetMinutes == nil {
      if other.milliseconds / 1000 == own.milliseconds / 1000 {
        own.offsetMinutes = other.offsetMinutes
      }
    }
    return own
  }

  /// DateTimeOriginal, else the digitized one, else a video's with a zone, else XMP's, else a video's
  /// header; and whether it is that header.
  private static func clock(_ file: Corpus.File, isVideo: Bool) -> (Clock, isHeader: Bool)? {
    if let own = exifClock(file) { return (own, false) }
    if let own = file.text("Keys:CreationDate").flatMap({ Clock($0) }) { return (own, false) }
    let names = [
      "XMP-exif:DateTimeOriginal", "XMP-photoshop:DateCreated", "XMP-xmp:CreateDate",
      "XMP-exif:DateTimeDigitized",
    ]
    for name in names {
      if let own = file.text(name).flatMap({ Clock(xmp: $0) }) { return (own, false) }
    }
    guard isVideo else { return nil }
    return file.text("QuickTime:CreateDate").flatMap { Clock($0) }.map { ($0, true) }
  }

  /// The clock with its zone; else what satellites or the drone say, when it fits; else a header that is
  /// UTC for makers who keep to that. The Boolean: the evidence disagrees.
  private static func moment(
    _ file: Corpus.File, _ clock: Clock?, _ place: PositionSource?
  ) -> (at: Int64?, isConflict: Bool) {
    let isUnset = clock.map { $0.year < 2000 } ?? true
    func fits(_ moment: Int64) -> Bool {
      isUnset || clock.map { abs($0.milliseconds - moment) <= 15 * 3_600_000 } ?? true
    }
    var satellite: Int64?
    if let date = file.text("GPS:GPSDateStamp"), let time = file.text("GPS:GPSTimeStamp") {
      satellite = Clock("\(date) \(time)").flatMap { $0.year >= 2000 ? $0.milliseconds : nil }
    } else if place == .xmpExif || place == .xmpDrone,
      let text = file.text("XMP-exif:GPSDateTime") ?? file.text("XMP-exif:GPSTimeStamp")
    {
      satellite = Clock(text).map { $0.utc ?? $0.milliseconds }
    }
    let exposure = file.text("XMP-drone-dji:UTCAtExposure").flatMap { Clock($0) }?.milliseconds
    let evidence = [exposure, satellite].compactMap { $0 }
    let at = isUnset ? evidence.first : clock?.utc ?? evidence.first(where: fits)
    return (at, evidence.contains { other in at.map { abs($0 - other) > 60_000 } ?? true })
  }

  static func time(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    let (expected, isHeader) = clock(file, isVideo: record.kind == .video) ?? (nil, false)
    var (at, isConflict) = moment(file, expected, record.source)
    var local = expected?.text
    if record.kind == .video, isHeader {
      let keepsToUTC = file.text("Keys:Make") == "Apple"
      (at, local) = keepsToUTC ? (expected?.milliseconds, nil) : (nil, local)
      isConflict = false
    }
    var out = [String]()
    // Where Exif says that its date is not known, XMP's date of creation may count or not.
    let isOptional = file.text("ExifIFD:DateTimeOriginal")?.hasPrefix("0000") == true
    if isOptional && record.takenLocal == nil && record.takenAt == nil { return [] }
    if record.takenLocal != local {
      out.append("clock \(record.takenLocal ?? "none") is not \(local ?? "none")")
    }
    if record.flags.contains(.timeConflict) != isConflict {
      out.append(isConflict ? "times that disagree have no flag" : "times that agree have a flag")
    }
    switch (record.takenAt, at) {
    case (nil, nil): break
    case (let ours?, let theirs?) where abs(ours - theirs) <= 1: break
    default: out.append("moment \(record.takenAt.debugDescription) is not \(at.debugDescription)")
    }
    return out
  }
}

extension Corpus.File {
  func text(_ name: String) -> String? {
    switch exiftool?[name] {
    case .text(let text): text
    // Digits alone come as a number.
    case .number(let number): Int64(exactly: number).map(String.init)
    default: nil
    }
  }
}
