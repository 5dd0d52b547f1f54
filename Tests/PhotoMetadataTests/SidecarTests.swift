import FuzzSupport
import PhotoModel
import TestSupport
import Testing

@testable import PhotoMetadata

/// Sidecar files: their values, and which of them a photo takes.
@Suite struct SidecarTests {
  /// The machine over a text, with a listed size or without; also what it read.
  static func read(
    _ kind: SidecarKind, _ bytes: [UInt8], tellSize: Bool = true
  ) -> (record: PhotoRecord, asked: Int64, flights: Int) {
    var reader = SidecarReader(kind: kind, fileSize: tellSize ? Int64(bytes.count) : nil)
    var asked: Int64 = 0
    var flights = 0
    while true {
      switch reader.next() {
      case .done(let record): return (record, asked, flights)
      case .need(let ranges):
        flights += 1
        precondition(flights < 10 && !ranges.isEmpty)
        for range in ranges {
          asked += Int64(range.count)
          let end = min(Int(range.upperBound), bytes.count)
          let start = min(Int(range.lowerBound), end)
          reader.receive(range, Array(bytes[start..<end]))
        }
      }
    }
  }

  static func read(_ kind: SidecarKind, _ text: String) -> PhotoRecord {
    read(kind, Array(text.utf8)).record
  }

  // MARK: Subtitles

