import FuzzSupport
import PhotoModel
import TestSupport
import Testing

/// The rules D1…D7 of precedence and conflict, each over all its combinations.
@Suite struct PositionRuleTests {
  typealias Entry = JpegTiff.Entry
  private static let lat: UInt16 = 2
  private static let lon: UInt16 = 4

  enum Own: CaseIterable, Sendable { case good, zero, undefined, outOfRange, absent }
  enum Drone: CaseIterable, Sendable { case near, far, zero, outOfRange, absent }
  enum Other: CaseIterable, Sendable { case good, absent }

  @Test(arguments: Own.allCases, Drone.allCases)
  func d01_countsOnlyUsableCandidates(_ own: Own, _ drone: Drone) {
    for other in Other.allCases {
      var attributes: [(key: String, value: String)] = []
      if other == .good {
        attributes += [("exif:GPSLatitude", "47,30.0N"), ("exif:GPSLongitude", "8,15.0006E")]
      }
      let place: (String, String)? =
        switch drone {
        case .near: ("47.500009", "8.250009")
        case .far: ("47.6", "8.25")
        case .zero: ("0.0", "0.0")
        case .outOfRange: ("97.5", "8.25")
        case .absent: nil
        }
      if let place {
        attributes += [("drone-dji:GpsLatitude", place.0), ("drone-dji:GpsLongitude", place.1)]
      }
      Decision(
        "\(own), \(drone), \(other)",
        {
          switch own {
          case .good: break
          case .zero:
            $0.latitude = 0
            $0.longitude = 0
          case .undefined: $0.gpsOverrides = [Parts.dms(Self.lat, (47, 0), (30, 1), (0, 1))]
          case .outOfRange: $0.gpsOverrides = [Parts.dms(Self.lat, (97, 1), (30, 1), (0, 1))]
          case .absent: $0.removePosition()
          }
          $0.xmp = Parts.packet(attributes)
        },
        then: { record in
          switch (own, drone, other) {
          case (.good, .near, _): record.isAt(47.500009, 8.250009, .xmpDrone)
          case (.good, .far, _): record.isAt(47.5, 8.25, .exif, .conflict)
          case (.good, _, _): record.isAt(47.5, 8.25)
          case (_, .near, _): record.isAt(47.500009, 8.250009, .xmpDrone)
          case (_, .far, .good): record.isAt(47.6, 8.25, .xmpDrone, .conflict)
          case (_, .far, .absent): record.isAt(47.6, 8.25, .xmpDrone)
          case (_, _, .good): record.isAt(47.5, 8.25001, .xmpExif)
          case (.zero, _, _): record.verdict == "zero"
          case (.undefined, _, _): record.verdict == "undefined"
          case (.outOfRange, _, _): record.verdict == "out-of-range"
          case (.absent, .zero, _): record.verdict == "zero"
          case (.absent, .outOfRange, _): record.verdict == "out-of-range"
          case (.absent, .absent, _): record.verdict == "no-gps"
          }
        }
      ).check()
    }
  }

  /// Metres between Exif and the drone, and what is stored.
  @Test(arguments: [0.5, 4.9, 5.1, 50, 199, 201, 5_000_000], [true, false])
  func d02_comparesPositionsByDistance(_ metres: Double, _ northwards: Bool) {
    // One degree of latitude, and of longitude, at 47.5°.
    let degrees = metres / (northwards ? 111_180 : 75_350)
    let (lat, lon) = northwards ? (47.5 - degrees, 8.25) : (47.5, 8.25 + degrees)
    Decision("\(metres) m", { $0.xmp = Parts.drone(lat, lon) }) { record in
      // The packet has nine decimals.
      let p = record.position ?? Coordinate(latitude: .infinity, longitude: 0)
      let isDrones = abs(p.latitude - lat) < 1e-8 && abs(p.longitude - lon) < 1e-8
      if metres <= 5 { return isDrones && record.flags.isEmpty && record.otherPosition == nil }
      if metres <= 200 {
        return isDrones && record.flags == .conflict && record.keeps(47.5, 8.25)
      }
      guard let other = record.otherPosition else { return false }
      return record.isAt(47.5, 8.25, .exif, .conflict) && abs(other.latitude - lat) < 1e-8
    }.check()
  }

