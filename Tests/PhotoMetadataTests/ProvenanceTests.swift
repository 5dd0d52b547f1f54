import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Which source a value came from, and what was refused or lost beside it.
@Suite struct ProvenanceTests {
  typealias Entry = JpegTiff.Entry

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var exif: (Double, Double)?
    var drone: (Double, Double)?
    var xmpExif: (String, String)?
    var source: PositionSource?
    var other: PositionSource?
  }

  static let rows: [Row] = [
    Row(testDescription: "Exif alone", exif: (47, 8), source: .exif),
    Row(testDescription: "drone 1 m off", exif: (47, 8), drone: (47.00001, 8), source: .xmpDrone),
    Row(
      testDescription: "drone 100 m off", exif: (47, 8), drone: (47.0009, 8), source: .xmpDrone,
      other: .exif),
    Row(
      testDescription: "drone 1 km off", exif: (47, 8), drone: (47.01, 8), source: .exif,
      other: .xmpDrone),
    Row(
      testDescription: "XMP's copy elsewhere", exif: (47, 8), xmpExif: ("48,0.0N", "8,0.0E"),
      source: .exif, other: .xmpExif),
    Row(
      testDescription: "XMP's copy alone", xmpExif: ("48,0.0N", "8,0.0E"), source: .xmpExif),
    Row(
      testDescription: "Exif's zeros, the drone's is good", exif: (0, 0), drone: (47, 8),
      source: .xmpDrone, other: .exif),
    Row(testDescription: "zeros alone", exif: (0, 0), other: .exif),
    Row(testDescription: "the drone's zeros alone", drone: (0, 0), other: .xmpDrone),
  ]

  @Test(arguments: rows) func namesTheSourceOfThePosition(row: Row) {
    let record = JpegBuilder.record { photo in
      (photo.latitude, photo.longitude) = (row.exif?.0, row.exif?.1)
      var fields: [(key: String, value: String)] = []
      if let drone = row.drone {
        fields += [
          ("drone-dji:GpsLatitude", "\(drone.0)"), ("drone-dji:GpsLongitude", "\(drone.1)"),
        ]
      }
      if let copy = row.xmpExif {
        fields += [("exif:GPSLatitude", copy.0), ("exif:GPSLongitude", copy.1)]
      }
      photo.xmp = .packet(FieldTests.packet(fields))
    }
    #expect(record.source == row.source)
    #expect(record.otherSource == row.other)
    #expect((record.otherPosition != nil) == (row.other != nil))
    #expect(
      record.flags.contains(.conflict)
        == (row.source != nil && row.other != nil && row.exif?.0 != 0))
  }

  @Test func keepsAltitudesThatWereRefusedOrLost() {
    let absurd = JpegBuilder.record { photo in
      photo.gpsOverrides = [Entry(6, .rationals([(4_000_000_000, 1000)]))]
      photo.xmp = .drone(.init(absoluteAltitude: 1.2))
    }
    #expect(absurd.altitude == 1.2 && absurd.otherAltitude == 4_000_000)
    #expect(absurd.sources[.altitude] == .xmpDrone)
    let relative = JpegBuilder.record { photo in
      photo.altitude = 73
      photo.xmp = .drone(.init(absoluteAltitude: 824.61, relativeAltitude: 73))
    }
    #expect(relative.altitude == 824.61 && relative.otherAltitude == 73)
    #expect(relative.sources[.altitude] == .xmpDrone)
    let differ = JpegBuilder.record { photo in
      photo.altitude = 500
      photo.xmp = .drone(.init(absoluteAltitude: 520, relativeAltitude: 40))
    }
    #expect(differ.altitude == 500 && differ.otherAltitude == 520)
    #expect(differ.sources[.altitude] == .exif)
    #expect(JpegBuilder.record { $0.altitude = 10 }.otherAltitude == nil)
  }

  @Test func namesTheSourceOfTimes() {
    func sources(_ edit: (inout JpegBuilder) -> Void) -> [ValueSource] {
      let record = JpegBuilder.record(edit)
      return [record.sources[.takenAt], record.sources[.takenLocal]]
    }
    #expect(sources { $0.offsetTime = "+02:00" } == [.exif, .exif])
    #expect(
      sources {
        $0.gpsDate = "2024:05:17"
        $0.gpsSecondsOfDay = 36_672
      } == [.satellite, .exif])
    #expect(
      sources {
        $0.xmp = .packet(
          FieldTests.packet([("drone-dji:UTCAtExposure", "2024-05-17T10:11:12.123456")]))
      } == [.xmpDrone, .exif])
    #expect(
      sources {
        $0.xmp = .packet(
          FieldTests.packet([
            ("xmp:CreateDate", "2024-05-17T10:11:12+08:00"), ("drone-dji:GpsStatus", "RTK"),
          ]))
      } == [.xmp, .exif])
    #expect(
      sources {
        $0.dateTimeOriginal = nil
        $0.xmp = .packet(
          FieldTests.packet([("exif:DateTimeOriginal", "2024-05-17T10:11:12+08:00")]))
      } == [.xmpExif, .xmpExif])
  }
}
