import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Rows of the decision table that are about heights, times and directions, and about damaged files.
@Suite struct ValueRowTests {
  typealias Entry = JpegTiff.Entry

  /// A height of 8.5 m with this reference.
  private static func height(_ ref: JpegTiff.Value?) -> (inout JpegBuilder) -> Void {
    return { photo in
      photo.altitude = nil
      photo.gpsOverrides = [Parts.altitude(8500)] + (ref.map { [Entry(5, $0)] } ?? [])
    }
  }

  @Test(arguments: [
    Decision("absent", height(nil), then: { $0.isHigh(8.5, .unknown, .altRefMissing) }),
    Decision("0", height(.bytes([0])), then: { $0.isHigh(8.5, .seaLevel) }),
    Decision("1", height(.bytes([1])), then: { $0.isHigh(-8.5, .seaLevel) }),
    Decision("2", height(.bytes([2])), then: { $0.isHigh(8.5, .ellipsoid) }),
    Decision("3", height(.bytes([3])), then: { $0.isHigh(-8.5, .ellipsoid) }),
    Decision("ASCII 0", height(.ascii("0")), then: { $0.isHigh(8.5, .seaLevel) }),
    Decision("ASCII 1", height(.ascii("1")), then: { $0.isHigh(-8.5, .seaLevel) }),
    Decision("0 100", height(.bytes([0, 100])), then: { $0.isHigh(8.5, .seaLevel) }),
  ])
  func row07_altitudeReference(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision(
      "absurd, the drone's is sane",
      {
        $0.gpsOverrides = [Parts.altitude(117_991_907), Entry(6, .rationals([(117_991_907, 1)]))]
        $0.xmp = Parts.dji([("AbsoluteAltitude", "+1.20")])
      }, then: { $0.isHigh(1.2, .unknown, .altOutOfRange) }),
    Decision(
      "absurd in both",
      {
        $0.gpsOverrides = [Parts.altitude(13_490_284)]
        $0.xmp = Parts.dji([("AbsoluteAltitude", "+13490.28")])
      }, then: { $0.isHigh(nil, nil, .altOutOfRange) }),
    Decision(
      "a wrapped negative number",
      { $0.gpsOverrides = [Entry(6, .rationals([(4_294_967_284, 1)]))] },
      then: { $0.isHigh(nil, nil, .altOutOfRange) }),
    Decision(
      "-848 m", { $0.gpsOverrides = [Entry(5, .bytes([1])), Parts.altitude(848_000)] },
      then: { $0.isHigh(nil, nil, .altOutOfRange) }),
    Decision(
      "at both edges", { $0.gpsOverrides = [Parts.altitude(12_000_000)] },
      then: { $0.isHigh(12_000, .seaLevel) }),
    Decision(
      "0/0", { $0.gpsOverrides = [Entry(6, .rationals([(0, 0)]))] }, then: { $0.isHigh(nil) }),
  ])
  func row08_absurdAltitude(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision(
      "Exif's is the relative one",
      {
        $0.gpsOverrides = [Parts.altitude(73_000)]
        $0.xmp = Parts.dji([("AbsoluteAltitude", "+824.61"), ("RelativeAltitude", "+73.00")])
      },
      then: { $0.isHigh(824.61, .unknown, .altConflict) && $0.relativeAltitude == 73 }),
    Decision(
      "another one",
      {
        $0.gpsOverrides = [Parts.altitude(80_000)]
        $0.xmp = Parts.dji([("AbsoluteAltitude", "+824.61"), ("RelativeAltitude", "+73.00")])
      }, then: { $0.isHigh(80, .seaLevel, .altConflict) && $0.relativeAltitude == 73 }),
  ])
  func row09_relativeAltitudeInExif(_ decision: Decision) { decision.check() }

  /// 2024-05-17T10:11:12Z.
  private static let moment: Int64 = 1_715_940_672_000

  @Test(arguments: [
    Decision(
      "satellite time",
      {
        $0.dateTimeOriginal = "2024:05:17 12:11:13"
        $0.gpsDate = "2024:05:17"
        $0.gpsSecondsOfDay = 36_672
      }, then: { $0.takenAt == moment && $0.takenLocal == "2024-05-17T12:11:13" }),
    Decision(
      "satellite time of 1999",
      {
        $0.dateTimeOriginal = "1999:05:17 12:11:12"
        $0.gpsDate = "1999:05:17"
        $0.gpsSecondsOfDay = 36_672
      },
      then: {
        // 1024 weeks later: a receiver that counts weeks in ten bits.
        $0.takenAt == 1_546_251_072_000 && $0.takenLocal == "1999-05-17T12:11:12"
          && $0.flags.contains(.badTime)
      }),
    Decision(
      "satellite time 16 hours off",
      {
        $0.dateTimeOriginal = "2024:05:18 02:11:13"
        $0.gpsDate = "2024:05:17"
        $0.gpsSecondsOfDay = 36_672
      }, then: { $0.takenAt == nil && $0.takenLocal == "2024-05-18T02:11:13" }),
    Decision(
      "clock and offset",
      {
        $0.dateTimeOriginal = "2024:05:17 12:11:12"
        $0.offsetTime = "+02:00"
      }, then: { $0.takenAt == moment && $0.utcOffsetMinutes == 120 }),
    Decision(
      "clock alone", { $0.dateTimeOriginal = "2024:05:17 12:11:12" },
      then: { $0.takenAt == nil && $0.takenLocal == "2024-05-17T12:11:12" }),
    Decision(
      "UTCAtExposure",
      {
        $0.dateTimeOriginal = "2024:05:17 12:11:12"
        $0.xmp = Parts.dji([("UTCAtExposure", "2024-05-17T10:11:12.000123")])
      }, then: { $0.takenAt == moment && $0.takenLocal == "2024-05-17T12:11:12" }),
    Decision(
      "zone in XMP",
      {
        $0.dateTimeOriginal = "2024:05:17 18:11:12"
        $0.xmp = Parts.packet([
          ("xmp:CreateDate", "2024-05-17T18:11:12+08:00"), ("drone-dji:RelativeAltitude", "+10.00"),
        ])
      }, then: { $0.takenAt == moment && $0.utcOffsetMinutes == 480 }),
    Decision(
      "blanks behind the fraction",
      {
        $0.dateTimeOriginal = "2024:05:17 10:11:12"
        $0.offsetTime = "+00:00"
        $0.subSeconds = "25  "
      }, then: { $0.takenAt == moment + 250 && $0.takenLocal == "2024-05-17T10:11:12.250" }),
    Decision(
      "date of three digits",
      {
        $0.dateTimeOriginal = "2020-06-23 15:16:43"
        $0.gpsDate = "2014:09:259"
        $0.gpsSecondsOfDay = 36_672
      }, then: { $0.takenAt == nil && $0.takenLocal == "2020-06-23T15:16:43" }),
  ])
  func row19_time(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    "0000:00:00 00:00:00", "    :  :     :  :  ", "2024:05:17 24:00:00", "2024:13:17 10:00:00",
    "2024:00:10 10:00:00", "2024:02:30 10:00:00", "2024:05:17 25:61:61", "", "yesterday",
  ])
  func row19_impossibleDates(_ text: String) {
    Decision(text, { $0.dateTimeOriginal = text }) {
      $0.isAt(47.5, 8.25) && $0.takenAt == nil && $0.takenLocal == nil
    }.check()
  }

  @Test(arguments: [
    Decision(
      "true north", { $0.imageDirection = 101.39 },
      then: { $0.imageDirection == 101.39 && !$0.imageDirectionMagnetic && $0.yaw == 101.39 }),
    Decision(
      "magnetic north",
      {
        $0.imageDirection = 101.39
        $0.gpsOverrides = [Entry(0x10, .ascii("M"))]
      },
      then: { $0.imageDirection == 101.39 && $0.imageDirectionMagnetic && $0.yaw == nil }),
    Decision(
      "the gimbal's yaw turns to 0…360",
      { $0.xmp = Parts.dji([("GimbalYawDegree", "-175.80"), ("RelativeAltitude", "+10")]) },
      then: { abs(($0.gimbalYaw ?? 0) - 184.2) < 1e-9 && $0.yaw == $0.gimbalYaw }),
    Decision(
      "the aircraft's yaw is not the camera's",
      { $0.xmp = Parts.dji([("FlightYawDegree", "-90.0")]) },
      then: { $0.flightYaw == 270 && $0.gimbalYaw == nil && $0.yaw == nil }),
    Decision(
      "361 degrees", { $0.imageDirection = 361 },
      then: { $0.imageDirection == nil && $0.isAt(47.5, 8.25) }
    ),
  ])
  func row20_direction(_ decision: Decision) { decision.check() }

  private static let zeros: [(key: String, value: String)] = [
    ("GimbalYawDegree", "+0.00"), ("GimbalPitchDegree", "+0.00"), ("GimbalRollDegree", "+0.00"),
  ]

  @Test(arguments: [
    Decision(
      "alone", { $0.xmp = Parts.dji(zeros) }, then: { $0.yaw == nil && $0.isAt(47.5, 8.25) }),
    Decision(
      "beside a relative height", { $0.xmp = Parts.dji(zeros + [("RelativeAltitude", "+40.00")]) },
      then: { $0.gimbalYaw == 0 && $0.gimbalPitch == 0 && $0.gimbalRoll == 0 && $0.yaw == 0 }),
  ])
  func row21_allGimbalValuesZero(_ decision: Decision) { decision.check() }

  /// Cut anywhere: the position as soon as its bytes are there, else a failure that is read again.
  @Test func row22_cutFiles() {
    var photo = JpegBuilder(latitude: 47.5, longitude: 8.25, altitude: 500)
    photo.xmp = Parts.drone(47.500009, 8.25)
    let whole = photo.build()
    var located = 0
    for count in 0..<whole.count {
      for tellSize in [true, false] {
        let record = Run(Array(whole[..<count]), tellSize: tellSize).record
        if record.position != nil {
          located += 1
          #expect(record.isAt(47.5, 8.25) || record.isAt(47.500009, 8.25, .xmpDrone), "\(count)")
        } else {
          #expect(record.verdict == "damaged", "\(count)")
        }
      }
    }
    #expect(located > 0)
    #expect(Run([]).record.outcome == .failed(.damaged))
  }

  /// The listing's size is believed no further than the bytes go: a file may shrink or grow meanwhile.
  @Test(arguments: [0, 1, 100, 900, 6_000_000])
  func row22_sizesThatAreNotTrue(_ size: Int64) {
    let whole = JpegBuilder(latitude: 47.5, longitude: 8.25, altitude: 500).build()
    var reader = MetadataReader(fileSize: size, hint: .initial)
    while case .need(let ranges) = reader.next() {
      for range in ranges {
        let upper = min(Int64(whole.count), range.upperBound)
        let bytes =
          range.lowerBound < upper
          ? Array(whole[Int(range.lowerBound)..<Int(upper)]) : []
        reader.receive(range, bytes)
      }
    }
    guard case .done(let record) = reader.next() else {
      Issue.record("it asks for more after its end")
      return
    }
    #expect(size < 900 ? record.verdict == "damaged" : record.isAt(47.5, 8.25))
  }
}
