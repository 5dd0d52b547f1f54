import FuzzSupport
import PhotoModel
import TestSupport
import Testing

/// Rows of the decision table that are about the position in Exif.
@Suite struct PositionRowTests {
  typealias Entry = JpegTiff.Entry
  private static let lat: UInt16 = 2
  private static let lon: UInt16 = 4

  @Test(arguments: [
    Decision(
      "Exif",
      {
        $0.latitude = 0
        $0.longitude = 0
      }, then: { $0.verdict == "zero" && $0.keeps(0, 0) }),
    Decision(
      "Exif with altitude 0",
      {
        $0.latitude = 0
        $0.longitude = 0
        $0.altitude = 0
      }, then: { $0.verdict == "zero" && $0.altitude == 0 }),
    Decision(
      "the drone",
      {
        $0.removePosition()
        $0.xmp = Parts.dji([("GpsLatitude", "0.000000000"), ("GpsLongitude", "+0.0")])
      }, then: { $0.verdict == "zero" && $0.keeps(0, 0) }),
    Decision(
      "XMP",
      {
        $0.removePosition()
        $0.xmp = Parts.exifXmp("0,0.0N", "0,0,0W")
      }, then: { $0.verdict == "zero" && $0.keeps(0, 0) }),
  ])
  func row01_bothExactlyZero(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision("the equator", { $0.latitude = 0 }, then: { $0.isAt(0, 8.25) }),
    Decision("Greenwich", { $0.longitude = 0 }, then: { $0.isAt(47.5, 0) }),
    Decision(
      "near zero",
      {
        $0.latitude = -0.000123
        $0.longitude = -0.000456
      }, then: { $0.isAt(-0.000123, -0.000456) }),
    Decision(
      "the drone on the equator",
      {
        $0.removePosition()
        $0.xmp = Parts.dji([("GpsLatitude", "0.0"), ("GpsLongitude", "-61.5")])
      }, then: { $0.isAt(0, -61.5, .xmpDrone) }),
  ])
  func row02_onlyOneIsZero(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision(
      "0/0 seconds of latitude",
      { $0.gpsOverrides = [Parts.dms(lat, (47, 1), (30, 1), (0, 0))] },
      then: { $0.isAt(47.5, 8.25, .exif, .degraded) }),
    Decision(
      "0/0 seconds of longitude", { $0.gpsOverrides = [Parts.dms(lon, (8, 1), (15, 1), (0, 0))] },
      then: { $0.isAt(47.5, 8.25, .exif, .degraded) }),
    Decision(
      "0/0 minutes", { $0.gpsOverrides = [Parts.dms(lat, (47, 1), (0, 0), (0, 1))] },
      then: { $0.verdict == "undefined" }),
    Decision(
      "0/0 degrees", { $0.gpsOverrides = [Parts.dms(lon, (0, 0), (15, 1), (0, 1))] },
      then: { $0.verdict == "undefined" }),
    Decision(
      "x/0 seconds", { $0.gpsOverrides = [Parts.dms(lon, (8, 1), (15, 1), (3, 0))] },
      then: { $0.verdict == "undefined" }),
    Decision(
      "x/0 degrees of a decimal number", { $0.gpsOverrides = [Entry(lat, .rationals([(47, 0)]))] },
      then: { $0.verdict == "undefined" }),
    Decision(
      "everything 0/0",
      {
        $0.gpsOverrides = [
          Parts.dms(lat, (0, 0), (0, 0), (0, 0)), Parts.dms(lon, (0, 0), (0, 0), (0, 0)),
        ]
      }, then: { $0.verdict == "undefined" && $0.otherPosition == nil }),
  ])
  func row03_undefinedNumbers(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision(
      "both", { $0.gpsRemoved = [1, 3] }, then: { $0.isAt(47.5, 8.25, .exif, .refMissing) }),
    Decision(
      "latitude's", { $0.gpsRemoved = [1] }, then: { $0.isAt(47.5, 8.25, .exif, .refMissing) }
    ),
    Decision(
      "longitude's", { $0.gpsRemoved = [3] }, then: { $0.isAt(47.5, 8.25, .exif, .refMissing) }
    ),
    Decision(
      "the drone knows the sign",
      {
        $0.gpsRemoved = [1, 3]
        $0.xmp = Parts.drone(-47.5, -8.25)
      }, then: { $0.isAt(-47.5, -8.25, .xmpDrone, .refMissing) }),
  ])
  func row05_missingReference(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision(
      "lower case", { $0.gpsOverrides = [Entry(1, .ascii("s")), Entry(3, .ascii("w"))] },
      then: { $0.isAt(-47.5, -8.25) }),
    Decision(
      "written out", { $0.gpsOverrides = [Entry(1, .ascii("South")), Entry(3, .ascii("west"))] },
      then: { $0.isAt(-47.5, -8.25) }),
    Decision(
      "without a NUL, with a blank",
      { $0.gpsOverrides = [Entry(1, .asciiBytes([0x53])), Entry(3, .asciiBytes([0x57, 0x20]))] },
      then: { $0.isAt(-47.5, -8.25) }),
    Decision(
      "NULs", { $0.gpsOverrides = [Entry(1, .asciiBytes([0, 0])), Entry(3, .asciiBytes([0]))] },
      then: { $0.isAt(47.5, 8.25, .exif, .refMissing) }),
    Decision(
      "blanks", { $0.gpsOverrides = [Entry(1, .ascii(" ")), Entry(3, .ascii("  "))] },
      then: { $0.isAt(47.5, 8.25, .exif, .refMissing) }),
    Decision(
      "another letter", { $0.gpsOverrides = [Entry(1, .ascii("T"))] },
      then: { $0.isAt(47.5, 8.25, .exif, .refMissing) }),
    Decision(
      "a negative number read as unsigned",
      { $0.gpsOverrides = [Parts.dms(lat, (0xFFFF_FFD1, 1), (30, 1), (0, 1))] },
      then: { $0.verdict == "out-of-range" }),
  ])
  func row06_oddReference(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision(
      "Exif", { $0.gpsOverrides = [Entry(9, .ascii("V"))] },
      then: { $0.isAt(47.5, 8.25, .exif, .void) }),
    Decision(
      "lower case", { $0.gpsOverrides = [Entry(9, .ascii("v"))] },
      then: { $0.isAt(47.5, 8.25, .exif, .void) }),
    Decision(
      "active", { $0.gpsOverrides = [Entry(9, .ascii("A"))] }, then: { $0.isAt(47.5, 8.25) }),
    Decision(
      "the drone", { $0.xmp = Parts.dji([("GpsStatus", "Invalid")]) },
      then: { $0.isAt(47.5, 8.25, .exif, .void) }),
    Decision(
      "both",
      {
        $0.gpsOverrides = [Entry(9, .ascii("V"))]
        $0.xmp = Parts.dji([
          ("GpsStatus", "Invalid"), ("GpsLatitude", "47.5"), ("GpsLongitude", "8.25"),
        ])
      }, then: { $0.isAt(47.5, 8.25, .xmpDrone, .void) }),
    Decision(
      "no position to flag",
      {
        $0.removePosition()
        $0.gpsOverrides = [Entry(9, .ascii("V"))]
      }, then: { $0.verdict == "no-gps" && $0.flags.isDisjoint(with: .void) }),
  ])
  func row16_voidFix(_ decision: Decision) { decision.check() }

  @Test(arguments: [
    Decision(
      "90 degrees and a bit",
      { $0.gpsOverrides = [Parts.dms(lat, (90, 1), (0, 1), (1, 1000))] },
      then: { $0.verdict == "out-of-range" }),
    Decision(
      "213.64", { $0.gpsOverrides = [Entry(lat, .rationals([(21_364, 100)]))] },
      then: { $0.verdict == "out-of-range" && $0.keeps(213.64, 8.25) }),
    Decision(
      "longitude 181", { $0.gpsOverrides = [Parts.dms(lon, (181, 1), (0, 1), (0, 1))] },
      then: { $0.verdict == "out-of-range" }),
    Decision(
      "60 minutes", { $0.gpsOverrides = [Parts.dms(lat, (46, 1), (60, 1), (0, 1))] },
      then: { $0.verdict == "out-of-range" }),
    Decision(
      "61 seconds", { $0.gpsOverrides = [Parts.dms(lat, (47, 1), (29, 1), (61, 1))] },
      then: { $0.verdict == "out-of-range" }),
    Decision(
      "60 seconds carry",
      { $0.gpsOverrides = [Parts.dms(lat, (47, 1), (29, 1), (60, 1))] },
      then: { $0.isAt(47.5, 8.25) }),
    Decision(
      "XMP of 91 degrees",
      {
        $0.removePosition()
        $0.xmp = Parts.exifXmp("91,0N", "8,0E")
      }, then: { $0.verdict == "out-of-range" }),
  ])
  func row17_outOfRange(_ decision: Decision) { decision.check() }

  /// Inclusive edges of boxes, and W 180 = E 180, are asked of the index: `row18_…` of PhotoIndexTests.
  @Test(arguments: [
    Decision("180 east", { $0.longitude = 180 }, then: { $0.isAt(47.5, 180) }),
    Decision("180 west", { $0.longitude = -180 }, then: { $0.isAt(47.5, -180) }),
    Decision("north pole", { $0.latitude = 90 }, then: { $0.isAt(90, 8.25) }),
    Decision("south pole", { $0.latitude = -90 }, then: { $0.isAt(-90, 8.25) }),
    Decision(
      "the drone's",
      {
        $0.removePosition()
        $0.xmp = Parts.dji([("GpsLatitude", "-90.0"), ("GpsLongitude", "-180.000000000")])
      }, then: { $0.isAt(-90, -180, .xmpDrone) }),
  ])
  func row18_antimeridianAndPoles(_ decision: Decision) { decision.check() }
}
