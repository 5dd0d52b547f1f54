import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Positions, altitudes and attitudes that real files state oddly, each row with the source of its rule.
@Suite struct ValueKindTests {
  typealias Entry = JpegTiff.Entry

  static func dms(
    _ lat: (UInt32, UInt32, UInt32), _ lon: (UInt32, UInt32, UInt32), over: UInt32 = 1
  ) -> @Sendable (inout JpegBuilder) -> Void {
    return {
      $0.gpsOverrides = [
        Parts.dms(2, (lat.0, 1), (lat.1, 1), (lat.2, over)),
        Parts.dms(4, (lon.0, 1), (lon.1, 1), (lon.2, over)),
      ]
    }
  }

  /// Exif rationals are exact: the sum is the double nearest to it (IEEE 754 §4.3.1).
  @Test(
    arguments: [
      ((33, 46, 12), (84, 23, 24), 1, 33.77, 84.39), ((0, 0, 36), (0, 6, 0), 1, 0.01, 0.1),
      ((47, 22, 375_600), (8, 32, 315_600), 10_000, 47.3771, 8.5421),
      (
        (89, 59, 59_999_999), (179, 59, 59_999_999), 1_000_000, 89.99999999972222,
        179.99999999972223
      ),
    ] as [((UInt32, UInt32, UInt32), (UInt32, UInt32, UInt32), UInt32, Double, Double)])
  func degreesAreTheNearestDouble(
    _ lat: (UInt32, UInt32, UInt32), _ lon: (UInt32, UInt32, UInt32), _ over: UInt32, _ x: Double,
    _ y: Double
  ) {
    Decision("\(x)", Self.dms(lat, lon, over: over)) {
      $0.position == Coordinate(latitude: x, longitude: y)
    }.check()
  }

  @Test(arguments: [
    ("33,46.2N", "84,23.4W", 33.77, -84.39), ("33,46,12N", "84,23,24W", 33.77, -84.39),
    ("33/1 46/1 12/1", "-84/1 23/1 24/1", 33.77, -84.39),
    ("47,22.626000N", "8,32.526E", 47.3771, 8.5421),
    ("47,22.62600000000000000000000000001N", "8,32.526E", 47.3771, 8.5421),
  ])
  func soAreThoseOfXmp(_ lat: String, _ lon: String, _ x: Double, _ y: Double) {
    Decision(
      lat,
      {
        $0.removePosition()
        $0.xmp = Parts.exifXmp(lat, lon)
      }, then: { $0.position == Coordinate(latitude: x, longitude: y) }
    ).check()
  }

  /// XMP part 2: a GPSCoordinate ends in N, S, E or W.
  @Test(
    arguments: [
      ("55,54.5", "36,57.5", .refMissing), ("55.9", "36.9", .refMissing),
      ("55,54.5N", "36,57.5", .refMissing), ("55,54.5N", "36,57.5E", []), ("+55.9", "+36.9", []),
      ("55.9", "-36.9", []),
    ] as [(String, String, PhotoFlags)])
  func anXmpPositionWithoutHemisphereIsAGuess(_ lat: String, _ lon: String, _ flags: PhotoFlags) {
    Decision(
      lat + lon,
      {
        $0.removePosition()
        $0.xmp = Parts.exifXmp(lat, lon)
      }, then: { $0.source == .xmpExif && $0.flags == flags }
    ).check()
  }

  /// Exif without references takes the sign that XMP states for the same place.
  @Test func xmpLendsItsHemisphere() {
    Decision(
      "in the photo",
      {
        $0.gpsRemoved = [1, 3]
        $0.xmp = Parts.exifXmp("47,30S", "8,15W")
      }, then: { $0.isAt(-47.5, -8.25, .exif, .refMissing) }
    ).check()
    Decision(
      "of another place",
      {
        $0.gpsRemoved = [1, 3]
        $0.xmp = Parts.exifXmp("10,30S", "8,15W")
      }, then: { $0.position?.latitude == 47.5 && $0.flags.contains(.conflict) }
    ).check()
    Decision("XMP has none, Exif has", { $0.xmp = Parts.exifXmp("47,30", "8,15") }) {
      $0.isAt(47.5, 8.25)
    }.check()
    let photo = JpegBuilder.record {
      $0.latitude = 47.5
      $0.longitude = 8.25
      $0.gpsRemoved = [1, 3]
    }
    let beside = SidecarTests.read(
      .xmp, FieldTests.packet([("exif:GPSLatitude", "47,30N"), ("exif:GPSLongitude", "8,15W")]))
    #expect(photo.completed(by: beside).isAt(47.5, -8.25, .exif, .refMissing))
  }

