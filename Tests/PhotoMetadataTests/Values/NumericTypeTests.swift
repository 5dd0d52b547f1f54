import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Values of Exif in other types than the standard asks for. exiftool 13.58 reads each of these rows.
@Suite struct NumericTypeTests {
  typealias Entry = JpegTiff.Entry

  /// Numbers of TIFF 6.0 §2, in either byte order.
  enum Number: Sendable {
    case byte, signedByte, short, signedShort, long, signedLong, float, double

    private var type: (number: UInt16, bytes: Int) {
      switch self {
      case .byte: (1, 1)
      case .signedByte: (6, 1)
      case .short: (3, 2)
      case .signedShort: (8, 2)
      case .long: (4, 4)
      case .signedLong: (9, 4)
      case .float: (11, 4)
      case .double: (12, 8)
      }
    }

    func entry(_ tag: UInt16, _ values: [Double], _ order: JpegTiff.ByteOrder) -> Entry {
      let bytes = values.flatMap { value -> [UInt8] in
        let bits: UInt64 =
          switch self {
          case .float: UInt64(Float(value).bitPattern)
          case .double: value.bitPattern
          default: UInt64(bitPattern: Int64(value))
          }
        let little = (0..<type.bytes).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
        return order == .little ? little : little.reversed()
      }
      return Entry(tag, .raw(type: type.number, count: UInt32(values.count), bytes: bytes))
    }
  }

  static func record(
    _ entries: (JpegTiff.ByteOrder) -> [Entry], _ order: JpegTiff.ByteOrder
  ) -> PhotoRecord {
    JpegBuilder.record {
      ($0.latitude, $0.longitude, $0.altitude) = (47.5, 8.25, 28.5)
      $0.byteOrder = order
      $0.gpsOverrides = entries(order)
    }
  }

  static let orders = JpegTiff.ByteOrder.allCases

  /// Exif 3.0 §4.6.6, GPSAltitudeRef: 1 is below sea level.
  @Test(
    arguments: [
      .byte, .signedByte, .short, .signedShort, .long, .signedLong, .float, .double,
    ] as [Number], orders)
  func anAltitudeReferenceHasAnyType(_ type: Number, _ order: JpegTiff.ByteOrder) {
    let record = Self.record({ [type.entry(5, [1], $0)] }, order)
    #expect(record.isHigh(-28.5, .seaLevel))
    let other = Self.record({ [type.entry(5, [77], $0)] }, order)
    #expect(other.isHigh(28.5, .unknown, .altRefMissing))
  }

  @Test(
    arguments: [
      (.byte, 120, 120), (.short, 1200, 1200), (.signedShort, -120, -120), (.long, 1200, 1200),
      (.signedLong, -120, -120), (.float, 28.5, 28.5), (.double, 446.123, 446.123),
      (.double, .nan, nil), (.double, .infinity, nil), (.double, 1e300, nil),
    ] as [(Number, Double, Double?)], orders)
  func soHasAnAltitude(_ row: (Number, Double, Double?), _ order: JpegTiff.ByteOrder) {
    let record = Self.record({ [row.0.entry(6, [row.1], $0)] }, order)
    #expect(record.altitude == row.2)
    #expect(record.position?.latitude == 47.5)
  }

  @Test(
    arguments: [
      (.double, [47.3771], [8.5421], 47.3771, 8.5421),
      (.double, [47, 22, 37.56], [8, 32, 31.56], 47.3771, 8.5421),
      (.double, [47, 22.626, 0], [8, 32.526, 0], 47.3771, 8.5421),
      (.float, [47.5], [8.25], 47.5, 8.25), (.short, [47, 30, 36], [8, 15, 0], 47.51, 8.25),
      (.long, [47, 30, 36], [8, 15, 0], 47.51, 8.25),
      (.byte, [47, 30, 36], [8, 15, 0], 47.51, 8.25),
    ] as [(Number, [Double], [Double], Double, Double)], orders)
  func soHaveDegrees(
    _ row: (Number, [Double], [Double], Double, Double), _ order: JpegTiff.ByteOrder
  ) {
    let record = Self.record({ [row.0.entry(2, row.1, $0), row.0.entry(4, row.2, $0)] }, order)
    #expect(record.isAt(row.3, row.4))
  }

