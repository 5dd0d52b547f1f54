import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// What may be called the moment of a photo, each row with the source of its rule.
@Suite struct TimeRuleTests {
  typealias Entry = JpegTiff.Entry

  /// 2024-07-10T10:00:00Z.
  static let noon: Int64 = 1_720_605_600_000

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var edit: @Sendable (inout JpegBuilder) -> Void
    var at: Int64?
    var local: String?
    var offset: Int?
    var flags: PhotoFlags

    init(
      _ name: String, at: Int64?, local: String?, offset: Int? = nil, _ flags: PhotoFlags = [],
      edit: @escaping @Sendable (inout JpegBuilder) -> Void
    ) {
      testDescription = name
      (self.at, self.local, self.offset, self.flags, self.edit) = (at, local, offset, flags, edit)
    }

    func check() {
      Decision(testDescription, edit) { record in
        let ofTimes: PhotoFlags = [.badTime, .timeConflict]
        return record.takenAt == at && record.takenLocal == local
          && record.utcOffsetMinutes == offset && record.flags.intersection(ofTimes) == flags
      }.check()
    }
  }

  static func offsets(
    _ local: String, changed: String? = nil, _ offset: String?, original: String? = nil,
    digitized: (String, String)? = nil
  ) -> @Sendable (inout JpegBuilder) -> Void {
    return { photo in
      photo.dateTimeOriginal = local
      photo.offsetTime = original
      if let changed { photo.ifd0Overrides.append(Entry(0x0132, .ascii(changed))) }
      if let offset { photo.exifOverrides.append(Entry(0x9010, .ascii(offset))) }
      if let digitized {
        photo.exifOverrides.append(Entry(0x9004, .ascii(digitized.0)))
        photo.exifOverrides.append(Entry(0x9012, .ascii(digitized.1)))
      }
    }
  }

  static let july = "2024:07:10 12:00:00"
  static let julyText = "2024-07-10T12:00:00"

  /// Exif 3.0 §4.6.5: OffsetTime belongs to DateTime, OffsetTimeOriginal to DateTimeOriginal,
  /// OffsetTimeDigitized to DateTimeDigitized.
  static let zones: [Row] = [
    Row(
      "OffsetTime of a later edit", at: nil, local: julyText,
      edit: offsets(july, changed: "2024:12:20 18:00:00", "+01:00")),
    Row(
      "OffsetTime without DateTime", at: nil, local: julyText, edit: offsets(july, "+01:00")),
    Row(
      "OffsetTime of the same second", at: noon, local: julyText, offset: 120,
      edit: offsets(july, changed: july, "+02:00")),
    Row(
      "OffsetTimeOriginal beside OffsetTime", at: noon, local: julyText, offset: 120,
      edit: offsets(july, changed: "2024:12:20 18:00:00", "+01:00", original: "+02:00")),
    Row(
      "OffsetTimeDigitized of the same second", at: noon, local: julyText, offset: 120,
      edit: offsets(july, nil, digitized: (july, "+02:00"))),
    Row(
      "OffsetTimeDigitized of a scan", at: nil, local: julyText,
      edit: offsets(july, nil, digitized: ("2024:08:01 09:00:00", "+02:00"))),
    Row(
      "a blank OffsetTimeOriginal", at: noon, local: julyText, offset: 120,
      edit: offsets(july, changed: july, "+02:00", original: "   :  ")),
  ]

  @Test(arguments: zones) func anOffsetBelongsToItsOwnClock(_ row: Row) { row.check() }

  static func satellite(
    _ local: String?, _ offset: String?, _ date: String, _ seconds: Int
  ) -> @Sendable (inout JpegBuilder) -> Void {
    return { photo in
      photo.dateTimeOriginal = local
      photo.offsetTime = offset
      photo.gpsDate = date
      photo.gpsSecondsOfDay = seconds
    }
  }

  /// Exif 3.0 §4.6.6 GPSTimeStamp: the time of the fix, which may be old; IS-GPS-200 §20.3.3.3.1.1:
  /// ten bits of weeks.
  static let satellites: [Row] = [
    Row(
      "within a minute of clock and zone", at: noon, local: julyText, offset: 120,
      edit: satellite(july, "+02:00", "2024:07:10", 36_060)),
    Row(
      "more than a minute off", at: noon, local: julyText, offset: 120, .timeConflict,
      edit: satellite(july, "+02:00", "2024:07:10", 36_061)),
    Row(
      "a date that is the local one", at: 1_704_065_400_000, local: "2024-01-01T08:30:00",
      offset: 540, .timeConflict,
      edit: satellite("2024:01:01 08:30:00", "+09:00", "2024:01:01", 84_600)),
    Row(
      "of a fix hours ago", at: noon, local: julyText, offset: 120, .timeConflict,
      edit: satellite(july, "+02:00", "2024:07:10", 20_000)),
    Row(
      "no zone", at: noon + 1000, local: julyText, edit: satellite(july, nil, "2024:07:10", 36_001)),
    Row(
      "no zone, 15 hours", at: noon - 46_800_000, local: julyText,
      edit: satellite(july, nil, "2024:07:09", 75_600)),
    Row(
      "no zone, more than 15 hours", at: nil, local: julyText, .timeConflict,
      edit: satellite(july, nil, "2024:07:09", 75_599)),
    Row(
      "no clock", at: noon, local: nil, edit: satellite(nil, nil, "2024:07:10", 36_000)),
    Row(
      "a rollover of 1024 weeks", at: noon, local: julyText,
      edit: satellite(july, nil, "2004:11:24", 36_000)),
    Row(
      "a rollover, zone stated", at: noon, local: julyText, offset: 120,
      edit: satellite(july, "+02:00", "2004:11:24", 36_000)),
    Row(
      "before 2000, and no rollover explains it", at: nil, local: julyText,
      edit: satellite(july, nil, "1970:01:01", 0)),
  ]

  @Test(arguments: satellites) func satelliteTimeIsOfTheLastFix(_ row: Row) { row.check() }

  /// Clocks that were never set show the epoch of their system (row 3 of the time rules: DOS 1980, Android and DJI 2014 to 2016);
  /// then the satellites' time counts, after a rollover, too (IS-GPS-200 §20.3.3.3.1.1).
  @Test(arguments: [
    "1970:01:01 00:00:00", "1980:01:01 00:00:12", "2000:01:01 03:00:00", "2014:01:01 00:10:00",
    "2015:01:01 12:00:00", "2016:01:01 00:00:12", "1998:05:06 10:00:00",
  ])
  func aClockThatWasNeverSetSaysNothing(_ text: String) throws {
    let local = text.replacing(":", with: "-", maxReplacements: 2).replacing(" ", with: "T")
    Row(
      "satellite", at: Self.noon, local: local, .badTime,
      edit: Self.satellite(text, nil, "2024:07:10", 36_000)
    ).check()
    Row(
      "satellite and zone", at: Self.noon, local: local, .badTime,
      edit: Self.satellite(text, "+02:00", "2024:07:10", 36_000)
    ).check()
    Row(
      "a receiver 1024 weeks behind", at: 1_250_503_200_000, local: local, .badTime,
      edit: Self.satellite(text, nil, "1990:01:01", 36_000)
    ).check()
    Row("alone", at: nil, local: local, .badTime) { $0.dateTimeOriginal = text }.check()
    Row("zone alone", at: nil, local: local, .badTime) {
      $0.dateTimeOriginal = text
      $0.offsetTime = "+02:00"
    }.check()
  }

  /// 2016-01-01T00:30:00 at +02:00, confirmed by the receiver.
  @Test func newYearIsADayLikeOthers() {
    Row(
      "confirmed", at: 1_451_601_000_000, local: "2016-01-01T00:30:00",
      edit: Self.satellite("2016:01:01 00:30:00", nil, "2015:12:31", 81_000)
    ).check()
  }

  static func exposure(
    _ utc: String, _ clock: String? = july, _ offset: String? = nil
  ) -> @Sendable (inout JpegBuilder) -> Void {
    return { photo in
      photo.dateTimeOriginal = clock
      photo.offsetTime = offset
      photo.xmp = Parts.dji([("UTCAtExposure", utc)])
    }
  }

  /// DJI, Mavic 3M manual p. 89: UTCAtExposure is the moment of the shutter, in microseconds.
  @Test(arguments: [
    Row(
      "no zone", at: noon, local: julyText, edit: exposure("2024-07-10T10:00:00.000123")),
    Row(
      "a zone that agrees", at: noon, local: julyText, offset: 120,
      edit: exposure("2024-07-10T10:00:01.5", july, "+02:00")),
    Row(
      "a zone that does not", at: noon, local: julyText, offset: 120, .timeConflict,
      edit: exposure("2024-07-10T09:00:00", july, "+02:00")),
    Row(
      "more than 15 hours from the clock", at: nil, local: julyText, .timeConflict,
      edit: exposure("2024-07-12T10:00:00")),
    Row(
      "a clock that was never set", at: noon, local: "2015-01-01T00:00:10", .badTime,
      edit: exposure("2024-07-10T10:00:00", "2015:01:01 00:00:10")),
  ])
  func theDronesTimeIsThatOfTheShutter(_ row: Row) { row.check() }

  /// Programs write the zone of the computer beside the camera's clock (MWG guidelines 2.0 §5.4).
  @Test(arguments: [
    ("xmp:CreateDate", [(key: String, value: String)](), nil as Int?),
    ("exif:DateTimeOriginal", [], nil),
    ("xmp:CreateDate", [("drone-dji:RelativeAltitude", "+10")], 120),
    (
      "xmp:CreateDate",
      [("drone-dji:RelativeAltitude", "+10"), ("xmp:CreatorTool", "Some Editor 5.0")], nil
    ),
    (
      "xmp:CreateDate",
      [("drone-dji:RelativeAltitude", "+10"), ("xmp:MetadataDate", "2024-08-01")], nil
    ),
  ])
  func theZoneOfXmpCountsInAPacketOfTheCamera(
    _ key: String, _ more: [(key: String, value: String)], _ offset: Int?
  ) {
    Row(
      key, at: offset == nil ? nil : Self.noon, local: Self.julyText, offset: offset,
      edit: {
        $0.dateTimeOriginal = Self.july
        $0.xmp = Parts.packet([(key, "2024-07-10T12:00:00+02:00")] + more)
      }
    ).check()
  }

  /// XMP part 1 §8.2.1.2.
  @Test(arguments: [
    ("2004-12-01T13:08-05:00", "2004-12-01T13:08:00", 1_101_924_480_000 as Int64?),
    ("2004-12-01T13:08Z", "2004-12-01T13:08:00", 1_101_906_480_000),
    ("2004-12-01T13:08", "2004-12-01T13:08:00", nil),
    ("2004-12-01T13:08:17-05:00", "2004-12-01T13:08:17", 1_101_924_497_000),
    ("2004-12-01T13:08:17.25-05:00", "2004-12-01T13:08:17.250", 1_101_924_497_250),
    ("2004-12-01", "2004-12-01", nil), ("2004-12", nil, nil), ("2004", nil, nil),
    ("2004-12-01T13", nil, nil), ("2004-13-01", nil, nil),
  ])
  func everyFormOfAnXmpDate(_ text: String, _ local: String?, _ at: Int64?) {
    for key in ["xmp:CreateDate", "xap:CreateDate", "photoshop:DateCreated"] {
      Decision(
        key + text,
        {
          $0.dateTimeOriginal = nil
          $0.xmp = Parts.packet([(key, text)])
        },
        then: { $0.takenLocal == local && $0.takenAt == at }
      ).check()
    }
  }

  /// XMP part 2, Exif schema: GPSTimeStamp is a whole date and time in UTC. It counts where the
  /// position is the packet's.
  @Test func timeAndDirectionOfAPacketGoWithItsPosition() {
    let fields: [(key: String, value: String)] = [
      ("exif:GPSLatitude", "31,30N"), ("exif:GPSLongitude", "35,28E"),
      ("exif:GPSTimeStamp", "2024-07-10T10:00:00Z"),
      ("exif:GPSImgDirection", "29176978/100000"), ("exif:GPSImgDirectionRef", "M"),
    ]
    Decision(
      "the packet's position",
      {
        $0.dateTimeOriginal = nil
        $0.removePosition()
        $0.xmp = Parts.packet(fields)
      },
      then: {
        $0.takenAt == Self.noon && $0.imageDirection == 291.76978 && $0.imageDirectionMagnetic
          && $0.satelliteAt == Self.noon && $0.sources[.direction] == .xmpExif
      }
    ).check()
    Decision("Exif's position", { $0.xmp = Parts.packet(fields) }) {
      $0.takenAt == nil && $0.imageDirection == nil && $0.satelliteAt == nil
    }.check()
  }

  /// A row never contradicts itself.
  @Test(arguments: [nil, "+02:00", "-09:30"] as [String?], 0..<24)
  func localTimeAndZoneGiveTheMoment(_ offset: String?, _ hour: Int) {
    Decision(
      "\(hour)",
      Self.satellite(
        "2024:07:10 \(hour < 10 ? "0" : "")\(hour):00:00", offset, "2024:07:10", 36_000),
      then: { record in
        guard let zone = record.utcOffsetMinutes, let at = record.takenAt else { return true }
        return record.takenLocal == "2024-07-10T\(hour < 10 ? "0" : "")\(hour):00:00"
          && at + Int64(zone) * 60_000 == 1_720_569_600_000 + Int64(hour) * 3_600_000
      }
    ).check()
  }

  struct Video: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var boxes: [[UInt8]]
    var isUTC: Bool
    var brand = "mp42"
  }

  typealias B = ContainerBuilder

  /// ISO/IEC 14496-12 §8.2.2 wants UTC; who keeps to it, and who does not, stands in docs/fields.md.
  static let videos: [Video] = [
    Video(
      testDescription: "GoPro", boxes: [B.box("udta", B.box("FIRM", B.latin("HD9.01.01.72.00")))],
      isUTC: false, brand: "mp41"),
    Video(
      testDescription: "GoPro behind a place",
      boxes: [
        B.box("udta", B.userText("©xyz", "+47.3771+008.5421/") + B.box("CAME", [1, 2, 3, 4]))
      ], isUTC: false),
    Video(
      testDescription: "Apple",
      boxes: [B.appleMeta([("com.apple.quicktime.make", "Apple")])], isUTC: true, brand: "qt  "),
    Video(
      testDescription: "Android", boxes: [B.appleMeta([("com.android.version", "14")])],
      isUTC: true),
    Video(testDescription: "nobody says who", boxes: [], isUTC: false),
  ]

  @Test(arguments: videos) func theClockOfAVideoIsUtcForThoseWhoKeepToIt(_ video: Video) {
    let record = Run(B.video(brand: video.brand, video.boxes)).record
    #expect(record.takenAt == (video.isUTC ? 1_517_155_200_000 : nil))
    #expect(record.takenLocal == (video.isUTC ? nil : "2018-01-28T16:00:00"))
  }

  @Test func appleStatesTheZone() {
    let record = Run(
      B.video(
        brand: "qt  ",
        [
          B.appleMeta([
            ("com.apple.quicktime.make", "Apple"),
            ("com.apple.quicktime.creationdate", "2018-01-29T02:00:00+0200"),
          ])
        ])
    ).record
    #expect(record.takenAt == 1_517_184_000_000)
    #expect(record.takenLocal == "2018-01-29T02:00:00" && record.utcOffsetMinutes == 120)
  }
}
