package import PhotoIndex
internal import PhotoModel

/// Mapping flights as drones fly them: nadir photos in a serpentine with overlaps of 80 and 70 %, with all
/// fields that flight checks read. The same rows at every run.
package struct SyntheticSurvey {
  /// Photos of a flight, and photos of a line.
  private static let (size, line) = (125, 25)
  private static let height = 80.0

  package init() {}

  /// Flights of 125 photos in a folder each; 11 of them are a site of 1,375 photos.
  package func folders(site: Int, id: Int64, flights: Int = 11) -> [FolderChanges] {
    var random = Generator(state: UInt64(site) &* 0x9E37_79B9 &+ 29)
    let centre = Coordinate(
      latitude: random.unit(45...54), longitude: random.unit(-1...14))
    return (0..<flights).map { number in
      var changes = FolderChanges(
        site: id, folder: PathBytes("2025-0\(site % 9 + 1)/flight_\(10 + number)".utf8))
      let start = Coordinate(
        latitude: centre.latitude + 0.005 * Double(number), longitude: centre.longitude)
      let time =
        1_735_725_600_000 + Int64(site) * 86_400_000 % 300_000_000_000
        + Int64(number) * 900_000
      changes.inserts = (0..<Self.size).map { photo($0, start, time, &random) }
      return changes
    }
  }

  private func photo(
    _ index: Int, _ start: Coordinate, _ begin: Int64, _ random: inout Generator
  ) -> PhotoChange {
    let (line, place) = (index / Self.line, index % Self.line)
    let isBack = line % 2 == 1
    let y = Double(isBack ? Self.line - 1 - place : place) * 0.2 * Self.height
    let x = Double(line) * 0.3 * 1.5 * Self.height
    // 111,320 m are a degree; cos 49° is good enough for all of them.
    let position = Coordinate(
      latitude: start.latitude + (y + random.unit(-0.3...0.3)) / 111_320,
      longitude: start.longitude + (x + random.unit(-0.3...0.3)) / 73_000)
    var record = PhotoRecord(outcome: .located(position))
    record.source = .xmpDrone
    let climb = random.unit(-0.5...0.5)
    record.altitude = 500 + Self.height + climb
    record.altitudeReference = .ellipsoid
    record.altitudeType = "RtkAlt"
    record.relativeAltitude = Self.height + climb
    let time = begin + Int64(index) * 2000 + Int64(line) * 12_000
    record.takenAt = time
    record.takenLocal = ISO.local(time + 7_200_000)
    record.utcOffsetMinutes = 120
    record.cameraMake = "DJI"
    record.cameraModel = "FC6310R"
    record.serialNumber = "1581F5FKD232800D"
    (record.pixelWidth, record.pixelHeight) = (5472, 3648)
    (record.focalLength35, record.focalLength) = (24, 8.8)
    record.exposureTime = 0.001
    record.gimbalYaw = (isBack ? 180 : 0) + random.unit(0...2)
    record.gimbalPitch = -90
    record.gimbalRoll = 0
    record.flightYaw = record.gimbalYaw
    (record.flightSpeedX, record.flightSpeedY) = (isBack ? -8 : 8, 0.1)
    record.gpsStatus = "RTK"
    record.rtkFlag = 50
    record.fix = .fixed
    record.rtkStdLon = random.unit(0.01...0.02)
    record.rtkStdLat = random.unit(0.01...0.02)
    record.rtkStdHeight = random.unit(0.02...0.04)
    let digits = String(index + 1)
    let name = "DJI_" + String(repeating: "0", count: 4 - digits.count) + digits + ".JPG"
    return PhotoChange(
      file: ListedFile(
        name: PathBytes(name.utf8), size: 5_000_000 + Int64(random.next() % 3_000_000),
        mtime: time / 1000),
      record: record, racy: false, parserVersion: 1)
  }
}
