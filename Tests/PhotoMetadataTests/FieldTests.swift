import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Decision tables for height, time, direction, quality and camera.
@Suite struct FieldTests {
  typealias Entry = JpegTiff.Entry

  // MARK: Height

  struct Height: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// GPSAltitude in 1/1000 m, and GPSAltitudeRef.
    var exif: UInt32?
    var ref: JpegTiff.Value?
    var absolute: Double?
    var relative: Double?
    var kind: String?
    var altitude: Double?
    var reference: AltitudeReference?
    var flags: PhotoFlags
  }

  static let heights: [Height] = [
    Height(
      testDescription: "above sea level", exif: 500_000, ref: .bytes([0]), altitude: 500,
      reference: .seaLevel, flags: []),
    Height(
      testDescription: "below sea level", exif: 428_750, ref: .bytes([1]), altitude: -428.75,
      reference: .seaLevel, flags: []),
    Height(
      testDescription: "above the ellipsoid", exif: 100_000, ref: .bytes([2]), altitude: 100,
      reference: .ellipsoid, flags: []),
    Height(
      testDescription: "below the ellipsoid", exif: 100_000, ref: .bytes([3]), altitude: -100,
      reference: .ellipsoid, flags: []),
    Height(
      testDescription: "no reference", exif: 500_000, altitude: 500, reference: .unknown,
      flags: .altRefMissing),
    Height(
      testDescription: "reference as text", exif: 8_000, ref: .ascii("1"), altitude: -8,
      reference: .seaLevel, flags: []),
    Height(
      testDescription: "two reference bytes", exif: 8_000, ref: .bytes([0, 100]), altitude: 8,
      reference: .seaLevel, flags: []),
    Height(testDescription: "none", flags: []),
    Height(
      testDescription: "absurd, drone's is sane", exif: 4_000_000_000, ref: .bytes([0]),
      absolute: 1.2, altitude: 1.2, reference: .unknown, flags: .altOutOfRange),
    Height(
      testDescription: "absurd in both", exif: 13_490_284, ref: .bytes([0]), absolute: 13_490.28,
      flags: .altOutOfRange),
    Height(
      testDescription: "drone's only", absolute: 186.65, altitude: 186.65, reference: .unknown,
      flags: []),
    Height(
      testDescription: "drone's RTK height only", absolute: 186.65, kind: "RtkAlt",
      altitude: 186.65, reference: .ellipsoid, flags: []),
    Height(
      testDescription: "Exif's is the same RTK height", exif: 186_650, ref: .bytes([0]),
      absolute: 186.65, kind: "RtkAlt", altitude: 186.65, reference: .ellipsoid, flags: []),
    Height(
      testDescription: "Exif's is the relative one", exif: 73_000, ref: .bytes([0]),
      absolute: 824.61, relative: 73, altitude: 824.61, reference: .unknown, flags: .altConflict),
    Height(
      testDescription: "they differ", exif: 500_000, ref: .bytes([0]), absolute: 520,
      relative: 73, altitude: 500, reference: .seaLevel, flags: .altConflict),
  ]

  @Test(arguments: heights)
  func statesAltitudeWithItsReference(row: Height) {
    let record = JpegBuilder.record { photo in
      photo.altitude = nil
      photo.gpsOverrides = []
      if let exif = row.exif {
        let value: (UInt32, UInt32) = (exif, 1000)
        photo.gpsOverrides.append(Entry(6, .rationals([value])))
      }
      if let ref = row.ref { photo.gpsOverrides.append(Entry(5, ref)) }
      var fields = JpegBuilder.DroneXmp(
        absoluteAltitude: row.absolute, relativeAltitude: row.relative)
      if let kind = row.kind { fields.more = [("AltitudeType", kind), ("RtkFlag", "50")] }
      photo.xmp = .drone(fields)
    }
    #expect(record.altitude == row.altitude)
    #expect(record.altitudeReference == row.reference)
    #expect(record.relativeAltitude == row.relative)
    #expect(record.flags == row.flags)
    #expect(record.verdict == "located")
  }

  // MARK: Time

  struct Time: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var original: String?
    var offset: String?
    var subSec: String?
    var gpsDate: String?
    var gpsSeconds: Int?
    var xmp: [(key: String, value: String)] = []
    var local: String?
    var utc: Int64?
    var minutes: Int?
    var flags: PhotoFlags = []
  }

  // 2024-05-17T10:11:12Z
  static let noon: Int64 = 1_715_940_672_000

  static let times: [Time] = [
    Time(
      testDescription: "clock without a zone", original: "2024:05:17 10:11:12",
      local: "2024-05-17T10:11:12"),
    Time(
      testDescription: "with offset", original: "2024:05:17 12:11:12", offset: "+02:00",
      local: "2024-05-17T12:11:12", utc: noon, minutes: 120),
    Time(
      testDescription: "with offset west and fraction", original: "2024:05:17 04:41:12",
      offset: "-05:30", subSec: "345 ", local: "2024-05-17T04:41:12.345", utc: noon + 345,
      minutes: -330),
    Time(
      testDescription: "two digits of fraction", original: "2024:05:17 10:11:12", offset: "Z",
      subSec: "40", local: "2024-05-17T10:11:12.400", utc: noon + 400, minutes: 0),
    Time(
      testDescription: "clock and offset win", original: "2024:05:17 12:11:14", offset: "+02:00",
      gpsDate: "2024:05:17", gpsSeconds: 36_672, local: "2024-05-17T12:11:14", utc: noon + 2000,
      minutes: 120),
    Time(
      testDescription: "satellite time too far away", original: "2024:05:19 12:11:12",
      gpsDate: "2024:05:17", gpsSeconds: 36_672, local: "2024-05-19T12:11:12",
      flags: .timeConflict),
    Time(
      testDescription: "satellite time of 1980", original: "1980:01:06 00:10:00",
      gpsDate: "1980:01:06", gpsSeconds: 600, local: "1980-01-06T00:10:00", flags: .badTime),
    Time(
      testDescription: "satellite time only", gpsDate: "2024:05:17", gpsSeconds: 36_672,
      utc: noon),
    Time(
      testDescription: "satellite date of three digits", original: "2024:05:17 10:11:12",
      gpsDate: "2014:09:259", gpsSeconds: 36_672, local: "2024-05-17T10:11:12"),
    Time(
      testDescription: "dashes and T", original: "2024-05-17T10:11:12",
      local: "2024-05-17T10:11:12"),
    Time(testDescription: "zeros", original: "0000:00:00 00:00:00", flags: .badTime),
    Time(testDescription: "blanks", original: "    :  :     :  :  "),
    Time(testDescription: "month 13", original: "2024:13:17 10:11:12", flags: .badTime),
    Time(testDescription: "30 February", original: "2024:02:30 10:11:12", flags: .badTime),
    Time(
      testDescription: "29 February", original: "2024:02:29 10:11:12",
      local: "2024-02-29T10:11:12"),
    Time(testDescription: "24 o'clock", original: "2024:05:17 24:00:00", flags: .badTime),
    Time(testDescription: "25:61:61", original: "2024:05:17 25:61:61", flags: .badTime),
    Time(testDescription: "year 9999", original: "9999:05:17 10:11:12", flags: .badTime),
    Time(
      testDescription: "offset that is none", original: "2024:05:17 10:11:12", offset: "+99:00",
      local: "2024-05-17T10:11:12"),
    Time(
      testDescription: "exposure in UTC", original: "2024:05:17 12:11:12",
      xmp: [("drone-dji:UTCAtExposure", "2024-05-17T10:11:12.123456")],
      local: "2024-05-17T12:11:12", utc: noon + 123),
    Time(
      testDescription: "zone in XMP", original: "2024:05:17 18:11:12",
      xmp: [
        ("xmp:CreateDate", "2024-05-17T18:11:12+08:00"), ("drone-dji:RelativeAltitude", "+1.0"),
      ], local: "2024-05-17T18:11:12", utc: noon, minutes: 480),
    Time(
      testDescription: "zone of another moment in XMP", original: "2024:05:17 18:11:12",
      xmp: [
        ("xmp:CreateDate", "2024-05-18T18:11:12+08:00"), ("drone-dji:RelativeAltitude", "+1.0"),
      ], local: "2024-05-17T18:11:12"),
  ]

  @Test(arguments: times)
  func statesTimeOnlyAsCertainAsItsZone(row: Time) {
    let record = JpegBuilder.record { photo in
      photo.dateTimeOriginal = row.original
      photo.offsetTime = row.offset
      photo.subSeconds = row.subSec
      photo.gpsDate = row.gpsDate
      photo.gpsSecondsOfDay = row.gpsSeconds
      photo.xmp = .packet(Self.packet(row.xmp))
    }
    #expect(record.takenLocal == row.local)
    #expect(record.takenAt == row.utc)
    #expect(record.utcOffsetMinutes == row.minutes)
    #expect(record.flags == row.flags)
    #expect(record.verdict == "located")
  }

  static let spaces = [
    "drone-dji": "http://www.dji.com/drone-dji/1.0/", "exif": "http://ns.adobe.com/exif/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/", "xap": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Camera": "http://pix4d.com/camera/1.0/", "xmpNote": "http://ns.adobe.com/xmp/note/",
  ]

  static func packet(_ attributes: [(key: String, value: String)]) -> String {
    let prefixes = Set(
      attributes.compactMap { $0.key.split(separator: ":").first.map(String.init) })
    let declared = prefixes.sorted().map { " xmlns:\($0)=\"\(Self.spaces[$0] ?? "x")\"" }
    let text = declared.joined() + attributes.map { " \($0.key)=\"\($0.value)\"" }.joined()
    return """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
      xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""\(text)/>\
      </rdf:RDF></x:xmpmeta>
      """
  }

  // MARK: Direction, quality, camera

  @Test(arguments: [
    (0.0, "T", 0.0, false), (359.99, "T", 359.99, false), (360.0, "M", 0.0, true),
    (101.38, "M", 101.38, true),
  ])
  func readsTheImageDirection(stated: Double, ref: String, degrees: Double, magnetic: Bool) {
    let record = JpegBuilder.record {
      $0.imageDirection = stated
      $0.gpsOverrides = [Entry(0x10, .ascii(ref))]
    }
    #expect(record.imageDirection == degrees)
    #expect(record.imageDirectionMagnetic == magnetic)
  }

  @Test func ignoresAnImpossibleDirection() {
    #expect(JpegBuilder.record { $0.imageDirection = 361 }.imageDirection == nil)
    let undefined = JpegBuilder.record {
      $0.imageDirection = 1
      $0.gpsOverrides = [Entry(0x11, .rationals([(0, 0)]))]
    }
    #expect(undefined.imageDirection == nil)
    #expect(undefined.verdict == "located")
  }

  @Test(
    arguments: [
      (0, FixQuality.none), (16, .single), (32, .float), (34, .float), (49, .float), (50, .fixed),
      (51, nil), (15, nil),
    ] as [(Int, FixQuality?)])
  func mapsTheRTKFlagToAFixQuality(flag: Int, quality: FixQuality?) {
    let record = JpegBuilder.record { $0.xmp = .drone(.init(rtkFlag: flag)) }
    #expect(record.rtkFlag == flag)
    #expect(record.fix == quality)
  }

  @Test func statesNoFixQualityWithoutAnRTKFlag() {
    var fields = JpegBuilder.DroneXmp()
    fields.more = [("GpsStatus", "RTK")]
    #expect(JpegBuilder.record { $0.xmp = .drone(fields) }.fix == nil)
  }

  @Test func readsTheFieldsOfADrone() {
    var fields = JpegBuilder.DroneXmp(
      latitude: 50.110924, longitude: 8.682127, absoluteAltitude: 186.65, relativeAltitude: 100.01,
      rtkFlag: 50)
    fields.rtkStd = (0.00906, 0.00867, 0.02208)
    fields.more = [("ImageSource", "WideCamera"), ("CameraSerialNumber", "4ABC")]
    for form in [JpegBuilder.DroneXmp.Form.attributes, .elements] {
      fields.form = form
      let record = JpegBuilder.record { $0.xmp = .drone(fields) }
      #expect(record.relativeAltitude == 100.01)
      #expect(record.gimbalYaw.map { abs($0 - 184.2) < 1e-9 } == true)
      #expect(record.gimbalPitch == -60)
      #expect(record.gimbalRoll == 0)
      #expect(record.flightYaw.map { abs($0 - 189.9) < 1e-9 } == true)
      #expect(record.rtkStdLon == 0.00906)
      #expect(record.rtkStdLat == 0.00867)
      #expect(record.rtkStdHeight == 0.02208)
      #expect(record.imageSource == "WideCamera")
      #expect(record.serialNumber == "4ABC")
    }
  }

  @Test func takesZeroGimbalAnglesOnlyBesideAnotherDroneValue() {
    let zeros: [(key: String, value: String)] = [
      ("drone-dji:GimbalYawDegree", "0.00"), ("drone-dji:GimbalPitchDegree", "0.00"),
      ("drone-dji:GimbalRollDegree", "0.00"),
    ]
    let alone = JpegBuilder.record { $0.xmp = .packet(Self.packet(zeros)) }
    #expect(alone.gimbalYaw == nil && alone.gimbalPitch == nil && alone.gimbalRoll == nil)
    let beside = JpegBuilder.record {
      $0.xmp = .packet(Self.packet(zeros + [("drone-dji:RelativeAltitude", "+40.00")]))
    }
    #expect(beside.gimbalYaw == 0 && beside.gimbalPitch == 0 && beside.gimbalRoll == 0)
  }

  @Test func readsTheCamera() {
    let record = JpegBuilder.record {
      $0.make = " DJI  "
      $0.model = "FC6310R"
      $0.serialNumber = "0AXDF"
      $0.focalLength35 = 24
    }
    #expect(record.cameraMake == "DJI")
    #expect(record.cameraModel == "FC6310R")
    #expect(record.serialNumber == "0AXDF")
    #expect(record.pixelWidth == 5472)
    #expect(record.pixelHeight == 3648)
    #expect(record.focalLength35 == 24)
  }

  @Test(
    arguments: [
      ([], nil), ([0, 0, 0, 0, 0, 0], nil), ([0x20, 0x20, 0x20, 0x20, 0x20], nil),
      ([0x44, 0x4A, 0x49, 0, 0x58, 0x59], "DJI"), ([0x44, 0xFF, 0x4A, 0x49, 0x21], "D\u{FFFD}JI!"),
      ([0x44, 0x1B, 0x5B, 0x4A, 0x0A], "D [J"), ([0x44, 0xC3, 0xA9, 0x4A, 0x4B], "D\u{E9}JK"),
    ] as [([UInt8], String?)])
  func cleansTexts(bytes: [UInt8], text: String?) {
    let record = JpegBuilder.record { $0.ifd0Overrides = [Entry(0x010F, .asciiBytes(bytes))] }
    #expect(record.cameraMake == text)
  }

  @Test func cutsLongTexts() {
    let long = [UInt8](repeating: 0x41, count: 5000)
    let record = JpegBuilder.record { $0.ifd0Overrides = [Entry(0x010F, .asciiBytes(long))] }
    #expect(record.cameraMake?.utf8.count == 256)
    let accents = Array(String(repeating: "\u{E9}", count: 2000).utf8)
    let cut = JpegBuilder.record {
      $0.ifd0Overrides = [Entry(0x010F, .asciiBytes([0x41] + accents))]
    }
    #expect((cut.cameraMake?.utf8.count ?? 0) <= 256)
    #expect(cut.position != nil)
  }
}