  @Test(
    arguments: [
      (.double, .nan, "undefined"), (.double, .infinity, "undefined"),
      (.double, 1e300, "out-of-range"), (.float, 91, "out-of-range"), (.long, 4e9, "out-of-range"),
    ] as [(Number, Double, String)])
  func badNumbersAreNoDegrees(_ type: Number, _ value: Double, _ verdict: String) {
    #expect(Self.record({ [type.entry(2, [value], $0)] }, .little).verdict == verdict)
  }

  @Test(arguments: [.short, .long, .float, .double] as [Number], orders)
  func soHaveDirectionsAndTimes(_ type: Number, _ order: JpegTiff.ByteOrder) {
    let record = JpegBuilder.record {
      $0.byteOrder = order
      $0.imageDirection = 1
      $0.gpsDate = "2024:05:17"
      $0.gpsOverrides = [type.entry(0x11, [271], order), type.entry(7, [10, 11, 12], order)]
    }
    #expect(record.imageDirection == 271)
    #expect(record.satelliteAt == 1_715_940_672_000)
  }

  /// ExifTool, `ExifDate`: "many other characters, including nulls, used erroneously".
  @Test(
    arguments: [
      ("2024:05:17", true), ("2024\0" + "05\0" + "17", true), ("20240517", true),
      ("2024-05-17", true), ("2024/05/17", true), ("2024.05.17", true), ("2024: 05: 17", true),
      ("2024:05:17\0x", true), ("2024:13:17", false), ("2024:05:171", false), ("2024", false),
      ("2024\0" + "05", false), ("202405", false), ("", false),
    ])
  func datesOfSatellitesHaveAnySeparator(_ text: String, _ isDate: Bool) {
    let record = JpegBuilder.record {
      $0.gpsDate = text
      $0.gpsSecondsOfDay = 36_672
    }
    #expect(record.satelliteAt == (isDate ? 1_715_940_672_000 : nil))
  }

  /// TIFF/EP (ISO 12234-2) and DNG have DateTimeOriginal in IFD0; Exif's own counts first.
  @Test(arguments: [nil, "2024:05:18 01:02:03"] as [String?])
  func aClockMayStandInIFD0(_ own: String?) {
    var photo = JpegBuilder()
    photo.dateTimeOriginal = own
    photo.ifd0Overrides = [Entry(0x9003, .ascii("2024:05:17 10:11:12"))]
    let expected = own == nil ? "2024-05-17T10:11:12" : "2024-05-18T01:02:03"
    #expect(Run(photo.build()).record.takenLocal == expected)
    #expect(Run(photo.tiff()).record.takenLocal == expected)
  }

  /// Exif 3.0 §4.6.2: type 129 is UTF-8 text.
  @Test(arguments: orders) func textsMayBeUTF8(_ order: JpegTiff.ByteOrder) {
    func text(_ tag: UInt16, _ value: String) -> Entry {
      let bytes = Array(value.utf8) + [0]
      return Entry(tag, .raw(type: 129, count: UInt32(bytes.count), bytes: bytes))
    }
    let record = JpegBuilder.record {
      $0.byteOrder = order
      ($0.latitude, $0.longitude) = (47.5, 8.25)
      $0.ifd0Overrides = [text(0x010F, "Élan"), text(0x0110, "ä")]
      $0.exifOverrides = [
        text(0x9003, "2024:05:17 10:11:12"), text(0xA431, "S1"), text(0xA434, "35 mm"),
      ]
      $0.gpsOverrides = [text(1, "S")]
    }
    #expect(record.cameraMake == "Élan" && record.cameraModel == "ä")
    #expect(record.serialNumber == "S1" && record.lens == "35 mm")
    #expect(record.takenLocal == "2024-05-17T10:11:12")
    #expect(record.position?.latitude == -47.5)
  }
}
