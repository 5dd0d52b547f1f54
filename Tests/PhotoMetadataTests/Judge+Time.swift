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

  /// DateTimeOriginal, else the digitized one, else XMP's, else a video's with a zone.
  private static func clock(_ file: Corpus.File) -> Clock? {
    func clock(_ name: String, _ fraction: String, _ offset: String) -> Clock? {
      file.text(name).flatMap {
        Clock(
          $0, fraction: file.text(fraction),
          offset: file.text(offset) ?? file.text("ExifIFD:OffsetTime"))
      }
    }
    let xmp = ["XMP-exif:DateTimeOriginal", "XMP-xmp:CreateDate"].map {
      file.text($0).flatMap { Clock($0) }
    }
    let exif =
      clock(
        "ExifIFD:DateTimeOriginal", "ExifIFD:SubSecTimeOriginal", "ExifIFD:OffsetTimeOriginal")
      ?? clock("ExifIFD:CreateDate", "ExifIFD:SubSecTimeDigitized", "ExifIFD:OffsetTimeDigitized")
    guard var own = exif else {
      return xmp[0] ?? xmp[1] ?? file.text("Keys:CreationDate").flatMap { Clock($0) }
    }
    for case .some(let twin) in xmp where own.offsetMinutes == nil {
      if abs(twin.milliseconds - own.milliseconds) <= 2000 {
        own.offsetMinutes = twin.offsetMinutes
      }
    }
    return own
  }

  /// Satellite time that fits the clock, else the clock with its offset, else a time that is UTC by itself.
  private static func moment(_ file: Corpus.File, _ clock: Clock?, isVideo: Bool) -> Int64? {
    if let date = file.text("GPS:GPSDateStamp"), let time = file.text("GPS:GPSTimeStamp"),
      let gps = Clock("\(date) \(time)"), gps.year >= 2000,
      clock.map({ abs($0.milliseconds - gps.milliseconds) <= 15 * 3_600_000 }) ?? true
    {
      return gps.milliseconds
    }
    if let utc = clock?.utc { return utc }
    if let text = file.text("XMP-drone-dji:UTCAtExposure"), let exposure = Clock(text) {
      return exposure.milliseconds
    }
    guard isVideo, let created = file.text("QuickTime:CreateDate").flatMap({ Clock($0) }) else {
      return nil
    }
    return created.milliseconds > 0 ? created.milliseconds : nil
  }

  static func time(_ file: Corpus.File, _ record: PhotoRecord) -> [String] {
    let expected = clock(file)
    let at = moment(file, expected, isVideo: record.kind == .video)
    var out = [String]()
    // Where Exif says that its date is not known, XMP's date of creation may count or not.
    let isOptional = file.text("ExifIFD:DateTimeOriginal")?.hasPrefix("0000") == true
    if isOptional && record.takenLocal == nil && record.takenAt == nil { return [] }
    if record.takenLocal != expected?.text {
      out.append("clock \(record.takenLocal ?? "none") is not \(expected?.text ?? "none")")
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
