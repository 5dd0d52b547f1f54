import PhotoModel

@testable import FlightQC

/// A mapping flight for tests of single rules: a serpentine of nadir photos over flat ground.
struct Survey {
  var lines = 6
  var count = 16
  var forward = 0.8
  var side = 0.7
  var height = 80.0
  /// Degrees of the first line, from north.
  var track = 30.0
  var folder = "flight"
  var photos: [FlightPhoto] = []

  static let start: Int64 = 1_714_557_600_000
  static let origin = Coordinate(latitude: 47, longitude: 8)
  static let (width, length) = (5472.0, 3648.0)

  /// Metres of ground across and along the flight.
  var across: Double { height * 36 / 24 }
  var along: Double { height }
  var step: Double { along * (1 - forward) }

  init(_ change: (inout Survey) -> Void = { _ in }) {
    change(&self)
    let plane = LocalPlane(origin: Self.origin)
    var time = Self.start
    for line in 0..<lines {
      for place in 0..<count {
        let y = Double(line % 2 == 0 ? place : count - 1 - place) * step
        let x = Double(line) * across * (1 - side)
        let (sine, cosine) = Angle.sineAndCosine(track)
        var photo = FlightPhoto()
        photo.id = Int64(photos.count + 1)
        photo.site = "nas"
        photo.folder = folder
        let digits = "\(photos.count + 1)"
        photo.name =
          "DJI_" + String(repeating: "0", count: 4 - digits.count) + digits + ".JPG"
        photo.size = 5_000_000 + photo.id
        photo.position = plane.coordinate(Ground(x * cosine + y * sine, y * cosine - x * sine))
        photo.altitude = 500 + height
        photo.altitudeReference = .ellipsoid
        photo.altitudeType = "RtkAlt"
        photo.relativeAltitude = height
        photo.takenAt = time
        photo.takenLocal = time + 7_200_000
        photo.utcOffset = 120
        photo.make = "DJI"
        photo.model = "FC6310R"
        photo.serial = "S1"
        (photo.lens.width, photo.lens.height, photo.lens.focal35) = (Self.width, Self.length, 24)
        photo.attitude = Attitude(yaw: track + (line % 2 == 0 ? 0 : 180), pitch: -90, roll: 0)
        photo.rtkFlag = 50
        (photo.rtkStdLon, photo.rtkStdLat, photo.rtkStdHeight) = (0.01, 0.01, 0.02)
        photo.exposureTime = 0.001
        photos.append(photo)
        time += 2000
      }
      time += 12_000
    }
  }

  /// Place of a photo in ``photos``.
  func place(_ line: Int, _ photo: Int) -> Int { line * count + photo }

  /// Moves a photo by metres to the east and north.
  mutating func move(_ place: Int, _ way: Ground) {
    guard let position = photos[place].position else { return }
    photos[place].position = LocalPlane(origin: position).coordinate(way)
  }

  func report(_ check: FlightCheck = FlightCheck()) throws -> FlightReport {
    try Self.report(photos, check)
  }

  static func report(
    _ photos: [FlightPhoto], _ check: FlightCheck = FlightCheck()
  ) throws -> FlightReport {
    var examiner = FlightExaminer(check)
    for photo in photos { try examiner.add(photo) }
    return try examiner.finish()
  }
}