  /// Exif 3.0 §4.6.6, GPSMapDatum.
  @Test(arguments: [
    ("TOKYO", "TOKYO" as String?), ("NAD27", "NAD27"), ("WGS-72", "WGS-72"), ("WGS-84", nil),
    ("WGS84", nil), ("wgs 84", nil), ("WGS_1984", nil), ("World Geodetic System 1984", nil),
    ("WGS-84   ", nil), ("EPSG:4326", nil), ("", nil), (" ", nil),
  ])
  func anotherDatumIsFlagged(_ text: String, _ stated: String?) {
    Decision("Exif: \(text)", { $0.gpsOverrides = [Entry(0x12, .ascii(text))] }) {
      $0.position?.latitude == 47.5 && $0.mapDatum == stated
        && $0.flags.contains(.datum) == (stated != nil)
    }.check()
    Decision(
      "XMP: \(text)",
      {
        $0.removePosition()
        $0.xmp = Parts.packet([
          ("exif:GPSLatitude", "47,30N"), ("exif:GPSLongitude", "8,15W"),
          ("exif:GPSMapDatum", text),
        ])
      }, then: { $0.mapDatum == stated && $0.flags.contains(.datum) == (stated != nil) }
    ).check()
  }

  /// OpenDroneMap#946: the Mavic 2 Zoom writes 0 into Exif.
  @Test(
    arguments: [
      ("+446.00", 446, .altConflict), ("+3.20", 3.2, []), ("-120.5", -120.5, .altConflict),
      ("0.00", 0, []), ("99999", 0, []),
    ] as [(String, Double, PhotoFlags)])
  func anExactZeroGivesWayToTheDrone(_ absolute: String, _ expected: Double, _ flags: PhotoFlags) {
    Decision(
      absolute,
      {
        $0.altitude = 0
        $0.xmp = Parts.dji([("AbsoluteAltitude", absolute), ("RelativeAltitude", "+46.00")])
      },
      then: {
        $0.altitude == expected && $0.relativeAltitude == 46
          && $0.flags.intersection([.altConflict, .altOutOfRange]) == flags
      }
    ).check()
  }

  struct Altitudes: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Metres; Exif's is written without its sign.
    var exif: Double?
    /// Of GPSAltitudeRef; nil: none.
    var reference: UInt8?
    var drone: [(key: String, value: String)]
    var expected: (altitude: Double, reference: AltitudeReference, flags: PhotoFlags)

