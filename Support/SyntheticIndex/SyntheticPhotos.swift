package import PhotoIndex
internal import PhotoModel

/// Rows of the index as surveys make them: sites near a city, twelve flights per site, about 104
/// photos per flight in a serpentine of 12 m steps. One photo of a thousand has no position. The same
/// rows at every run.
package struct SyntheticPhotos {
  /// With attitude, RTK and serial number, as drones write them.
  package var hasDroneFields: Bool
  /// Each flight follows a line of 100 km instead.
  package var isCorridor: Bool

  static let foldersPerSite = 12

  private static let cities = 40

  package init(hasDroneFields: Bool = false, isCorridor: Bool = false) {
    self.hasDroneFields = hasDroneFields
    self.isCorridor = isCorridor
  }

  package func folders(site: Int, id: Int64) -> [FolderChanges] {
    var random = Generator(state: UInt64(site) &* 0x9E37_79B9 &+ 17)
    let city = Generator.place(UInt64(site % Self.cities))
    let center = Coordinate(
      latitude: city.latitude + random.unit(-0.15...0.15),
      longitude: city.longitude + random.unit(-0.2...0.2))
    return (0..<Self.foldersPerSite).map { number in
      var changes = FolderChanges(
        site: id, folder: PathBytes("2025-\(two(site % 12 + 1))/flight_\(two(number + 1))".utf8))
      let start = Coordinate(
        latitude: center.latitude + random.unit(-0.01...0.01),
        longitude: center.longitude + random.unit(-0.014...0.014))
      let count = 94 + Int(random.next() % 21)
      let time = Int64(1_735_689_600_000) + Int64(random.next() % 31_000_000) * 1000
      changes.inserts = (0..<count).map { index in
        photo(index, of: count, start, time + Int64(index) * 2000, &random)
      }
      return changes
    }
  }

  private func photo(
    _ index: Int, of count: Int, _ start: Coordinate, _ time: Int64, _ random: inout Generator
  ) -> PhotoChange {
    let isLost = random.next() % 1000 == 0
    let position = isCorridor ? along(start, index, count) : serpentine(start, index, &random)
    var record = PhotoRecord(outcome: isLost ? .withoutPosition(.noGPS) : .located(position))
    if !isLost {
      record.source = .exif
      record.altitude = (400 + random.unit(0...120)).rounded(toPlaces: 1000)
      record.altitudeReference = .seaLevel
    }
    record.takenAt = time
    if hasDroneFields { addDroneFields(&record, index, &random) }
    return PhotoChange(
      file: ListedFile(
        name: PathBytes("DJI_\(four(index + 1)).JPG".utf8),
        size: 5_000_000 + Int64(random.next() % 3_000_000), mtime: time / 1000 + 3600),
      record: record, racy: false, parserVersion: 1)
  }

  private func addDroneFields(_ record: inout PhotoRecord, _ index: Int, _ random: inout Generator)
  {
    record.cameraMake = "DJI"
    record.cameraModel = "M3E"
    record.serialNumber = "1581F5FKD232800D"
    record.takenLocal = ISO.local(record.takenAt ?? 0)
    record.relativeAltitude = random.unit(20...120).rounded(toPlaces: 1000)
    record.gimbalYaw = random.unit(0...359).rounded(toPlaces: 10)
    record.gimbalPitch = -90
    record.gimbalRoll = 0
    record.flightYaw = random.unit(0...359).rounded(toPlaces: 10)
    record.flightPitch = random.unit(-8...8).rounded(toPlaces: 10)
    record.flightRoll = random.unit(-8...8).rounded(toPlaces: 10)
    record.gpsStatus = "RTK"
    record.altitudeType = "RtkAlt"
    // A range finder points at something now and then.
    if index % 20 == 0, let place = record.position {
      record.target = LaserTarget(
        coordinate: Coordinate(latitude: place.latitude + 0.001, longitude: place.longitude),
        altitude: 400, distance: random.unit(50...900).rounded(toPlaces: 10))
    }
    record.pixelWidth = 5280
    record.pixelHeight = 3956
    record.rtkFlag = 50
    record.fix = .fixed
    record.rtkStdLon = random.unit(0.01...0.03).rounded(toPlaces: 100_000)
    record.rtkStdLat = random.unit(0.01...0.03).rounded(toPlaces: 100_000)
    record.rtkStdHeight = random.unit(0.02...0.05).rounded(toPlaces: 100_000)
    record.source = .xmpDrone
  }

  private func serpentine(
    _ start: Coordinate, _ index: Int, _ random: inout Generator
  ) -> Coordinate {
    let row = index / 13
    let column = row % 2 == 0 ? index % 13 : 12 - index % 13
    return Coordinate(
      latitude: (start.latitude + Double(row) * 0.00011 + random.unit(-0.00001...0.00001))
        .rounded(toPlaces: 1e9),
      longitude: (start.longitude + Double(column) * 0.00016 + random.unit(-0.00001...0.00001))
        .rounded(toPlaces: 1e9))
  }

  private func along(_ start: Coordinate, _ index: Int, _ count: Int) -> Coordinate {
    let part = Double(index) / Double(count)
    return Coordinate(
      latitude: (start.latitude + part * 0.6).rounded(toPlaces: 1e9),
      longitude: (start.longitude + part * 0.9).rounded(toPlaces: 1e9))
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  private func four(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 4 - String(number).count)) + String(number)
  }
}

/// SplitMix64.
package struct Generator {
  private var state: UInt64

  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  package mutating func unit(_ range: ClosedRange<Double>) -> Double {
    let part = Double(next() >> 11) / 9_007_199_254_740_992
    return range.lowerBound + part * (range.upperBound - range.lowerBound)
  }

  /// A city between Lisbon and Kyiv.
  static func place(_ number: UInt64) -> Coordinate {
    var random = Generator(state: number &+ 99)
    return Coordinate(latitude: random.unit(38...58), longitude: random.unit(-8...30))
  }
}

extension Double {
  func rounded(toPlaces scale: Double) -> Double { (self * scale).rounded() / scale }
}

enum ISO {
  /// Every photo of a synthetic flight is of one morning; the date does not matter here.
  static func local(_ milliseconds: Int64) -> String {
    let ofDay = Int(milliseconds / 1000 % 86_400)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "2025-06-01T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))"
  }
}
