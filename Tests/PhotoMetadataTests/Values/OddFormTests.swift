import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// Forms that no standard has, but files and exiftool 13.58 do.
@Suite struct OddFormTests {
  typealias Entry = JpegTiff.Entry

  @Test(
    arguments: [
      ("47 deg 22' 37.56\" N", "8 deg 32' 31.56\" E", 47.3771, 8.5421),
      ("47° 22′ 37.56″ S", "8° 32′ 31.56″ W", -47.3771, -8.5421),
      ("N47,22.626", "E8,32.526", 47.3771, 8.5421), ("s47.3771", "w8.5421", -47.3771, -8.5421),
      ("47,22.626N", "8,32.526W", 47.3771, -8.5421),
    ] as [(String, String, Double, Double)])
  func xmpCoordinatesHaveMarks(_ lat: String, _ lon: String, _ x: Double, _ y: Double) {
    func escaped(_ text: String) -> String {
      text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "&quot;")
    }
    Decision(
      lat,
      {
        $0.removePosition()
        $0.xmp = Parts.exifXmp(escaped(lat), escaped(lon))
      }, then: { $0.isAt(x, y, .xmpExif) }
    ).check()
  }

  @Test(arguments: ["N", "47 deg N S", "deg", "N47N", "47'", "''", "E47,22.6"])
  func otherTextsAreNoCoordinates(_ text: String) {
    Decision(
      text,
      {
        $0.removePosition()
        $0.xmp = Parts.exifXmp(text, "x")
      }, then: { $0.verdict == "bad-type" }
    ).check()
  }

  /// XMP part 1 §7.7: arrays of one item.
  @Test(arguments: ["Seq", "Bag", "Alt"]) func aValueMayBeAnArray(_ kind: String) {
    func property(_ name: String, _ value: String) -> String {
      "<exif:\(name)><rdf:\(kind)><rdf:li>\(value)</rdf:li></rdf:\(kind)></exif:\(name)>"
    }
    let packet = XmpTests.rdf(
      "<rdf:Description xmlns:exif=\"http://ns.adobe.com/exif/1.0/\">"
        + property("GPSLatitude", "47,30N") + property("GPSLongitude", "8,15W")
        + "</rdf:Description>")
    Decision(
      kind,
      {
        $0.removePosition()
        $0.xmp = .packet(packet)
      }, then: { $0.isAt(47.5, -8.25, .xmpExif) }
    ).check()
  }

  /// Writers copy Exif's three rationals into `exif:GPSTimeStamp`.
  @Test(
    arguments: [
      ("8/1 11/1 12/1", "2024:05:17", 1_715_933_472_000),
      ("8/1 11/1 12/1", "2024-05-17", 1_715_933_472_000), ("8/1 11/1 12/1", nil, nil),
      ("25/1 11/1 12/1", "2024:05:17", nil), ("8/1 11/1", "2024:05:17", nil),
      ("8/1 x 11/1 12/1", "2024:05:17", nil),
    ] as [(String, String?, Int64?)])
  func xmpSatelliteTimesAreFractions(_ time: String, _ date: String?, _ at: Int64?) {
    Decision(
      time,
      {
        $0.removePosition()
        $0.dateTimeOriginal = nil
        $0.xmp = Parts.packet(
          [
            ("exif:GPSLatitude", "47,30N"), ("exif:GPSLongitude", "8,15W"),
            ("exif:GPSTimeStamp", time),
          ] + (date.map { [("exif:GPSDateStamp", $0)] } ?? []))
      }, then: { $0.satelliteAt == at }
    ).check()
  }

  /// Exif 3.0 §4.6.6, GPSMapDatum: Tokyo's datum is some 400 m from WGS 84, so the same numbers are in the same datum.
  @Test(arguments: [(47.500001, true), (47.501, false)])
  func theDatumOfExifIsThatOfTheDronesSamePlace(_ latitude: Double, _ isSame: Bool) {
    Decision(
      "\(latitude)",
      {
        $0.gpsOverrides = [Entry(0x12, .ascii("TOKYO"))]
        $0.xmp = Parts.drone(latitude, 8.25)
      },
      then: {
        $0.source == .xmpDrone && $0.flags.contains(.datum) == isSame
          && $0.mapDatum == (isSame ? "TOKYO" : nil)
      }
    ).check()
  }

  /// TIFF 6.0 §2: an offset is a LONG; exiftool reads SHORT, and IFD (13) of TIFF Technical Note 1.
  @Test(arguments: [UInt16(3), 4, 9, 13], JpegTiff.ByteOrder.allCases)
  func pointersHaveAnyType(_ type: UInt16, _ order: JpegTiff.ByteOrder) {
    var photo = JpegBuilder(latitude: 47.5, longitude: 8.25)
    photo.byteOrder = order
    photo.gpsOffset = 2000
    let tiff = JpegTiff(order: order)
    photo.ifd0Overrides = [
      Entry(
        0x8825,
        .raw(
          type: type, count: 1,
          bytes: type == 3 ? tiff.encoded(UInt16(2000)) : tiff.encoded(UInt32(2000))))
    ]
    #expect(Run(photo.build()).record.position?.latitude == 47.5)
  }

  /// XMP part 3 §1.1.4: tag 700 has BYTE; a count of LONGs is of four bytes each.
  @Test func aPacketMayBeOfLongs() {
    var bytes = Array(
      FieldTests.packet([("exif:GPSLatitude", "47,30N"), ("exif:GPSLongitude", "8,15E")]).utf8)
    while bytes.count % 4 != 0 { bytes.append(0x20) }
    var photo = JpegBuilder(latitude: nil, longitude: nil)
    photo.ifd0Overrides = [Entry(700, .raw(type: 4, count: UInt32(bytes.count / 4), bytes: bytes))]
    #expect(Run(photo.tiff()).record.position?.latitude == 47.5)
  }
}
