import Testing

@testable import PhotoModel

@Suite struct ExtentTests {
  private static func extent(_ longitudes: [Double]) -> BoundingBox? {
    var extent = Extent()
    for (index, longitude) in longitudes.enumerated() {
      extent.add(Coordinate(latitude: Double(index), longitude: longitude))
    }
    return extent.box
  }

  /// RFC 7946 §5.2: west is greater than east across 180°.
  @Test(
    arguments: [
      ([8.5], 8.5, 8.5), ([179.9, -179.9], 179.9, -179.9), ([-179.9, 179.9, 178], 178, -179.9),
      ([-10, 20], -10, 20), ([-90, 90], -90, 90), ([-100, 100], 100, -100),
      ([180, -180], 180, -180),
      ([-180, 179], 179, -180), ([-1, 0], -1, 0), ([-100, -10, 10, 100], -100, 100),
      ([170, -170, -100], 170, -100), ([10, 170, -170], 10, -170),
    ] as [([Double], Double, Double)])
  func takesTheNarrowerWayAround(longitudes: [Double], west: Double, east: Double) throws {
    let box = try #require(Self.extent(longitudes))
    #expect(box.west == west && box.east == east)
    #expect(box.south == 0 && box.north == Double(longitudes.count - 1))
    #expect(Self.extent(longitudes.reversed())?.west == west)
  }

  @Test func noPositionHasNoExtent() { #expect(Extent().box == nil) }

  @Test func anExtentOfBoxesHoldsAllOfThem() {
    var extent = Extent()
    extent.add(BoundingBox(west: 170, south: -10, east: -175, north: 1))
    extent.add(BoundingBox(west: -178, south: 0, east: -170, north: 5))
    #expect(extent.box == BoundingBox(west: 170, south: -10, east: -170, north: 5))
    extent.add(BoundingBox(west: -1, south: 0, east: 1, north: 1))
    #expect(extent.box?.crossesAntimeridian == false)
  }

  /// Polygons have an area (OGC 06-103r4 §6.1.11), rings are closed and counter-clockwise (RFC 7946 §3.1.6), and nothing
  /// crosses 180° (§3.1.9).
  @Test(arguments: [
    BoundingBox(west: 8, south: 47, east: 8, north: 47),
    BoundingBox(west: 8, south: 47, east: 9, north: 47),
    BoundingBox(west: 8, south: 47, east: 8, north: 48),
    BoundingBox(west: 180, south: 90, east: 180, north: 90),
    BoundingBox(west: -180, south: -90, east: -180, north: -90),
    BoundingBox(west: 180, south: 0, east: -180, north: 0),
    BoundingBox(west: 179.9, south: -18, east: -179.9, north: -17),
    BoundingBox(west: -180, south: -90, east: 180, north: 90),
  ])
  func ringsAreValidPolygons(box: BoundingBox) {
    #expect(box.rings.count == (box.crossesAntimeridian ? 2 : 1))
    for ring in box.rings {
      #expect(ring.count == 5 && ring.first == ring.last)
      #expect(ring.allSatisfy { $0.isValid })
      let area = zip(ring, ring.dropFirst()).reduce(0.0) { sum, edge in
        let (a, b) = edge
        return sum + (a.longitude - ring[0].longitude) * (b.latitude - ring[0].latitude)
          - (b.longitude - ring[0].longitude) * (a.latitude - ring[0].latitude)
      }
      #expect(area > 0)
    }
    let width = box.rings.reduce(0.0) { $0 + $1[1].longitude - $1[0].longitude }
    #expect(abs(width - box.width) < 5e-7)
  }

  // MARK: Lines

  private static func parts(_ line: [(Double, Double)]) -> [[Coordinate]] {
    Antimeridian.cut(line.map { Coordinate(latitude: $0.1, longitude: $0.0) })
      .map { $0.map(\.position) }
  }

  private static func line(_ points: (Double, Double)...) -> [Coordinate] {
    points.map { Coordinate(latitude: $0.1, longitude: $0.0) }
  }

  @Test func cutsLinesAtTheAntimeridian() {
    #expect(
      Self.parts([(178, 0), (-178, 4)])
        == [Self.line((178, 0), (180, 2)), Self.line((-180, 2), (-178, 4))])
    #expect(
      Self.parts([(-179, 0), (179, 0), (-179, 1)]) == [
        Self.line((-179, 0), (-180, 0)), Self.line((180, 0), (179, 0), (180, 0.5)),
        Self.line((-180, 0.5), (-179, 1)),
      ])
    // A photo on the meridian itself belongs to both sides.
    #expect(
      Self.parts([(179, 0), (-180, 1), (-179, 2)])
        == [Self.line((179, 0), (180, 1)), Self.line((-180, 1), (-179, 2))])
    #expect(
      Self.parts([(179, 0), (-180, 1), (178, 2)]) == [Self.line((179, 0), (180, 1), (178, 2))])
    #expect(Self.parts([(-90, 0), (89, 0)]) == [Self.line((-90, 0), (89, 0))])
  }

  @Test func aLineNeedsTwoPlaces() {
    #expect(Self.parts([]).isEmpty && Self.parts([(1, 1)]).isEmpty)
    #expect(Self.parts([(1, 1), (1, 1)]).isEmpty)
    #expect(Self.parts([(180, 1), (-180, 1)]).isEmpty)
    #expect(Self.parts([(1, 1), (1, 1), (1, 2)]).count == 1)
  }

  // MARK: URLs

  @Test(arguments: [
    ("/photos", "file:///photos/"), ("/", "file:///"), ("/a b/ü#", "file:///a%20b/ü%23/"),
    ("drone@nas:photos", "sftp://drone@nas/~/photos/"), ("nas:", "sftp://nas/~/"),
    ("nas:/abs/", "sftp://nas/abs/"), ("me@[::1]:x", "sftp://me@[::1]/~/x/"),
    ("nas:a:b[c", "sftp://nas/~/a:b%5Bc/"), ("sftp://nas:2222/a%20b", "sftp://nas:2222/a%20b/"),
  ])
  func rootsOfSites(location: String, url: String) { #expect(PhotoURL.root(location) == url) }

  @Test(arguments: [
    ("DJI_0001.JPG", "DJI_0001.JPG"), ("a b%.jpg", "a%20b%25.jpg"), ("é.jpg", "é.jpg"),
    ("\u{FFFD}80.jpg", "%80.jpg"), ("a\nb?.jpg", "a%0Ab%3F.jpg"),
    ("[1]{2}|^`\\.jpg", "%5B1%5D%7B2%7D%7C%5E%60%5C.jpg"),
  ])
  func encodesNames(name: String, encoded: String) { #expect(PhotoURL.encoded(name) == encoded) }
}