    init(
      _ name: String, exif: Double?, ref reference: UInt8? = 0, _ drone: [String: String],
      _ altitude: Double, _ expected: AltitudeReference, _ flags: PhotoFlags = []
    ) {
      testDescription = name
      (self.exif, self.reference) = (exif, reference)
      self.drone = drone.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
      self.expected = (altitude, expected, flags)
    }
  }

  /// Exif 3.0 §4.6.6 GPSAltitudeRef: without it the sign is open, and a drone's signed altitude of the same height closes it. A
  /// drone's RtkAlt is above the ellipsoid where RTK worked, which RtkFlag says (DJI, Mavic 3M manual p. 89). "The same" is 0.5 m.
  static let altitudes: [Altitudes] = [
    Altitudes(
      "below the sea, without a reference", exif: 100, ref: nil, ["AbsoluteAltitude": "-99.80"],
      -100, .unknown, .altRefMissing),
    Altitudes(
      "above the sea, without a reference", exif: 100, ref: nil, ["AbsoluteAltitude": "+99.80"],
      100, .unknown, .altRefMissing),
    Altitudes(
      "the sign counts within the 5 m of a conflict", exif: 100, ref: nil,
      ["AbsoluteAltitude": "-95.10"], -100, .unknown, .altRefMissing),
    Altitudes(
      "the drone speaks of another height", exif: 100, ref: nil, ["AbsoluteAltitude": "-94.90"],
      100, .unknown, [.altRefMissing, .altConflict]),
    Altitudes(
      "a reference says the sign itself", exif: 100, ref: 1, ["AbsoluteAltitude": "-99.80"],
      -100, .seaLevel),
    Altitudes(
      "RTK, the same", exif: 500,
      ["AbsoluteAltitude": "500.4", "AltitudeType": "RtkAlt", "RtkFlag": "50"], 500, .ellipsoid),
    Altitudes(
      "RTK, more than half a metre away", exif: 500,
      ["AbsoluteAltitude": "500.6", "AltitudeType": "RtkAlt", "RtkFlag": "50"], 500, .seaLevel),
    Altitudes(
      "no RtkAlt", exif: 500,
      ["AbsoluteAltitude": "500.4", "AltitudeType": "GpsFusionAlt", "RtkFlag": "50"], 500,
      .seaLevel),
    Altitudes(
      "RtkAlt without RtkFlag beside Exif", exif: 500,
      ["AbsoluteAltitude": "500.4", "AltitudeType": "RtkAlt"], 500, .seaLevel),
    Altitudes(
      "RtkFlag 0", exif: 500,
      ["AbsoluteAltitude": "500.4", "AltitudeType": "RtkAlt", "RtkFlag": "0"], 500, .seaLevel),
    Altitudes(
      "RtkAlt without RtkFlag", exif: nil,
      ["AbsoluteAltitude": "+500", "AltitudeType": "RtkAlt"], 500, .unknown),
  ]

  @Test(arguments: altitudes) func whatTheDroneSaysOfTheSameAltitude(_ row: Altitudes) {
    Decision(
      row.testDescription,
      {
        $0.altitude = nil
        if let exif = row.exif {
          $0.gpsOverrides =
            [Parts.altitude(UInt32(exif * 1000))]
            + (row.reference.map { [Entry(5, .bytes([$0]))] } ?? [])
        }
        $0.xmp = Parts.dji(row.drone)
      },
      then: {
        $0.isHigh(row.expected.altitude, row.expected.reference, row.expected.flags)
      }
    ).check()
  }

  struct Angles: Sendable, CustomTestStringConvertible {
    var make: String
    var yaw: String?
    var pitch: String?
    var roll: String?
    var expected: (yaw: Double?, pitch: Double?, roll: Double?)
    var more: [(key: String, value: String)] = []
    var testDescription: String { "\(make) \(yaw ?? "") \(pitch ?? "") \(roll ?? "")" }

    init(
      _ make: String, _ yaw: String?, _ pitch: String?, _ roll: String?,
      _ expected: (yaw: Double?, pitch: Double?, roll: Double?),
      _ more: [(key: String, value: String)] = []
    ) {
      (self.make, self.yaw, self.pitch, self.roll) = (make, yaw, pitch, roll)
      (self.expected, self.more) = (expected, more)
    }
  }

  /// Pix4D, "Yaw, Pitch, Roll and Omega, Phi, Kappa angles"; OpenAthenaIOS#62, #72 for Autel.
  @Test(arguments: [
    Angles("Camera", "120", "-45", "0", (120, -45, 0)),
    Angles("Camera", "120", "10", "0", (120, 10, 0)),
    Angles("Camera", "120", "-90", "0", (120, -90, 0)),
    Angles("Autel Robotics", "120", "45", "0", (120, -45, 0)),
    Angles("Autel Robotics", "120", "-60", "0", (120, -60, 0)),
    Angles("Autel Robotics", "120", "-10", "0", (120, -10, 0)),
    Angles("Parrot", "12.5", "0", "0", (12.5, -90, 0)),
    Angles("senseFly", "350", "2.25", "10", (350, -87.75, 10)),
    Angles("Parrot", "350", "-2", "1", (170, -88, -179)),
    Angles("Unknown", "10", "-60", "0", (10, -60, 0)),
    Angles("Unknown", "10", "200", "0", (10, nil, 0)),
    Angles("FLIR", "0", "0", "0", (nil, nil, nil)),
    Angles("FLIR", "0", "0", nil, (nil, nil, nil)),
    Angles("FLIR", "0", "0", "0", (0, -90, 0), [("Camera:AboveGroundAltitude", "20")]),
  ])
  func pitchCountsByTheMaker(_ row: Angles) {
    let fields = [("Yaw", row.yaw), ("Pitch", row.pitch), ("Roll", row.roll)].compactMap {
      name, v in
      v.map { (key: "Camera:" + name, value: $0) }
    }
    Decision(
      row.testDescription,
      {
        $0.make = row.make
        $0.xmp = Parts.packet(fields + row.more)
      },
      then: { record in
        func same(_ a: Double?, _ b: Double?) -> Bool {
          a == b || a.map { x in b.map { abs(x - $0) < 1e-9 } ?? false } ?? false
        }
        return same(record.gimbalYaw, row.expected.yaw)
          && same(record.gimbalPitch, row.expected.pitch)
          && same(record.gimbalRoll, row.expected.roll)
      }
    ).check()
  }

  /// DJI, Mavic 3M manual p. 89: standard deviations in metres. No receiver has one of 0: it is what a drone writes without RTK.
  @Test(arguments: ["RtkStdLon", "RtkStdLat", "RtkStdHgt"])
  func anAccuracyOfZeroIsUnknown(_ key: String) {
    Decision(key, { $0.xmp = Parts.dji([(key, "0.00"), ("RtkFlag", "50")]) }) {
      $0.rtkStdLon == nil && $0.rtkStdLat == nil && $0.rtkStdHeight == nil && $0.rtkFlag == 50
    }.check()
  }

  /// TIFF 6.0 §2: a directory stands in one place. A broken part costs that part.
  @Test(arguments: [UInt32(8), 0xFFFF])
  func aPointerToAnotherDirectoryIsNone(_ offset: UInt32) {
    Decision(
      "GPS is IFD0",
      {
        $0.ifd0Overrides = [Entry(0x8825, .longs([8]))]
        $0.dateTimeOriginal = "2012:06:23 06:55:49"
      },
      then: { $0.verdict == "no-gps" && $0.takenLocal == "2012-06-23T06:55:49" }
    ).check()
    let record = JpegBuilder.record {
      $0.removePosition()
      $0.altitude = nil
      $0.ifd0Overrides = [Entry(0x8769, .longs([offset]))]
      $0.gpsRemoved = Set(0...31)
    }
    #expect(record.verdict == "no-gps")
  }
}