  struct Subtitle: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var body: String
    var latitude: Double?
    var longitude: Double?
    var relative: Double?
    var absolute: Double?
    var local: String?
  }

  static let subtitles: [Subtitle] = [
    Subtitle(
      testDescription: "newer",
      body: """
        <font size="28">FrameCnt: 1, DiffTime: 33ms
        2024-03-20 12:59:17.885
        [iso: 100] [shutter: 1/640.0] [fnum: 1.7] [ev: 0] [focal_len: 24.00] [latitude: 30.123456] \
        [longitude: -81.456789] [rel_alt: 6.500 abs_alt: -32.309] [ct: 5500] </font>
        """,
      latitude: 30.123456, longitude: -81.456789, relative: 6.5, absolute: -32.309,
      local: "2024-03-20T12:59:17.885"),
    Subtitle(
      testDescription: "newer, misspelt, two fractions",
      body: """
        <font size="36">FrameCnt : 2, DiffTime : 33ms
        2022-05-01 15:01:58,564,000
        [iso : 100] [latitude : 41.4207] [longtitude : 2.1622] [altitude: 42.1] </font>
        """,
      latitude: 41.4207, longitude: 2.1622, local: "2022-05-01T15:01:58.564"),
    Subtitle(
      testDescription: "older, longitude first",
      body: """
        HOME(149.0251,-20.2532) 2017.08.05 14:11:51
        GPS(149.0251,-20.2533,16) BAROMETER:1.9
        ISO:100 Shutter:60 EV: Fnum:2.2
        """,
      latitude: -20.2533, longitude: 149.0251, relative: 1.9, local: "2017-08-05T14:11:51"),
    Subtitle(
      testDescription: "older, one line",
      body: "F/2.8, SS 206.14, ISO 150, EV 0, DZOOM 1.000, GPS (9.6850, 39.9664, 18), D 224.33m, "
        + "H 58.50m, H.S 7.20m/s, V.S -3.00m/s",
      latitude: 39.9664, longitude: 9.685, relative: 58.5),
    Subtitle(
      testDescription: "Matrice 300, latitude first",
      body: "2021.09.18 21:23:30\nGPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M",
      latitude: 36.6146, longitude: -6.112, relative: 0.3, local: "2021-09-18T21:23:30"),
    Subtitle(
      testDescription: "order proved by the numbers", body: "GPS(-44.3266, 170.5650, 12)",
      latitude: -44.3266, longitude: 170.565),
    Subtitle(
      testDescription: "Autel", body: "GPS(E: 120.000001, S: 20.000001, 001.01m) ",
      latitude: -20.000001, longitude: 120.000001),
    Subtitle(testDescription: "no fix", body: "GPS(0.0000,0.0000,0) BAROMETER:0.1"),
    Subtitle(testDescription: "no fix, newer", body: "[latitude: 0.000000] [longitude: 0.000000]"),
    Subtitle(testDescription: "beyond the pole", body: "[latitude: 95.0] [longitude: 8.0]"),
    Subtitle(testDescription: "one half", body: "[latitude: 47.0] [rel_alt: 1.0]"),
    Subtitle(testDescription: "words", body: "We were at GPS all the time, latitude unknown."),
  ]

  @Test(arguments: subtitles + SidecarRuleTests.subtitles) func readsThePositionOfASubtitle(
    row: Subtitle
  ) {
    for newline in ["\n", "\r\n"] {
      let text = "1\n00:00:00,000 --> 00:00:01,000\n\(row.body)\n\n".replacing("\n", with: newline)
      let record = Self.read(.srt, text)
      #expect(record.position?.latitude == row.latitude)
      #expect(record.position?.longitude == row.longitude)
      #expect(record.relativeAltitude == row.relative)
      #expect(record.altitude == row.absolute)
      #expect(record.takenLocal == row.local)
      // A local clock makes no UTC.
      #expect(record.takenAt == nil)
      #expect(record.source == (row.latitude == nil ? nil : .sidecar))
    }
  }

  @Test func takesTheFirstSubtitleEntryWithAFix() {
    func entry(_ n: Int, _ lat: Double) -> String {
      "\(n)\n00:00:0\(n),000 --> 00:00:0\(n + 1),000\n[latitude: \(lat)] [longitude: \(lat)]\n\n"
    }
    let text = entry(1, 0) + entry(2, 0) + entry(3, 47.5) + entry(4, 48.5)
    #expect(Self.read(.srt, text).position == Coordinate(latitude: 47.5, longitude: 47.5))
  }

  @Test func readsSubtitlesNoFurtherThanNeeded() {
    let late = String(repeating: "1\n00:00:00,000 --> 00:00:01,000\nno fix yet\n\n", count: 200)
    let fix = "1\n00:00:01,000 --> 00:00:02,000\n[latitude: 1] [longitude: 2]\n\n"
    let filler = String(repeating: fix, count: 100_000)
    let early = Self.read(.srt, Array((fix + filler).utf8))
    #expect(early.flights == 1 && early.asked == 2048 && early.record.position != nil)
    let second = Self.read(.srt, Array((late + filler).utf8))
    #expect(second.flights == 2 && second.asked <= 131_072 && second.record.position != nil)
    let never = Self.read(.srt, Array(String(repeating: late, count: 100).utf8))
    #expect(never.asked <= 131_072 && never.record.verdict == "no-gps")
  }

  /// Wherever the first read ends, and wherever a copy was cut: the whole place, or none.
  @Test func takesNoPositionFromHalfANumber() {
    let zero = "1\n00:00:00,000 --> 00:00:01,000\n[latitude: 0.0] [longitude: 0.0] [rel_alt: 0]\n\n"
    let fixes = [
      "[latitude: 47.123456] [longitude: 8.654321] [rel_alt: 12.5 abs_alt: 432.25]",
      "GPS(8.654321,47.123456,16) BAROMETER:12.5",
      "GPS(47.123456,8.654321,0.0M) BAROMETER:12.5M",
      "GPS(E: 8.654321, N: 47.123456, 001.01m)",
    ]
    let place = Coordinate(latitude: 47.123456, longitude: 8.654321)
    for fix in fixes {
      let entry = "2\n00:00:01,000 --> 00:00:02,000\n\(fix)\n\n"
      let whole = Self.read(.srt, entry)
      for length in 0...entry.utf8.count {
        let cut = Self.read(.srt, Array(entry.utf8.prefix(length))).record
        #expect(cut.position == nil || cut.position == place, "\(fix) cut at \(length)")
        #expect(cut.altitude == nil || cut.altitude == 432.25)
      }
      for filler in 1800..<2048 {
        let count = filler / zero.utf8.count
        let text =
          String(repeating: zero, count: count)
          + String(repeating: "x", count: filler - count * zero.utf8.count) + "\n" + entry
        let late = Self.read(.srt, Array(text.utf8)).record
        #expect(late == whole, "\(fix) behind \(filler) bytes")
      }
    }
  }

  // MARK: Joined

  static let here = Coordinate(latitude: 47, longitude: 8)
  static let near = Coordinate(latitude: 47.00001, longitude: 8)
  static let far = Coordinate(latitude: 47.1, longitude: 8)

  struct Join: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var photo: PhotoRecord
    var sidecar: PhotoRecord
    var outcome: PhotoRecord.Outcome
    var source: PositionSource?
    var flags: PhotoFlags = []
    var other: Coordinate?
    var otherSource: PositionSource?
  }

  static func photo(
    _ outcome: PhotoRecord.Outcome, _ flags: PhotoFlags = [], other: Coordinate? = nil
  ) -> PhotoRecord {
    var record = PhotoRecord(outcome: outcome)
    if record.position != nil { record.source = .exif }
    record.flags = flags
    record.otherPosition = other
    record.otherSource = other == nil ? nil : .exif
    return record
  }

  static func sidecar(_ outcome: PhotoRecord.Outcome, _ flags: PhotoFlags = []) -> PhotoRecord {
    var record = PhotoRecord(outcome: outcome)
    if record.position != nil { record.source = .sidecar }
    record.flags = flags
    return record
  }

  static let joins: [Join] = [
    Join(
      testDescription: "only the photo has one", photo: photo(.located(here)),
      sidecar: sidecar(.withoutPosition(.noGPS)), outcome: .located(here), source: .exif),
    Join(
      testDescription: "only the side-car has one", photo: photo(.withoutPosition(.noGPS)),
      sidecar: sidecar(.located(here)), outcome: .located(here), source: .sidecar),
    Join(
      testDescription: "they agree", photo: photo(.located(here)), sidecar: sidecar(.located(near)),
      outcome: .located(here), source: .exif),
    Join(
      testDescription: "they disagree: the photo's, and both kept", photo: photo(.located(here)),
      sidecar: sidecar(.located(far)), outcome: .located(here), source: .exif, flags: .conflict,
      other: far, otherSource: .sidecar),
    Join(
      testDescription: "void gives way", photo: photo(.located(here), .void),
      sidecar: sidecar(.located(far)), outcome: .located(far), source: .sidecar, flags: .conflict,
      other: here, otherSource: .exif),
    Join(
      testDescription: "void that is confirmed", photo: photo(.located(here), .void),
      sidecar: sidecar(.located(near)), outcome: .located(near), source: .sidecar),
    Join(
      testDescription: "refused zeros stay for the record",
      photo: photo(.withoutPosition(.zero), other: Coordinate(latitude: 0, longitude: 0)),
      sidecar: sidecar(.located(here)), outcome: .located(here), source: .sidecar,
      other: Coordinate(latitude: 0, longitude: 0), otherSource: .exif),
    Join(
      testDescription: "a format that is not read", photo: photo(.withoutPosition(.unsupported)),
      sidecar: sidecar(.located(here), .degraded), outcome: .located(here), source: .sidecar,
      flags: .degraded),
    Join(
      testDescription: "the side-car's zeros are the reason",
      photo: photo(.withoutPosition(.noExif)),
      sidecar: sidecar(.withoutPosition(.zero)), outcome: .withoutPosition(.zero)),
    Join(
      testDescription: "the photo's reason stays", photo: photo(.withoutPosition(.outOfRange)),
      sidecar: sidecar(.withoutPosition(.zero)), outcome: .withoutPosition(.outOfRange)),
    Join(
      testDescription: "a damaged photo stays one", photo: photo(.failed(.damaged)),
      sidecar: sidecar(.located(here)), outcome: .failed(.damaged)),
  ]

  @Test(arguments: joins) func decidesBetweenPhotoAndSidecar(row: Join) {
    let joined = row.photo.completed(by: row.sidecar)
    #expect(joined.outcome == row.outcome)
    #expect(joined.source == row.source)
    #expect(joined.flags == row.flags)
    #expect(joined.otherPosition == row.other)
    #expect(joined.otherSource == row.otherSource)
  }

  @Test func fillsAbsentFieldsGroupByGroup() {
    var photo = PhotoRecord(outcome: .located(Self.here))
    photo.altitude = 500
    photo.takenLocal = "2024-05-01T10:00:00"
    photo.gimbalPitch = -90
    var beside = PhotoRecord(outcome: .withoutPosition(.noGPS))
    beside.altitude = 510
    beside.relativeAltitude = 30
    beside.takenLocal = "2024-05-01T12:00:00"
    beside.takenAt = 5
    beside.utcOffsetMinutes = 120
    (beside.gimbalYaw, beside.gimbalPitch) = (10, -80)
    (beside.flightYaw, beside.rtkFlag, beside.fix) = (20, 50, .fixed)
    beside.serialNumber = "S1"
    beside.gpsStatus = "RTK"
    beside.target = LaserTarget(coordinate: Self.far)
    let joined = photo.completed(by: beside)
    #expect(joined.altitude == 500 && joined.sources[.altitude] == .exif)
    #expect(joined.relativeAltitude == 30 && joined.sources[.relativeAltitude] == .sidecar)
    // The photo's clock says nothing of a zone, and another clock's zone is not lent to it.
    #expect(joined.takenLocal == photo.takenLocal && joined.takenAt == nil)
    #expect(joined.utcOffsetMinutes == nil)
    #expect(joined.gimbalPitch == -90 && joined.gimbalYaw == nil)
    #expect(joined.flightYaw == 20 && joined.fix == .fixed && joined.sources[.flight] == .sidecar)
    #expect(joined.serialNumber == "S1" && joined.gpsStatus == "RTK")
    #expect(joined.target == beside.target && joined.sources[.target] == .sidecar)
    photo.takenLocal = nil
    let timed = photo.completed(by: beside)
    #expect(timed.takenLocal == beside.takenLocal && timed.takenAt == 5)
    #expect(timed.sources[.takenAt] == .sidecar && timed.sources[.takenLocal] == .sidecar)
  }

  @Test func keepsAltitudeAndPositionTogether() {
    // 0,0 and 0 m: a receiver without a fix.
    var photo = Self.photo(.withoutPosition(.zero), .altRefMissing)
    photo.altitude = 0
    photo.altitudeReference = .unknown
    var beside = Self.sidecar(.located(Self.here))
    beside.altitude = 432.5
    beside.altitudeReference = .seaLevel
    let joined = photo.completed(by: beside)
    #expect(joined.altitude == 432.5 && joined.altitudeReference == .seaLevel)
    #expect(joined.otherAltitude == 0 && joined.flags == .altConflict)
    #expect(joined.sources[.altitude] == .sidecar)
    // The photo's own place keeps its own height.
    photo.outcome = .located(Self.here)
    photo.source = .exif
    #expect(photo.completed(by: beside).altitude == 0)
    // A refused height is kept for the record.
    var refused = Self.sidecar(.located(Self.here), .altOutOfRange)
    refused.otherAltitude = 13_000
    let without = Self.photo(.withoutPosition(.noGPS)).completed(by: refused)
    #expect(without.altitude == nil && without.otherAltitude == 13_000)
    #expect(without.flags == .altOutOfRange)
    // Without a height of its own the side-car takes none away.
    beside.altitude = nil
    photo.outcome = .withoutPosition(.zero)
    #expect(photo.completed(by: beside).altitude == 0)
  }

  @Test func flagsASidecarThatContradictsItself() {
    var beside = Self.sidecar(.located(Self.here), .conflict)
    beside.otherPosition = Self.far
    beside.otherSource = .sidecar
    let joined = Self.photo(.withoutPosition(.noGPS)).completed(by: beside)
    #expect(joined.flags == .conflict && joined.otherPosition == Self.far)
    #expect(joined.otherSource == .sidecar)
  }

  @Test func flagsTwoPositionsInOneSidecar() {
    let text = XmpTests.rdf(
      """
      <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"
       xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" drone-dji:GpsLatitude="+47.0"
       drone-dji:GpsLongitude="+8.0" exif:GPSLatitude="47.1" exif:GPSLongitude="8.0"/>
      """)
    let joined = Self.photo(.withoutPosition(.noGPS)).completed(by: Self.read(.xmp, text))
    #expect(joined.position == Self.here && joined.flags == .conflict)
    #expect(joined.otherPosition == Self.far && joined.otherSource == .sidecar)
  }

  @Test func keepsTheSourceOfEveryGroup() {
    var sources = FieldSources()
    #expect(sources.bits == 0)
    for group in FieldGroup.allCases {
      #expect(sources[group] == group.usual)
      for source in ValueSource.allCases {
        sources[group] = source
        #expect(sources[group] == source)
        for other in FieldGroup.allCases where other != group {
          #expect(sources[other] == other.usual)
        }
      }
      sources[group] = group.usual
      #expect(sources.bits == 0)
    }
  }
}
