import PhotoModel
import Testing

@testable import FlightQC

/// Heights of the ground from SRTM files.
@Suite struct TerrainTests {
  /// Heights rise by one metre per row from south to north, and by two per column to the east.
  private static func slope(_ side: Int = 1201, void: Int? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    for row in 0..<side {
      for column in 0..<side {
        let isVoid = row * side + column == void
        let value = isVoid ? Int16.min : Int16(side - 1 - row + 2 * column)
        bytes += [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
      }
    }
    return bytes
  }

  @Test(
    arguments: [
      ("N47E008.hgt", 47, 8), ("s01w180.HGT", -1, -180), ("N00E000", 0, 0),
    ] as [(String, Int, Int)])
  func namesTellThePlace(name: String, south: Int, west: Int) throws {
    let tile = try TerrainTile(name: name, bytes: Self.slope())
    #expect(tile.south == south && tile.west == west)
  }

  @Test(arguments: ["terrain.hgt", "N91E008.hgt", "N47E181.hgt", "N4700E8.hgt", "", "X47E008.hgt"])
  func otherNamesAreRefused(name: String) {
    #expect(throws: TerrainTile.Fault.name) { try TerrainTile(name: name, bytes: []) }
  }

  @Test func onlyTwoSizesAreKnown() {
    #expect(throws: TerrainTile.Fault.size) {
      try TerrainTile(name: "N47E008.hgt", bytes: [UInt8](repeating: 0, count: 1200 * 1200 * 2))
    }
  }

  @Test func heightsLieBetweenTheSamplesAround() throws {
    let tile = try TerrainTile(name: "N47E008.hgt", bytes: Self.slope(void: 601 * 1201 + 601))
    func height(_ latitude: Double, _ longitude: Double) -> Double? {
      tile.height(at: Coordinate(latitude: latitude, longitude: longitude))
    }
    #expect(height(47, 8) == 0 && height(48, 9) == 3600)
    #expect(abs((height(47.25, 8.125) ?? 0) - 600) < 1e-9)
    #expect(abs((height(47 + 0.5 / 1200, 8 + 0.25 / 1200) ?? 0) - 1) < 1e-6)
    #expect(height(46.999, 8.5) == nil && height(47.5, 9.001) == nil)
    // Beside a void.
    #expect(height(48 - 601.4 / 1200, 8 + 600.5 / 1200) == nil)
  }

  /// 500 m of altitude over ground at 420 m.
  @Test(
    arguments: [(.seaLevel, nil), (.ellipsoid, nil), (.ellipsoid, 47.0)]
      as [(AltitudeReference, Double?)])
  func altitudesCountFromTheSameSurface(reference: AltitudeReference, geoid: Double?) throws {
    var survey = Survey()
    for place in survey.photos.indices {
      survey.photos[place].altitudeReference = reference
      survey.photos[place].relativeAltitude = 80
      survey.photos[place].altitude = 500 + (geoid ?? 0)
    }
    var check = FlightCheck()
    check.terrain = { _ in 420 }
    check.geoidHeight = geoid
    let flight = try #require(try survey.report(check).flights.first)
    #expect(flight.heightSource == .terrain)
    if reference == .ellipsoid, geoid == nil {
      #expect(flight.height == nil)
      #expect(flight.notChecked.contains { $0.why.contains("geoid") })
    } else {
      #expect(abs((flight.height?.median ?? 0) - 80) < 1e-9)
      #expect(abs((flight.forward?.median ?? 0) - 80) < 0.01)
    }
  }
}