  @Test(arguments: [4.0, 6.0, 30_000])
  func d02_takesXMPOfExifAsACopy(_ metres: Double) {
    let minutes = 15 + metres / 75_350 * 60
    Decision("\(metres) m", { $0.xmp = Parts.exifXmp("47,30N", "8,\(minutes)E") }) { record in
      let differs = metres > 5
      return record.isAt(47.5, 8.25, .exif, differs ? .conflict : [])
        && (record.otherPosition != nil) == differs
    }.check()
  }

  @Test(arguments: [lat, lon], [0, 1, 2])
  func d03_refusesZeroDenominators(_ tag: UInt16, _ part: Int) {
    let parts: [(UInt32, UInt32)] =
      tag == Self.lat ? [(47, 1), (30, 1), (0, 1)] : [(8, 1), (15, 1), (0, 1)]
    for numerator: UInt32 in [0, 1, 0xFFFF_FFFF] {
      var stated = parts
      stated[part] = (numerator, 0)
      let isKept = part == 2 && numerator == 0
      Decision("\(numerator)/0", { $0.gpsOverrides = [Entry(tag, .rationals(stated))] }) {
        isKept ? $0.isAt(47.5, 8.25, .exif, .degraded) : $0.verdict == "undefined"
      }.check()
    }
  }

  @Test(arguments: ["0", "-0", "+0.000000000", "0e5", "-0.0"])
  func d04_refusesZeroZero(_ text: String) {
    Decision(
      text,
      {
        $0.removePosition()
        $0.xmp = Parts.dji([("GpsLatitude", text), ("GpsLongitude", "0.0")])
      }, then: { $0.verdict == "zero" && $0.otherPosition != nil }
    ).check()
    Decision(
      text + " and a longitude",
      {
        $0.removePosition()
        $0.xmp = Parts.dji([("GpsLatitude", text), ("GpsLongitude", "0.000000001")])
      }, then: { $0.isAt(0, 1e-9, .xmpDrone) }
    ).check()
  }

  @Test(
    arguments: [[1], [3], [1, 3]] as [Set<UInt16>], [(47.5, 8.25), (-47.5, 8.25), (-47.5, -8.25)])
  func d05_treatsAMissingReference(_ removed: Set<UInt16>, _ drone: (Double, Double)) {
    let alone = Decision("no drone", { $0.gpsRemoved = removed }) {
      $0.isAt(47.5, 8.25, .exif, .refMissing)
    }
    alone.check()
    // The drone's sign counts only where Exif has none.
    let lat = removed.contains(1) ? drone.0 : 47.5
    let lon = removed.contains(3) ? drone.1 : 8.25
    Decision(
      "drone",
      {
        $0.gpsRemoved = removed
        $0.xmp = Parts.drone(drone.0, drone.1)
      },
      then: { record in
        (lat, lon) == drone
          ? record.isAt(lat, lon, .xmpDrone, .refMissing)
          : record.isAt(lat, lon, .exif, [.refMissing, .conflict])
      }
    ).check()
  }

  @Test(arguments: [
    (91, 8), (90.000001, 8), (270, 8), (4_294_967_295, 8), (47, 180.000001), (47, 188.25),
    (47, 360),
  ])
  func d06_neverClippedNorWrapped(_ lat: Double, _ lon: Double) {
    func pair(_ value: Double) -> (UInt32, UInt32) {
      value < 4000 ? (UInt32(value * 1_000_000), 1_000_000) : (UInt32(value), 1)
    }
    let latitude = pair(lat)
    let longitude = pair(lon)
    Decision(
      "Exif",
      {
        $0.gpsOverrides = [
          Entry(Self.lat, .rationals([latitude])), Entry(Self.lon, .rationals([longitude])),
        ]
      }, then: { $0.verdict == "out-of-range" && $0.keeps(lat, lon) }
    ).check()
    Decision(
      "drone",
      {
        $0.removePosition()
        $0.xmp = Parts.dji([("GpsLatitude", "-\(lat)"), ("GpsLongitude", "-\(lon)")])
      }, then: { $0.verdict == "out-of-range" && $0.keeps(-lat, -lon) }
    ).check()
  }

  @Test(arguments: [true, false], ["Invalid", "Normal", "RTK"])
  func d07_flagsAVoidFix(_ exifSaysVoid: Bool, _ drone: String) {
    Decision(
      drone,
      {
        $0.gpsOverrides = [Entry(9, .ascii(exifSaysVoid ? "V" : "A"))]
        $0.xmp = Parts.dji([("GpsStatus", drone)])
      }, then: { $0.isAt(47.5, 8.25, .exif, exifSaysVoid || drone == "Invalid" ? .void : []) }
    ).check()
  }
}
