internal import PhotoModel

/// Chooses the capture time. A moment is stated only as certain as its evidence: the camera's clock
/// with the zone of that very clock, else the drone's or the receiver's time that agrees with the clock,
/// else a video's own time of writers that keep to UTC. Evidence that disagrees is flagged and kept.
struct TimeDecision {
  /// No zone is further from UTC than 14 h; one more for a clock set carelessly.
  private static let farthestZone: Int64 = 15 * 3_600_000
  /// Two times of one moment: fixes are some seconds old.
  private static let agreement: Int64 = 60_000
  /// Receivers count weeks from 1980 in ten bits (IS-GPS-200 §20.3.3.3.1.1), and restart after 1024.
  private static let rollover: Int64 = 1024 * 7 * 86_400_000

  private(set) var takenAt: Int64?
  private(set) var takenLocal: String?
  private(set) var offsetMinutes: Int?
  private(set) var source = ValueSource.exif
  private(set) var localSource = ValueSource.exif
  /// What the receiver and the drone say of the moment, whether or not it was taken.
  private(set) var satelliteAt: Int64?
  private(set) var exposureAt: Int64?
  private(set) var flags: PhotoFlags = []

  /// The camera's clock, and whether it was ever set.
  private struct Clock {
    var time: CivilTime
    /// Where its zone stands, when that is another place than the clock's.
    var zoneSource: ValueSource?

    init(_ time: CivilTime) { self.time = time }

    /// As if it were UTC; nil when only the day is known.
    var milliseconds: Int64? { time.isDayOnly ? nil : time.millisecondsAsUTC }

    /// What cameras begin with: the epochs of their systems, and years before digital cameras had
    /// receivers.
    var looksUnset: Bool {
      time.year < 2000
        || time.month == 1 && time.day == 1 && [2000, 2014, 2015, 2016].contains(time.year)
    }
  }

  init(
    exif: SharedExif?, xmp: XmpValues, fields: ContainerFields?, place: PositionSource?
  ) {
    var clock = clock(exif, xmp, fields)
    takenLocal = clock?.time.text
    let satellite = Self.satellite(exif, xmp, place)
    exposureAt = xmp[.utcAtExposure].flatMap { CivilTime(xmp: $0) }
      .flatMap { $0.isDayOnly || $0.year < 2000 ? nil : $0.utc }

    if let unset = clock, unset.looksUnset,
      !(satellite.map { Self.fits($0, unset.milliseconds) && Self.isPlausible($0) } ?? false)
    {
      flags.insert(.badTime)
      clock = nil
    }
    if let clock {
      satelliteAt = satellite.flatMap { Self.undoRollover($0, near: clock.milliseconds) }
      decide(clock, fields)
    } else {
      satelliteAt = satellite.flatMap { Self.undoRollover($0, near: nil) }
      decideWithoutClock(fields)
    }
    offsetMinutes = clock?.time.offsetMinutes
  }

  private mutating func decide(_ clock: Clock, _ fields: ContainerFields?) {
    guard let local = clock.milliseconds else {
      decideWithoutClock(fields)
      return
    }
    if let offset = clock.time.offsetMinutes {
      take(local - Int64(offset) * 60_000, clock.zoneSource ?? localSource)
    } else if let exposureAt, Self.fits(exposureAt, local) {
      take(exposureAt, .xmpDrone)
    } else if let satelliteAt, Self.fits(satelliteAt, local) {
      take(satelliteAt, .satellite)
    } else if exposureAt == nil, satelliteAt == nil, let createdAt = fields?.createdAt,
      Self.fits(createdAt, local)
    {
      take(createdAt, .container)
    }
    flagConflicts()
  }

  private mutating func decideWithoutClock(_ fields: ContainerFields?) {
    if let exposureAt {
      take(exposureAt, .xmpDrone)
    } else if let satelliteAt {
      take(satelliteAt, .satellite)
    } else if let createdAt = fields?.createdAt {
      take(createdAt, .container)
    }
    flagConflicts()
  }

  private mutating func take(_ moment: Int64, _ from: ValueSource) {
    takenAt = moment
    source = from
  }

  private mutating func flagConflicts() {
    for moment in [satelliteAt, exposureAt].compactMap({ $0 }) {
      let agrees = takenAt.map { abs($0 - moment) <= Self.agreement } ?? false
      if !agrees { flags.insert(.timeConflict) }
    }
  }

  /// Whether a moment and a clock of unknown zone may be one.
  private static func fits(_ moment: Int64, _ local: Int64?) -> Bool {
    local.map { abs($0 - moment) <= farthestZone } ?? true
  }

  /// Whether a moment and the text of a clock of unknown zone may be one.
  static func mayBe(_ moment: Int64, _ local: String?) -> Bool {
    fits(moment, local.flatMap { CivilTime($0) }?.millisecondsAsUTC)
  }

  private static func isPlausible(_ moment: Int64) -> Bool { moment >= 946_684_800_000 }

  /// - Returns: nil for a time before 2000 that no rollover explains.
  private static func undoRollover(_ stated: Int64, near local: Int64?) -> Int64? {
    if let local {
      for weeks in 0...2 {
        let moment = stated + Int64(weeks) * rollover
        if fits(moment, local), isPlausible(moment) { return moment }
      }
    }
    if isPlausible(stated) { return stated }
    let later = stated + rollover
    return isPlausible(later) ? later : nil
  }

