import TestSupport
import Testing

@testable import PhotoIndex
@testable import PhotoModel

@Suite struct GeodesicTests {
  /// Metres by PROJ's `geod` (C. F. F. Karney, "Algorithms for geodesics", J. Geodesy 87, 2013), WGS 84.
  static let table: [(Double, Double, Double, Double, Double)] = [
    (0, 0, 0, 1, 111319.4908), (0, 0, 1, 0, 110574.3886),
    (50.06632222, -5.71475, 58.64402222, -3.07, 969955.1888),
    (-37.95103341, 144.42486789, -37.65282114, 143.92649553, 54972.2705),
    (0, 0, 0, 179.3, 19959584.6992), (0, 0, 0.5, 179.5, 19936288.5790),
    (0, 0, 0, 180, 20003931.4586), (0, 0, 0.5, 179.7, 19944127.4208),
    (0, 0, 0.1, 179.9, 19992082.1079), (90, 0, -90, 0, 20003931.4586),
    (90, 10, -90, 120, 20003931.4586), (30, 0, -30, 179.9, 20003008.4215),
    (30, 0, -29.9, 179.8, 19989832.8276), (-30, 20, 30.3, -160.2, 19968464.5774),
    (89.9, 0, -89.8, 179, 19992758.6598), (45, 10, -45, -170, 20003931.4586),
    (0, 0, 0, 179.9, 20003008.4215), (1, -179.9, 1, 179.9, 22260.5300),
    (90, 0, 89, 50, 111693.8649), (-90, 0, -89.9999, 7, 11.1694),
    (10, 179.99999, 10, -179.99999, 2.1928), (52.52, 13.405, 52.5201, 13.4052, 17.5536),
    (0, 0, 0, 0, 0), (60, 5, 60, 185, 6695785.8196), (75, 0, 80, 180, 2791853.9994),
    (22.1223, 87.0433, 53.1348, 159.2821, 6893167.7760),
    (43.1817, 152.037, -84.7791, -12.3758, 15344542.1278),
    (79.8042, 53.6308, 72.1621, -139.2459, 3111821.9195),
    (-5.5676, -91.2338, 7.877, 26.6188, 13166836.0597),
    (-87.6394, -101.9773, -39.6932, 149.8843, 5692603.6543),
    (47.8306, -122.5425, 53.4865, -130.0437, 822017.3439),
  ]

  @Test(arguments: table.indices) func distancesEqualThoseOfPROJ(row: Int) {
    let (lat1, lon1, lat2, lon2, metres) = Self.table[row]
    let p = Coordinate(latitude: lat1, longitude: lon1)
    let q = Coordinate(latitude: lat2, longitude: lon2)
    // Almost opposite points are found by search: a metre of 20,000 km.
    let tolerance = metres > 19_900_000 ? 1 : 0.001
    #expect(abs(Geodesic.distance(p, q) - metres) <= tolerance)
    #expect(abs(Geodesic.distance(q, p) - metres) <= tolerance)
  }

  /// No point within the radius lies outside the boxes.
  @Test(arguments: 0..<10) func boxesHoldTheWholeCircle(seed: UInt64) {
    var g = SplitMix64(seed: seed)
    for _ in 0..<2000 {
      let center = Samples.position(&g)
      let point =
        g.chance(0.5)
        ? Samples.position(&g)
        : Coordinate(
          latitude: max(-90, min(90, center.latitude + Double.random(in: -2...2, using: &g))),
          longitude: (center.longitude + Double.random(in: -2...2, using: &g)).wrapped)
      guard point.isValid else { continue }
      let radius = Geodesic.distance(center, point)
      let boxes = Geodesic.boxes(around: center, radius: radius)
      if !boxes.contains(where: { $0.contains(point) })
        || boxes.contains(where: { $0.west > $0.east || $0.south > $0.north })
      {
        Issue.record("\(center) \(point) \(radius) \(boxes)")
      }
    }
  }

  @Test func boxesAreNotMuchLargerThanTheCircle() throws {
    let boxes = Geodesic.boxes(around: Coordinate(latitude: 52, longitude: 13), radius: 1000)
    let box = try #require(boxes.first)
    #expect(boxes.count == 1)
    #expect(box.east - box.west < 0.032)
    #expect(box.north - box.south < 0.0185)
  }
}
