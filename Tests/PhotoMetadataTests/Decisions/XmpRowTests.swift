import PhotoModel
import TestSupport
import Testing

/// Rows of the decision table that are about XMP.
@Suite struct XmpRowTests {
  /// One number in five ways of writing; none of them may pass through 32 bits.
  @Test(arguments: [
    ("+47.123456789", 47.123456789), (" -78.663131445 ", -78.663131445), ("4.75e1", 47.5),
    ("0.4750E+2", 47.5), ("-64.3007844", -64.3007844), ("+0000012.000000001", 12.000000001),
  ])
  func row04_decimalsAreDoubles(_ text: String, _ value: Double) {
    Decision(
      text,
      {
        $0.removePosition()
        $0.xmp = Parts.dji([("GpsLatitude", text), ("GpsLongitude", "115.48741")])
      },
      then: {
        $0.position == Coordinate(latitude: value, longitude: 115.48741) && $0.source == .xmpDrone
      }
    ).check()
  }

  @Test(arguments: [
    Decision(
      "3.98 m apart", { $0.xmp = Parts.drone(47.5000358, 8.25) },
      then: { $0.isAt(47.5000358, 8.25, .xmpDrone) && $0.otherPosition == nil }),
    Decision(
      "2.7 mm apart", { $0.xmp = Parts.drone(47.500000024, 8.25) },
      then: { $0.isAt(47.500000024, 8.25, .xmpDrone) }),
    Decision(
      "exif:GPS elsewhere on the globe", { $0.xmp = Parts.exifXmp("10,0N", "120,0W") },
      then: { $0.isAt(47.5, 8.25, .exif, .conflict) && $0.keeps(10, -120) }),
    Decision(
      "exif:GPS alike", { $0.xmp = Parts.exifXmp("47,30N", "8,15E") },
      then: { $0.isAt(47.5, 8.25) && $0.otherPosition == nil }),
  ])
  func row10_exifAndXmpDiffer(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    ("50,14.0769000N", "14,30.0W", 50.234615, -14.5),
    ("50,14,4.614N", "14,30,0W", 50.234615, -14.5),
    ("50.25", "-14.5", 50.25, -14.5), ("+50.25N", "14.5W", 50.25, -14.5),
    ("50/1 15/1 0/1N", "14/1 30/1 0/1E", 50.25, 14.5), ("50,15s", "14,30e", -50.25, 14.5),
  ])
  func row11_formsOfExifGPS(_ lat: String, _ lon: String, _ latitude: Double, _ longitude: Double) {
    Decision(
      lat,
      {
        $0.removePosition()
        $0.xmp = Parts.exifXmp(lat, lon)
      }, then: { $0.isAt(latitude, longitude, .xmpExif) }
    ).check()
  }

  @Test func row11_referencesOfTheirOwn() {
    Decision(
      "GPSLatitudeRef",
      {
        $0.removePosition()
        $0.xmp = Parts.packet([
          ("exif:GPSLatitude", "50.25"), ("exif:GPSLatitudeRef", "S"),
          ("exif:GPSLongitude", "14.5"), ("exif:GPSLongitudeRef", "West"),
        ])
      }, then: { $0.isAt(-50.25, -14.5, .xmpExif) }
    ).check()
  }

  @Test(
    arguments: [
      ("GpsLatitude", "GpsLongitude"), ("GpsLatitude", "GpsLongtitude"), ("Latitude", "Longitude"),
    ],
    [JpegBuilder.DroneXmp.Form.attributes, .elements])
  func row12_namesOfDJI(_ names: (String, String), _ form: JpegBuilder.DroneXmp.Form) {
    var fields = JpegBuilder.DroneXmp()
    fields.form = form
    fields.more = [(names.0, "+47.350000001"), (names.1, "-8.350000001")]
    Decision(
      names.1,
      {
        $0.removePosition()
        $0.xmp = .drone(fields)
      }, then: { $0.isAt(47.350000001, -8.350000001, .xmpDrone) }
    ).check()
  }

  @Test func row13_xmpInsideExif() {
    let packet = FieldTests.packet([
      ("drone-dji:GpsLatitude", "+47.25"), ("drone-dji:GpsLongitude", "-8.5"),
    ])
    let entry = JpegTiff.Entry(0x02BC, .bytes(Array(packet.utf8)))
    Decision(
      "in IFD0",
      {
        $0.removePosition()
        $0.ifd0Overrides = [entry]
      }, then: { $0.isAt(47.25, -8.5, .xmpDrone) }
    ).check()
    Decision(
      "in the Exif directory",
      {
        $0.removePosition()
        $0.exifOverrides = [entry]
      }, then: { $0.isAt(47.25, -8.5, .xmpDrone) }
    ).check()
  }

  @Test(arguments: XmpTests.broken)
  func row14_malformedXmp(_ row: XmpTests.Broken) {
    Decision(
      row.testDescription,
      {
        $0.removePosition()
        $0.xmp = .packet(row.packet)
      }, then: { $0.isAt(47.25, -8.5, .xmpDrone) }
    ).check()
    Decision("beside a position", { $0.xmp = .packet(row.packet) }) {
      $0.isAt(47.5, 8.25, .exif, .conflict) && $0.keeps(47.25, -8.5)
    }.check()
  }

  @Test(arguments: ["-2e+10", "nan", "1e999", "-2e+10,-2e+10,-2e+10"])
  func row14_sentinels(_ value: String) {
    Decision(
      value,
      {
        $0.xmp = Parts.dji([
          ("RelativeAltitude", value), ("GimbalYawDegree", value), ("RtkStdLat", value),
        ])
      },
      then: {
        $0.isAt(47.5, 8.25) && $0.relativeAltitude == nil && $0.gimbalYaw == nil
          && $0.rtkStdLat == nil
      }
    ).check()
  }

  @Test func row14_extendedXmp() {
    let guid = "0123456789ABCDEF0123456789ABCDEF"
    let rest = XmpTests.rdf("<rdf:Description \(XmpTests.drone)/>")
    let main = FieldTests.packet([("xmpNote:HasExtendedXMP", guid)])
    Decision(
      "position only there",
      {
        $0.removePosition()
        $0.xmp = .extended(main: main, rest: rest, guid: guid, chunk: 64)
      }, then: { $0.isAt(47.25, -8.5, .xmpDrone) }
    ).check()
  }

  @Test(arguments: ["FLIR\0", "PARROT\0", "QVCI\0", "http://ns.adobe.com/other/\0"])
  func row15_otherSegments(_ mark: String) {
    let segment = JpegBuilder.Segment.raw(
      marker: 0xE1, payload: Array(mark.utf8) + [UInt8](repeating: 0x3C, count: 40_000))
    for count in [1, 11] {
      Decision(
        "\(count) before Exif",
        {
          $0.segmentsBefore = [JpegBuilder.Segment](repeating: segment, count: count)
          $0.xmp = Parts.drone(47.500009, 8.25)
        }, then: { $0.isAt(47.500009, 8.25, .xmpDrone) }
      ).check()
    }
  }
}