  /// The receiver's date and time: Exif's, else that of the packet which the position is from.
  private static func satellite(
    _ exif: SharedExif?, _ xmp: XmpValues, _ place: PositionSource?
  ) -> Int64? {
    if let exif, let date = exif.gpsDate, let seconds = exif.gpsTime,
      let time = CivilTime(gpsDate: date, seconds: seconds)
    {
      return time.millisecondsAsUTC
    }
    guard place == .xmpExif || place == .xmpDrone, let text = xmp[.exifGPSTime] else { return nil }
    // A whole date and time (XMP part 2, Exif schema); older writers state the date by itself.
    let joined = xmp[.exifGPSDate].map { $0 + " " + text }
    guard
      let time = CivilTime(xmp: text) ?? joined.flatMap({ CivilTime(xmp: $0) })
        ?? exifForm(text, on: xmp[.exifGPSDate]), !time.isDayOnly
    else { return nil }
    return time.utc
  }

  /// Hours, minutes and seconds as three fractions: `8/1 11/1 12/1`, as Exif has them.
  private static func exifForm(_ text: String, on date: String?) -> CivilTime? {
    let texts = text.split(separator: " ")
    let parts = texts.compactMap { XmpValues.number($0) }
    guard let date, texts.count == 3, parts.count == 3, (0..<24).contains(parts[0]),
      (0..<60).contains(parts[1]),
      (0..<60).contains(parts[2])
    else { return nil }
    return CivilTime(gpsDate: date, seconds: parts[0] * 3600 + parts[1] * 60 + parts[2])
  }

  // MARK: The camera's clock

  /// DateTimeOriginal, else DateTimeDigitized, else a video's date with its zone, else XMP, else a video's
  /// clock of unknown zone.
  private mutating func clock(
    _ exif: SharedExif?, _ xmp: XmpValues, _ fields: ContainerFields?
  ) -> Clock? {
    if let exif, let clock = exifClock(exif) {
      return withZone(ofCamera: xmp, clock)
    }
    if let time = fields?.createdText.flatMap({ CivilTime(xmp: $0) }) {
      localSource = .container
      return Clock(time)
    }
    let stated: [(XmpKey, ValueSource)] = [
      (.exifDateTimeOriginal, .xmpExif), (.dateCreated, .xmp), (.createDate, .xmp),
      (.exifDateTimeDigitized, .xmpExif),
    ]
    var day: CivilTime?
    for (key, from) in stated {
      guard let time = xmp[key].flatMap({ CivilTime(xmp: $0) }) else { continue }
      // A time of day says more than a day.
      if time.isDayOnly {
        if day == nil { (day, localSource) = (time, from) }
        continue
      }
      localSource = from
      return Clock(time)
    }
    if let day { return Clock(day) }
    localSource = .container
    return fields?.createdLocal.map { Clock($0) }
  }

  private mutating func exifClock(_ exif: SharedExif) -> Clock? {
    let original = Self.time(exif.original)
    // Blanks (with or without colons) are the standard's way to say "unknown".
    if original == nil, let text = exif.original.text,
      text.utf8.contains(where: { $0 != 0x20 && $0 != 0x3A })
    {
      flags.insert(.badTime)
    }
    guard var time = original ?? Self.time(exif.digitized) else { return nil }
    // Each offset belongs to a clock of its own, and to another one only when both are one moment.
    for clock in [exif.digitized, exif.changed] where time.offsetMinutes == nil {
      guard let other = Self.time(clock), other.isSameSecond(as: time) else { continue }
      time.offsetMinutes = other.offsetMinutes
    }
    return Clock(time)
  }

  private static func time(_ clock: ExifValues.Clock) -> CivilTime? {
    guard let text = clock.text, var time = CivilTime(text) else { return nil }
    time.setFraction(clock.fraction)
    time.setOffset(clock.offset)
    return time
  }

  /// Newer DJI firmware states the zone in XMP only. Programs write the zone of the computer, so it
  /// counts in a packet of the camera's own, and when it is the same moment.
  private func withZone(ofCamera xmp: XmpValues, _ clock: Clock) -> Clock {
    guard clock.time.offsetMinutes == nil, xmp.isOfCamera else { return clock }
    for key in [XmpKey.exifDateTimeOriginal, .createDate] {
      guard let twin = xmp[key].flatMap({ CivilTime(xmp: $0) }), !twin.isDayOnly,
        let offset = twin.offsetMinutes,
        abs(twin.millisecondsAsUTC - clock.time.millisecondsAsUTC) <= 2000
      else { continue }
      var out = clock
      out.time.offsetMinutes = offset
      out.zoneSource = .xmp
      return out
    }
    return clock
  }
}

extension CivilTime {
  /// Milliseconds since 1970, by the time's own zone; without one it is UTC.
  fileprivate var utc: Int64 { millisecondsAsUTC - Int64(offsetMinutes ?? 0) * 60_000 }

  fileprivate func isSameSecond(as other: CivilTime) -> Bool {
    millisecondsAsUTC / 1000 == other.millisecondsAsUTC / 1000
  }
}

extension XmpValues {
  /// A drone wrote the packet, and no program after it.
  fileprivate var isOfCamera: Bool {
    let ofDrones: [XmpKey] = [
      .gpsLatitude, .latitude, .absoluteAltitude, .relativeAltitude, .gimbalYaw, .gimbalPitch,
      .flightYaw, .rtkFlag, .gpsStatus,
    ]
    return self[.editorMark] == nil && ofDrones.contains { self[$0] != nil }
  }
}
