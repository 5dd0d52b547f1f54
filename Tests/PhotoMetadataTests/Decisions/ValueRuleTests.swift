import PhotoModel
import TestSupport
import Testing

/// The rules D8…D12 of heights, times, directions and defects, each over all its combinations.
@Suite struct ValueRuleTests {
  typealias Entry = JpegTiff.Entry

  /// Exif's height in mm, the drone's absolute and relative ones; the height that counts, and its flag.
  struct Heights: Sendable {
    var exif: UInt32?
    var absolute: String?
    var relative: String?
    var height: Double?
    var reference: AltitudeReference?
    var flags: PhotoFlags = []
  }

  @Test(arguments: [
    Heights(exif: 500_000, height: 500, reference: .seaLevel),
    Heights(exif: 500_000, absolute: "504.9", height: 500, reference: .seaLevel),
    Heights(
      exif: 500_000, absolute: "505.1", height: 500, reference: .seaLevel, flags: .altConflict),
    Heights(
      exif: 500_000, absolute: "900", relative: "499.1", height: 900, reference: .unknown,
      flags: .altConflict),
    Heights(
      exif: 500_000, absolute: "900", relative: "498.9", height: 500, reference: .seaLevel,
      flags: .altConflict),
    Heights(exif: 12_000_001, flags: .altOutOfRange),
    Heights(
      exif: 12_000_001, absolute: "-499", height: -499, reference: .unknown, flags: .altOutOfRange),
    Heights(exif: 12_000_001, absolute: "12001", flags: .altOutOfRange),
    Heights(exif: 500_000, absolute: "99999", height: 500, reference: .seaLevel),
    Heights(absolute: "900", relative: "20", height: 900, reference: .unknown),
    Heights(relative: "20"),
    Heights(absolute: "-501", flags: .altOutOfRange),
    Heights(),
  ])
  func d08_altitude(_ row: Heights) {
    let attributes: [(key: String, value: String)] =
      (row.absolute.map { [("AbsoluteAltitude", $0)] } ?? [])
      + (row.relative.map { [("RelativeAltitude", $0)] } ?? [])
    Decision(
      "\(row)",
      {
        if let exif = row.exif {
          $0.gpsOverrides = [Parts.altitude(exif)]
        } else {
          $0.altitude = nil
        }
        $0.xmp = Parts.dji(attributes)
      },
      then: {
        $0.isHigh(row.height, row.reference, row.flags)
          && $0.relativeAltitude == row.relative.flatMap(Double.init) && $0.isAt(47.5, 8.25)
      }
    ).check()
  }

  /// The sign is the reference's alone, and is given once, however the number itself is written.
  @Test(arguments: 0...7 as ClosedRange<UInt8>, [false, true])
  func d09_signOnce(_ ref: UInt8, _ signed: Bool) {
    let value: JpegTiff.Value =
      signed ? .signedRationals([(-8500, 1000)]) : .rationals([(8500, 1000)])
    Decision(
      "\(ref)",
      { $0.gpsOverrides = [Entry(6, value), Entry(5, .bytes([ref]))] },
      then: { record in
        switch ref {
        case 0: record.isHigh(signed ? -8.5 : 8.5, .seaLevel)
        case 1: record.isHigh(-8.5, .seaLevel)
        case 2: record.isHigh(signed ? -8.5 : 8.5, .ellipsoid)
        case 3: record.isHigh(-8.5, .ellipsoid)
        default: record.isHigh(signed ? -8.5 : 8.5, .unknown, .altRefMissing)
        }
      }
    ).check()
  }

  /// What is known of the moment, from the best source to none.
  @Test(arguments: 0..<8)
  func d10_timePrecedence(_ known: Int) {
    let (satellite, offset, exposure) = (known & 1 != 0, known & 2 != 0, known & 4 != 0)
    Decision(
      "satellite \(satellite), offset \(offset), exposure \(exposure)",
      {
        $0.dateTimeOriginal = "2024:05:17 12:11:12"
        if satellite {
          $0.gpsDate = "2024:05:17"
          $0.gpsSecondsOfDay = 36_600
        }
        if offset { $0.offsetTime = "+02:00" }
        if exposure { $0.xmp = Parts.dji([("UTCAtExposure", "2024-05-17T10:11:13.5")]) }
      },
      then: { record in
        let base: Int64 = 1_715_940_600_000
        let expected: Int64? =
          offset ? base + 72_000 : exposure ? base + 73_500 : satellite ? base : nil
        return record.takenAt == expected && record.takenLocal == "2024-05-17T12:11:12"
          && record.utcOffsetMinutes == (offset ? 120 : nil)
      }
    ).check()
  }

  @Test(arguments: ["-180", "-0.01", "0.5", "179.99", "359.99", "360", "-360"])
  func d11_yawIsNormalized(_ text: String) throws {
    let stated = try #require(Double(text))
    let expected = stated < 0 ? stated + 360 : stated == 360 ? 0 : stated
    Decision(
      text,
      {
        $0.imageDirection = 12
        $0.xmp = Parts.dji([
          ("GimbalYawDegree", text), ("FlightYawDegree", text), ("RelativeAltitude", "1"),
        ])
      },
      then: {
        $0.gimbalYaw == expected && $0.flightYaw == expected && $0.yaw == expected
          && $0.imageDirection == 12
      }
    ).check()
  }

  /// Values that no tag may have: a wrong type, a lying count, a place outside of the block.
  private static let defects: [JpegTiff.Value] = [
    .raw(type: 99, count: 1, bytes: [1, 2, 3, 4]), .raw(type: 0, count: 0, bytes: []),
    .pointing(type: 5, count: 0xFFFF_FFFF, offset: 8), .shorts([1, 2, 3]), .bytes([0xFF]),
    .asciiBytes([0xFF, 0xFE, 0x1B, 0, 0x41]), .rationals([(1, 0)]), .longs([0xFFFF_FFFF]),
    .signedRationals([(-2_147_483_648, -1)]), .undefined([]),
    .raw(type: 12, count: 1, bytes: [1, 2, 3, 4]),
  ]

  /// Each field but the position spoilt in each way: the photo keeps its position.
  @Test(
    arguments: [
      0x010F, 0x0110, 0x9003, 0x9004, 0x9010, 0x9011, 0x9291, 0xA002, 0xA003, 0xA405, 0xA431,
      0x927C,
      5, 6, 7, 0x10, 0x11, 0x1D,
    ] as [UInt16])
  func d12_aDefectStaysWhereItIs(_ tag: UInt16) {
    for value in Self.defects {
      Decision(
        "\(value)",
        {
          let entry = Entry(tag, value)
          if tag < 0x100 {
            $0.gpsOverrides = [entry]
          } else if tag < 0x8000 {
            $0.ifd0Overrides = [entry]
          } else {
            $0.exifOverrides = [entry]
          }
        }, then: { $0.isAt(47.5, 8.25) }
      ).check()
    }
  }

  @Test(arguments: [
    "AbsoluteAltitude", "RelativeAltitude", "GimbalYawDegree", "FlightPitchDegree", "RtkFlag",
    "RtkStdLon", "GpsStatus", "UTCAtExposure", "GpsLatitude",
  ])
  func d12_aDefectInXmpStaysWhereItIs(_ key: String) {
    for value in ["", "x", "1/0", "1e999", "\u{FFFD}", String(repeating: "9", count: 5000)] {
      Decision(
        value, { $0.xmp = Parts.dji([(key, value), ("GpsLongitude", "8.25")]) },
        then: { $0.isAt(47.5, 8.25) }
      ).check()
    }
  }
}
