import PhotoModel
import Testing

@testable import FlightQC

/// Order, flights, lines and kinds.
@Suite struct FlightTests {
  @Test(
    arguments: [
      ("DJI_0117.JPG", 117, nil), ("DJI_20240402070548_0117_V.JPG", 117, nil),
      ("DSC00123.ARW", 123, nil), ("100_0005_0136.tif", 136, 5), ("holiday.jpg", nil, nil),
      ("IMG_20240402_070548123.jpg", 70_548_123, 20_240_402), (".hidden", nil, nil), ("7", 7, nil),
    ] as [(String, Int?, Int?)])
  func numbersOfFiles(name: String, last: Int?, other: Int?) {
    let runs = FileNumber.runs(name)
    #expect(runs.last == last && runs.other == other)
  }

  @Test func bandsAreNoNumbers() {
    #expect(
      FileNumber.numbers(["IMG_0001_5.tif", "IMG_0002_5.tif", "IMG_0003_5.tif"]) == [1, 2, 3])
    #expect(FileNumber.isWrap(from: 9999, to: 1) && FileNumber.isWrap(from: 999, to: 1))
    #expect(!FileNumber.isWrap(from: 500, to: 1))
  }

  @Test func aPauseOfFiveMinutesSplitsFlights() throws {
    var survey = Survey()
    survey.shift(seconds: 300, from: 48)
    let flights = try survey.report().flights
    #expect(flights.map(\.photos) == [48, 48])
    #expect(flights.map(\.name) == ["flight", "flight (2)"])
  }

  @Test func aFlightContinuesInTheNextFolder() throws {
    var survey = Survey()
    for place in 48..<96 { survey.photos[place].folder = "next" }
    let report = try survey.report()
    #expect(report.flights.map(\.photos) == [96] && report.folders == 2)
    #expect(report.findings == [])
    // Another camera does not.
    for place in 48..<96 { survey.photos[place].serial = "S2" }
    #expect(try survey.report().flights.map(\.photos) == [48, 48])
  }

  @Test func rawAndJPEGOfOnePictureAreOnePhoto() throws {
    var survey = Survey()
    survey.photos += survey.photos.map { photo in
      var raw = photo
      raw.name = photo.name.replacing(".JPG", with: ".DNG")
      raw.size = 20_000_000
      return raw
    }
    let report = try survey.report()
    #expect(report.flights.map(\.photos) == [96])
    #expect(report.findings == [])
  }

  @Test func oneWrongPositionDoesNotSplitAFlight() throws {
    var survey = Survey()
    survey.move(40, Ground(5000, 0))
    #expect(try survey.report().flights.map(\.photos) == [96])
  }

  /// Photos around a point, looking at it.
  static func orbit(_ count: Int = 60) -> [FlightPhoto] {
    let plane = LocalPlane(origin: Survey.origin)
    return (0..<count).map { number in
      var photo = Survey().photos[0]
      let angle = 360 * Double(number) / Double(count)
      let (sine, cosine) = Angle.sineAndCosine(angle)
      photo.name = "DJI_\(1000 + number).JPG"
      photo.position = plane.coordinate(Ground(40 * sine, 40 * cosine))
      photo.attitude = Attitude(yaw: angle + 180, pitch: -30, roll: 0)
      photo.relativeAltitude = 30
      photo.altitude = 530
      photo.takenAt = Survey.start + Int64(number) * 2000
      photo.takenLocal = photo.takenAt.map { $0 + 7_200_000 }
      return photo
    }
  }

  /// Rows along a wall, one above the other.
  static func facade() -> [FlightPhoto] {
    let plane = LocalPlane(origin: Survey.origin)
    return (0..<80).map { number in
      var photo = Survey().photos[0]
      let (row, place) = (number / 16, number % 16)
      let x = Double(row % 2 == 0 ? place : 15 - place) * 3
      photo.name = "DJI_\(1000 + number).JPG"
      photo.position = plane.coordinate(Ground(x, 0))
      photo.attitude = Attitude(yaw: 0, pitch: -5, roll: 0)
      photo.relativeAltitude = 5 + Double(row) * 3
      photo.altitude = 505 + Double(row) * 3
      photo.takenAt = Survey.start + Int64(number) * 2000
      photo.takenLocal = photo.takenAt.map { $0 + 7_200_000 }
      return photo
    }
  }

  /// One line with bends.
  static func corridor() -> [FlightPhoto] {
    let plane = LocalPlane(origin: Survey.origin)
    var place = Ground.zero
    return (0..<80).map { number in
      var photo = Survey().photos[0]
      let (sine, cosine) = Angle.sineAndCosine(40 + 30 * Double(number / 20))
      place += Ground(sine, cosine) * 16
      photo.name = "DJI_\(1000 + number).JPG"
      photo.position = plane.coordinate(place)
      photo.attitude = Attitude(yaw: 40 + 30 * Double(number / 20), pitch: -90, roll: 0)
      photo.takenAt = Survey.start + Int64(number) * 2000
      photo.takenLocal = photo.takenAt.map { $0 + 7_200_000 }
      return photo
    }
  }

  @Test(arguments: [FlightKind.mapping, .orbit, .facade, .corridor, .other])
  func kindsAreRecognisedAndGoodOnesHaveNoFindings(kind: FlightKind) throws {
    let photos =
      switch kind {
      case .mapping: Survey().photos
      case .orbit: Self.orbit()
      case .facade: Self.facade()
      case .corridor: Self.corridor()
      case .other: Array(Survey().photos.prefix(9))
      }
    let report = try Survey.report(photos)
    #expect(report.flights.map(\.kind) == [kind])
    #expect(report.findings == [], "\(report.findings.map(\.text))")
    if kind == .facade { #expect(report.flights.first?.lines == 5) }
    guard kind != .other, kind != .mapping else { return }
    var missing = photos
    missing.removeSubrange(25..<27)
    let rules = Set(try Survey.report(missing).findings.map(\.rule))
    #expect(rules.isSuperset(of: [.gap, .numberGap]), "\(rules)")
  }

  static func twoLenses() -> [FlightPhoto] {
    Survey().photos.flatMap { photo in
      var (wide, thermal) = (photo, photo)
      (wide.imageSource, thermal.imageSource) = ("WideCamera", "InfraredCamera")
      wide.name = photo.name.replacing(".JPG", with: "_W.JPG")
      thermal.name = photo.name.replacing(".JPG", with: "_T.JPG")
      thermal.lens.width = 640
      thermal.lens.height = 512
      thermal.lens.focal35 = 40
      return [thermal, wide]
    }
  }

  @Test func thermalPicturesAreASecondLens() throws {
    let report = try Survey.report(Self.twoLenses())
    #expect(report.flights.map(\.isSecondary) == [false, true])
    #expect(report.flights.map(\.imageSource) == ["WideCamera", "InfraredCamera"])
    #expect(report.findings == [], "\(report.findings.map(\.text))")
    var check = FlightCheck()
    check.rules.judgesAllLenses = true
    let rules = Set(try Survey.report(Self.twoLenses(), check).findings.map(\.rule))
    #expect(rules.isSuperset(of: [.sideOverlap]))
  }

  @Test(arguments: [true, false]) func findsTheCaptureWithoutItsThermalPicture(withID: Bool) throws
  {
    var photos = Self.twoLenses()
    if withID {
      for place in photos.indices { photos[place].captureID = "capture \(place / 2)" }
    }
    photos.remove(at: 80)
    let findings = try Survey.report(photos).findings
    #expect(findings.map(\.rule) == [.pairIncomplete])
    #expect(findings.first?.photos.map(\.path) == ["flight/DJI_0041_W.JPG"])
  }

  @Test func lensesWithDifferentAltitudesAreMixed() throws {
    var photos = Self.twoLenses()
    for place in stride(from: 0, to: photos.count, by: 2) { photos[place].altitude? += 8.5 }
    #expect(try Survey.report(photos).findings.map(\.rule) == [.mixedAltitude])
  }

  @Test func noFixedHeightNoFootprint() throws {
    var survey = Survey()
    for place in survey.photos.indices { survey.photos[place].relativeAltitude = nil }
    let flight = try #require(try survey.report().flights.first)
    #expect(flight.forward == nil && flight.withoutFootprint == [.noHeight: 96])
    #expect(flight.notChecked.contains { $0.rule == .sideOverlap })
    var check = FlightCheck()
    check.groundHeight = 500
    let known = try #require(try survey.report(check).flights.first)
    #expect(abs((known.forward?.median ?? 0) - 80) < 0.01)
  }

  /// Any order of photos of a folder, and any values, must not trap.
  @Test func strangeValuesDoNoHarm() throws {
    var g = SplitMix(state: 77)
    let odd: [Double] = [.nan, .infinity, -.infinity, 0, -1, 1e300, 1e-300, 90, 180]
    for _ in 0..<100 {
      var photos = Survey { $0.lines = 3 }.photos
      for place in photos.indices where g.next() % 3 == 0 {
        let value = odd[Int(g.next() % UInt64(odd.count))]
        switch g.next() % 12 {
        case 0: photos[place].altitude = value
        case 1: photos[place].relativeAltitude = value
        case 2: photos[place].attitude = Attitude(yaw: value, pitch: value, roll: value)
        case 3: photos[place].lens.focal35 = value
        case 4: photos[place].lens.width = value
        case 5: photos[place].takenAt = g.next() % 2 == 0 ? .max : .min
        case 6: photos[place].takenLocal = .min
        case 7:
          photos[place].position = Coordinate(
            latitude: g.unit(-90...90), longitude: g.unit(-180...180))
        case 8: photos[place].exposureTime = value
        case 9: (photos[place].speedNorth, photos[place].speedEast) = (value, value)
        case 10: photos[place].satelliteAt = g.next() % 2 == 0 ? .max : .min
        default: photos[place].name = "DJI_999999999.JPG"
        }
      }
      var check = FlightCheck()
      check.now = .max
      _ = try Survey.report(photos, check)
    }
  }
}
