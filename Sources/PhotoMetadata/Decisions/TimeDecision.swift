internal import PhotoModel

/// Chooses the capture time: satellite time when it fits the camera's clock, else the camera's
/// clock with its stated offset, else the clock alone.
struct TimeDecision {
  /// No zone is further from UTC than 14 h; one more for a clock set carelessly.
  private static let farthestZone: Int64 = 15 * 3_600_000

  private(set) var takenAt: Int64?
  private(set) var takenLocal: String?
  private(set) var offsetMinutes: Int?
  private(set) var source = ValueSource.exif
  private(set) var localSource = ValueSource.exif
  /// The clock's zone stands in XMP only.
  private var isOffsetOfXmp = false
  private(set) var flags: PhotoFlags = []

  init(exif: ExifValues?, xmp: XmpValues, fields: ContainerFields?) {
    let local = clock(exif, xmp, fields)
    takenLocal = local?.text
    offsetMinutes = local?.offsetMinutes

    if let exif, let date = exif.gpsDate, let seconds = exif.gpsTime,
      let gps = CivilTime(gpsDate: date, seconds: seconds), gps.year >= 2000
    {
      let utc = gps.millisecondsAsUTC
      let fits = local.map { abs($0.millisecondsAsUTC - utc) <= Self.farthestZone } ?? true
      if fits {
        takenAt = utc
        source = .satellite
        return
      }
    }
    if let local, let offset = local.offsetMinutes {
      takenAt = local.millisecondsAsUTC - Int64(offset) * 60_000
      source = localSource
      if isOffsetOfXmp { source = .xmp }
    } else if let exposure = xmp[.utcAtExposure].flatMap({ CivilTime($0) }), exposure.year >= 2000 {
      takenAt = exposure.millisecondsAsUTC - Int64(exposure.offsetMinutes ?? 0) * 60_000
      source = .xmpDrone
    } else {
      takenAt = fields?.createdAt
      source = .container
    }
  }

  /// The camera's clock: DateTimeOriginal, else DateTimeDigitized, else XMP, else a video's date.
  private mutating func clock(
    _ exif: ExifValues?, _ xmp: XmpValues, _ fields: ContainerFields?
  ) -> CivilTime? {
    var stated: CivilTime?
    if let text = exif?.dateTimeOriginal {
      stated = CivilTime(text)
      stated?.setFraction(exif?.subSecOriginal)
      stated?.setOffset(exif?.offsetOriginal)
      // Blanks (with or without colons) are the standard's way to say "unknown".
      if stated == nil && text.utf8.contains(where: { $0 != 0x20 && $0 != 0x3A }) {
        flags.insert(.badTime)
      }
    }
    if stated == nil, let text = exif?.dateTimeDigitized {
      stated = CivilTime(text)
      stated?.setFraction(exif?.subSecDigitized)
      stated?.setOffset(exif?.offsetDigitized)
    }
    let created = xmp[.exifDateTimeOriginal].flatMap { CivilTime($0) }
    let written = xmp[.createDate].flatMap { CivilTime($0) }
    guard var clock = stated else {
      localSource = created != nil ? .xmpExif : written != nil ? .xmp : .container
      return created ?? written ?? fields?.createdText.flatMap { CivilTime($0) }
    }
    // Newer DJI firmware states the zone in XMP only; it counts when it is the same moment.
    for twin in [created, written] where clock.offsetMinutes == nil {
      if let twin, abs(twin.millisecondsAsUTC - clock.millisecondsAsUTC) <= 2000 {
        clock.offsetMinutes = twin.offsetMinutes
        isOffsetOfXmp = twin.offsetMinutes != nil
      }
    }
    return clock
  }
}
