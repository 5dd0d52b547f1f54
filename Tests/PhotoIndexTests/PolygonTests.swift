import Foundation
import TestSupport
import Testing

@testable import PhotoIndex
@testable import PhotoModel

/// Polygons by their size; what lies inside is compared with the reference in QueryTests, too.
@Suite struct PolygonTests {
  /// A star whose corners have random distances from its centre.
  private static func star(_ corners: Int, _ g: inout SplitMix64) -> [Coordinate] {
    (0..<corners).map { number in
      let angle = Double(number) / Double(corners) * 2 * .pi
      let distance = Double.random(in: 2...8, using: &g)
      return Coordinate(latitude: sin(angle) * distance, longitude: cos(angle) * distance)
    }
  }

  @Test(arguments: [3, 17, 64, 1000]) func starsWithHolesEqualTheReference(corners: Int) {
    var g = SplitMix64(seed: UInt64(corners))
    let hole = (0..<5).map { number in
      let (x, y) = (Double(number) - 2.5, Double(number % 3) - 1)
      return [(x, y), (x + 0.5, y), (x + 0.5, y + 0.5), (x, y + 0.5)].map {
        Coordinate(latitude: $0.1, longitude: $0.0)
      }
    }
    let polygons = Polygons([[Self.star(corners, &g)] + hole, [Self.star(corners, &g)]])
    let test = PolygonTest(polygons)
    var inside = 0
    for _ in 0..<500 {
      var point = Coordinate(
        latitude: Double.random(in: -9...9, using: &g),
        longitude: Double.random(in: -9...9, using: &g))
      // On corners and on the latitude of corners, too.
      if g.chance(0.1) { point = g.pick(polygons.polygons[1][0]) }
      if g.chance(0.2) { point.latitude = g.pick(polygons.polygons[0][0]).latitude }
      let expected = Reference.contains(polygons, point)
      inside += expected ? 1 : 0
      #expect(test.contains(point) == expected, "\(point)")
    }
    #expect(inside > 50 && inside < 450)
  }

  /// Looking at every edge for every point would take minutes.
  @Test func polygonsOfManyCornersAreFast() {
    let corners = 200_000
    let circle = (0..<corners).map { number in
      let angle = Double(number) / Double(corners) * 2 * .pi
      return Coordinate(latitude: sin(angle) * 10, longitude: cos(angle) * 10)
    }
    let test = PolygonTest(Polygons([[circle]]))
    var g = SplitMix64(seed: 9)
    for _ in 0..<20_000 {
      let point = Coordinate(
        latitude: Double.random(in: -12...12, using: &g),
        longitude: Double.random(in: -12...12, using: &g))
      let distance = (point.latitude * point.latitude + point.longitude * point.longitude)
        .squareRoot()
      if abs(distance - 10) < 0.001 { continue }
      #expect(test.contains(point) == (distance < 10))
    }
  }

  /// As many polygons as others have corners.
  @Test func manyPolygonsAndHolesAreFast() {
    let squares = (0..<20_000).map { number in
      let (x, y) = (Double(number % 200) / 10, Double(number / 200) / 10)
      return [(x, y), (x + 0.05, y), (x + 0.05, y + 0.05), (x, y + 0.05)].map {
        Coordinate(latitude: $0.1, longitude: $0.0)
      }
    }
    let apart = PolygonTest(Polygons(squares.map { [$0] }))
    let corners: [(Double, Double)] = [(-1, -1), (21, -1), (21, 11), (-1, 11)]
    let frame = corners.map { Coordinate(latitude: $0.1, longitude: $0.0) }
    let holes = PolygonTest(Polygons([[frame] + squares]))
    var g = SplitMix64(seed: 10)
    for _ in 0..<2000 {
      let (x, y) = (Int.random(in: 0..<200, using: &g), Int.random(in: 0..<100, using: &g))
      let isIn = g.chance(0.5)
      let shift = isIn ? 0.025 : 0.075
      let point = Coordinate(
        latitude: Double(y) / 10 + shift, longitude: Double(x) / 10 + shift)
      #expect(apart.contains(point) == isIn)
      #expect(holes.contains(point) == !isIn)
    }
  }

  /// Each edge reaches from the top to the bottom: no list of bands may hold all of them for every band.
  @Test func zigzagsTakeNoMoreMemoryThanOthers() {
    let bands = Bands((0..<10_000).map { _ in (low: 0.0, high: 1.0) })
    #expect(bands.size <= 4 * 10_000)
    let odd: [Double] = [-1, 0, 0.5, 1, 2, .infinity, -.infinity, .nan]
    for value in odd {
      _ = bands.candidates(value)
    }
    #expect(bands.candidates(0.5).count == 10_000)
  }

  @Test func numbersThatAreNoneDoNoHarm() {
    let numbers: [Double] = [.nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude]
    for odd in numbers {
      let corners: [(Double, Double)] = [(0, 0), (odd, 1), (1, odd), (odd, odd)]
      let ring = corners.map { Coordinate(latitude: $0.1, longitude: $0.0) }
      let test = PolygonTest(Polygons([[ring], [ring, ring], [], [[]]]))
      for y: Double in [0, 0.5, odd] { _ = test.contains(Coordinate(latitude: y, longitude: 0.5)) }
    }
    #expect(!PolygonTest(Polygons([])).contains(Coordinate(latitude: 0, longitude: 0)))
  }

  @Test func tooManyCornersAreInvalid() throws {
    let one = try OneSite("nas", at: "/x")
    let reader = try IndexReader(path: one.folder.index)
    let ring = [Coordinate](
      repeating: Coordinate(latitude: 1, longitude: 1), count: PhotoFilter.mostCorners / 2 + 1)
    var filter = PhotoFilter()
    filter.polygon = Polygons([[ring], [ring]])
    do {
      _ = try reader.count(filter)
      Issue.record("was taken")
    } catch {
      #expect(error.kind == .invalid && error.advice != nil)
    }
  }

  @Test func aStoppedReaderAnswersNothing() throws {
    let one = try OneSite("nas", at: "/x")
    var changes = FolderChanges(site: one.site, folder: PathBytes(text: "a"))
    for number in 0..<2000 {
      changes.inserts.append(
        PhotoChange(
          file: ListedFile(name: PathBytes(text: "\(number).jpg"), size: 1, mtime: 0),
          record: PhotoRecord(outcome: .located(Coordinate(latitude: 1, longitude: 1))),
          racy: false, parserVersion: 1))
    }
    try one.writer.apply(changes)
    let reader = try IndexReader(path: one.folder.index)
    #expect(try reader.photos(PhotoFilter()) { _ in } == 2000)
    reader.setStop { true }
    do {
      _ = try reader.photos(PhotoFilter()) { _ in }
      Issue.record("was answered")
    } catch let error as IndexError {
      #expect(error.kind == .interrupted)
    }
    // As good as before when nobody stops it any more.
    reader.setStop { false }
    #expect(try reader.photos(PhotoFilter()) { _ in } == 2000)
  }
}
