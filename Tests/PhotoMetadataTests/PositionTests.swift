import FuzzSupport
import PhotoMetadata
import PhotoModel
import TestSupport
import Testing

/// The decision table for positions: each row is a file and what must come of it.
@Suite struct PositionTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var verdict: String
    var lat: Double?
    var lon: Double?
    var source: PositionSource?
    var flags: PhotoFlags
    var photo: JpegBuilder
    var testDescription: String { name }

    init(
      _ name: String, _ verdict: String = "located", _ lat: Double? = nil, _ lon: Double? = nil,
      _ source: PositionSource? = nil, flags: PhotoFlags = [], _ edit: (inout JpegBuilder) -> Void
    ) {
      self.name = name
      self.verdict = verdict
      self.lat = lat
      self.lon = lon
      self.source = source ?? (verdict == "located" ? .exif : nil)
      self.flags = flags
      photo = JpegBuilder(latitude: 47.5, longitude: 8.25, altitude: 500)
      edit(&photo)
    }
  }

  typealias Entry = JpegTiff.Entry
  static let lat: UInt16 = 2
  static let lon: UInt16 = 4

  static func dms(_ d: (UInt32, UInt32), _ m: (UInt32, UInt32), _ s: (UInt32, UInt32))
    -> JpegTiff.Value
  { .rationals([d, m, s]) }

  static func drone(
    _ lat: Double, _ lon: Double,
    _ edit: (inout JpegBuilder.DroneXmp) -> Void = {
      _ in
    }
  ) -> JpegBuilder.Xmp {
    var fields = JpegBuilder.DroneXmp(latitude: lat, longitude: lon)
    edit(&fields)
    return .drone(fields)
  }

  static func exifXmp(_ lat: String, _ lon: String) -> JpegBuilder.Xmp {
    .packet(
      """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
      xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
      xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="\(lat)" \
      exif:GPSLongitude="\(lon)"/></rdf:RDF></x:xmpmeta>
      """)
  }

  static let exifRows: [Row] = [
    Row("plain", "located", 47.5, 8.25) { _ in },
    Row("big-endian", "located", 47.5, 8.25) { $0.byteOrder = .big },
    Row("south west", "located", -33.25, -70.5) {
      $0.latitude = -33.25
      $0.longitude = -70.5
    },
    Row("pole and antimeridian", "located", -90, 180) {
      $0.latitude = -90
      $0.longitude = 180
    },
    Row("both zero", "zero") {
      $0.latitude = 0
      $0.longitude = 0
    },
    Row("on the equator", "located", 0, 8.25) { $0.latitude = 0 },
    Row("on the meridian of Greenwich", "located", 47.5, 0) { $0.longitude = 0 },
    Row("near zero", "located", -0.000123, 0.000456) {
      $0.latitude = -0.000123
      $0.longitude = 0.000456
    },
    Row("seconds 0/0", "located", 47.5, 8.25, flags: .degraded) {
      $0.gpsOverrides = [Entry(lat, dms((47, 1), (30, 1), (0, 0)))]
    },
    Row("longitude seconds 0/0", "located", 47.5, 8.25, flags: .degraded) {
      $0.gpsOverrides = [Entry(lon, dms((8, 1), (15, 1), (0, 0)))]
    },
    Row("minutes 0/0", "undefined") {
      $0.gpsOverrides = [Entry(lat, dms((47, 1), (0, 0), (0, 1)))]
    },
    Row("all 0/0", "undefined") {
      $0.gpsOverrides = [
        Entry(lat, dms((0, 0), (0, 0), (0, 0))), Entry(lon, dms((0, 0), (0, 0), (0, 0))),
      ]
    },
    Row("seconds x/0", "undefined") {
      $0.gpsOverrides = [Entry(lat, dms((47, 1), (30, 1), (5, 0)))]
    },
    Row("degrees x/0", "undefined") {
      $0.gpsOverrides = [Entry(lon, dms((8, 0), (15, 1), (0, 1)))]
    },
    Row("91 degrees", "out-of-range") {
      $0.gpsOverrides = [Entry(lat, dms((91, 1), (0, 1), (0, 1)))]
    },
    Row("180 degrees and a bit", "out-of-range") {
      $0.gpsOverrides = [Entry(lon, dms((180, 1), (0, 1), (1, 100)))]
    },
    Row("a negative number read as unsigned", "out-of-range") {
      $0.gpsOverrides = [Entry(lat, dms((0xFFFF_FFD1, 1), (30, 1), (0, 1)))]
    },
    Row("60 seconds carry", "located", 47.5, 8.25) {
      $0.gpsOverrides = [Entry(lat, dms((47, 1), (29, 1), (60, 1)))]
    },
    Row("61 seconds", "out-of-range") {
      $0.gpsOverrides = [Entry(lat, dms((47, 1), (29, 1), (61, 1)))]
    },
    Row("60 minutes", "out-of-range") {
      $0.gpsOverrides = [Entry(lat, dms((46, 1), (60, 1), (0, 1)))]
    },
    Row("decimal minutes", "located", 47.5, 8.25) {
      $0.gpsOverrides = [Entry(lat, dms((47, 1), (300_000, 10_000), (0, 1)))]
    },
    Row("one component: decimal degrees", "located", 47.5, 8.25) {
      $0.gpsOverrides = [Entry(lat, .rationals([(475, 10)]))]
    },
    Row("two components", "bad-type") {
      $0.gpsOverrides = [Entry(lat, .rationals([(47, 1), (30, 1)]))]
    },
    Row("four components", "bad-type") {
      $0.gpsOverrides = [Entry(lat, .rationals([(47, 1), (30, 1), (0, 1), (0, 1)]))]
    },
    Row("bytes", "located", 47.5, 8.25) { $0.gpsOverrides = [Entry(lat, .bytes([47, 30, 0]))] },
    Row("text", "bad-type") {
      $0.gpsOverrides = [Entry(lat, .ascii("47,00000,30,00000,00,00000"))]
    },
    Row("unknown type", "bad-type") {
      $0.gpsOverrides = [Entry(lat, .raw(type: 99, count: 3, bytes: [1, 2, 3, 4]))]
    },
    Row("count beyond all bounds", "bad-type") {
      $0.gpsOverrides = [Entry(lat, .pointing(type: 5, count: 0xFFFF_FFFF, offset: 300))]
    },
    Row("count that overflows to 8 bytes", "bad-type") {
      $0.gpsOverrides = [Entry(lat, .pointing(type: 5, count: 0x2000_0001, offset: 300))]
    },
    Row("value outside of the segment", "damaged") {
      $0.gpsOverrides = [Entry(lat, .pointing(type: 5, count: 3, offset: 0x00FF_0000))]
    },
    Row("signed rationals", "located", 47.5, -8.25) {
      $0.gpsOverrides = [
        Entry(lat, .signedRationals([(47, 1), (30, 1), (0, 1)])),
        Entry(3, .ascii("W")), Entry(lon, .signedRationals([(8, 1), (15, 1), (0, 1)])),
      ]
    },
    Row("signed and negative, reference says so too", "located", -47.5, 8.25) {
      $0.gpsOverrides = [
        Entry(1, .ascii("S")), Entry(lat, .signedRationals([(-47, 1), (30, 1), (0, 1)])),
      ]
    },
    Row("big rationals", "located", 47.5 + 37.317_885_1 / 3600, 8.25) {
      $0.gpsOverrides = [Entry(lat, dms((47, 1), (30, 1), (2_612_251_957, 70_000_000)))]
    },
    Row("GPS directory with a version only", "no-gps") {
      $0.latitude = nil
      $0.longitude = nil
      $0.altitude = nil
      $0.gpsOverrides = [Entry(0, .bytes([2, 3, 0, 0]))]
    },
    Row("latitude alone", "no-gps") { $0.longitude = nil },
    Row("no GPS directory", "no-gps") {
      $0.latitude = nil
      $0.longitude = nil
      $0.altitude = nil
    },
    Row("no Exif", "no-exif") { $0.hasExif = false },
    Row("no reference", "located", 47.5, 8.25, flags: .refMissing) { $0.gpsRemoved = [1, 3] },
    Row("no longitude reference", "located", 47.5, 8.25, flags: .refMissing) {
      $0.gpsRemoved = [3]
    },
    Row("NUL references", "located", 47.5, 8.25, flags: .refMissing) {
      $0.gpsOverrides = [Entry(1, .asciiBytes([0, 0])), Entry(3, .asciiBytes([0, 0]))]
    },
    Row("lower case", "located", -47.5, -8.25) {
      $0.gpsOverrides = [Entry(1, .ascii("s")), Entry(3, .ascii("w"))]
    },
    Row("written out", "located", -47.5, -8.25) {
      $0.gpsOverrides = [Entry(1, .ascii("South")), Entry(3, .ascii("West "))]
    },
    Row("longitude letter on the latitude", "located", 47.5, 8.25, flags: .refMissing) {
      $0.gpsOverrides = [Entry(1, .ascii("W"))]
    },
    Row("void fix", "located", 47.5, 8.25, flags: .void) {
      $0.gpsOverrides = [Entry(9, .ascii("V"))]
    },
    Row("active fix", "located", 47.5, 8.25) { $0.gpsOverrides = [Entry(9, .ascii("A"))] },
  ]

  static let xmpRows: [Row] = [
    Row("drone 1 m away", "located", 47.500009, 8.25, .xmpDrone) {
      $0.xmp = drone(47.500009, 8.25)
    },
    Row("drone 100 m away", "located", 47.5009, 8.25, .xmpDrone, flags: .conflict) {
      $0.xmp = drone(47.5009, 8.25)
    },
    Row("drone 300 m away", "located", 47.5, 8.25, .exif, flags: .conflict) {
      $0.xmp = drone(47.5027, 8.25)
    },
    Row("drone at 0,0", "located", 47.5, 8.25, .exif) { $0.xmp = drone(0, 0) },
    Row("drone out of range", "located", 47.5, 8.25, .exif) { $0.xmp = drone(97.5, 8.25) },
    Row("drone only", "located", -12.345678912, 130.987654321, .xmpDrone) {
      $0.latitude = nil
      $0.longitude = nil
      $0.xmp = drone(-12.345678912, 130.987654321)
    },
    Row("drone only, no Exif", "located", 47.5, 8.25, .xmpDrone) {
      $0.hasExif = false
      $0.xmp = drone(47.5, 8.25)
    },
    Row("drone beside Exif 0,0", "located", 47.5, 8.25, .xmpDrone) {
      $0.latitude = 0
      $0.longitude = 0
      $0.xmp = drone(47.5, 8.25)
    },
    Row("drone beside undefined Exif", "located", 47.5, 8.25, .xmpDrone) {
      $0.gpsOverrides = [Entry(lat, dms((47, 0), (30, 1), (0, 1)))]
      $0.xmp = drone(47.5, 8.25)
    },
    Row("drone 0,0 only", "zero") {
      $0.latitude = nil
      $0.longitude = nil
      $0.xmp = drone(0, 0)
    },
    Row("misspelt longitude", "located", 47.5, 8.25, .xmpDrone) {
      $0.xmp = drone(47.5, 8.25) { $0.misspeltLongitude = true }
    },
    Row("element form", "located", 47.5, 8.25, .xmpDrone) {
      $0.xmp = drone(47.5, 8.25) { $0.form = .elements }
    },
    Row("plain names", "located", 47.5, -8.25, .xmpDrone) {
      $0.latitude = nil
      $0.longitude = nil
      var fields = JpegBuilder.DroneXmp()
      fields.more = [("Latitude", "+47.5"), ("Longitude", "-8.25")]
      $0.xmp = .drone(fields)
    },
    Row("Autel's prefix", "located", 47.5, 8.25, .xmpDrone) {
      $0.xmp = drone(47.5, 8.25) { $0.prefix = "drone" }
    },
    Row("the drone gives the missing sign", "located", -47.5, -8.25, .xmpDrone, flags: .refMissing)
    {
      $0.gpsRemoved = [1, 3]
      $0.xmp = drone(-47.5, -8.25)
    },
    Row("XMP before Exif", "located", 47.500009, 8.25, .xmpDrone) {
      $0.xmp = drone(47.500009, 8.25)
      $0.xmpPlace = .beforeExif
    },
    Row("drone says invalid", "located", 47.5, 8.25, .exif, flags: .void) {
      var fields = JpegBuilder.DroneXmp()
      fields.more = [("GpsStatus", "Invalid")]
      $0.xmp = .drone(fields)
    },
    Row("exif:GPS only", "located", 50.234615, -14.5, .xmpExif) {
      $0.latitude = nil
      $0.longitude = nil
      $0.xmp = exifXmp("50,14.0769N", "14,30,0W")
    },
    Row("exif:GPS as plain numbers", "located", 50.25, -14.5, .xmpExif) {
      $0.latitude = nil
      $0.longitude = nil
      $0.xmp = exifXmp("+50.25", "-14.5")
    },
    Row("exif:GPS elsewhere", "located", 47.5, 8.25, .exif, flags: .conflict) {
      $0.xmp = exifXmp("10,0N", "20,0E")
    },
    Row("exif:GPS alike", "located", 47.5, 8.25, .exif) { $0.xmp = exifXmp("47,30N", "8,15E") },
    Row("exif:GPS with the wrong letter", "bad-type") {
      $0.latitude = nil
      $0.longitude = nil
      $0.xmp = exifXmp("47,30E", "8,15N")
    },
    Row("not a number", "bad-type") {
      $0.latitude = nil
      $0.longitude = nil
      $0.xmp = exifXmp("nan", "inf")
    },
  ]

  @Test(arguments: exifRows + xmpRows)
  func decidesBetweenTheStatedPositions(row: Row) {
    for hint in [ReadHint.initial, greedyHint] {
      let record = Run(row.photo.build(), hint: hint).record
      #expect(record.verdict == row.verdict)
      #expect(record.source == row.source)
      #expect(record.flags.subtracting([.altConflict, .altRefMissing]) == row.flags)
      if let lat = row.lat, let lon = row.lon {
        let p = record.position ?? Coordinate(latitude: .infinity, longitude: .infinity)
        #expect(abs(p.latitude - lat) < 1e-9)
        #expect(abs(p.longitude - lon) < 1e-9)
      }
    }
  }

  @Test func keepsTheOtherPosition() {
    var photo = JpegBuilder(latitude: 47.5, longitude: 8.25)
    photo.xmp = Self.drone(47.5009, 8.25)
    #expect(
      Run(photo.build()).record.otherPosition == Coordinate(latitude: 47.5, longitude: 8.25))
    photo.xmp = Self.drone(47.6, 8.25)
    #expect(
      Run(photo.build()).record.otherPosition == Coordinate(latitude: 47.6, longitude: 8.25))
    let zero = JpegBuilder(latitude: 0, longitude: 0)
    #expect(Run(zero.build()).record.otherPosition == Coordinate(latitude: 0, longitude: 0))
  }
}
