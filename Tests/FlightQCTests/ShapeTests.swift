import PhotoModel
import Testing

@testable import FlightQC

/// Shapes of flights as they are flown: walls in strips, cross grids, passes of a corridor, changes of batteries.
@Suite struct ShapeTests {
  /// Photos at places of a wall, or of several, with steps of two seconds.
  private static func flight(
    _ places: [(at: Ground, up: Double, yaw: Double, pitch: Double)], pauses: [Int: Double] = [:]
  ) -> [FlightPhoto] {
    let plane = LocalPlane(origin: Survey.origin)
    var time = Survey.start
    return places.enumerated().map { number, place in
      var photo = Survey().photos[0]
      photo.id = Int64(number + 1)
      photo.name = "DJI_\(1000 + number).JPG"
      photo.position = plane.coordinate(place.at)
      photo.attitude = Attitude(yaw: place.yaw, pitch: place.pitch, roll: 0)
      photo.relativeAltitude = place.up
      photo.altitude = 500 + place.up
      time += 2000 + Int64((pauses[number] ?? 0) * 1000)
      photo.takenAt = time
      photo.takenLocal = time + 7_200_000
      return photo
    }
  }

  /// Two walls at a right angle; the camera looks at them from 12 m away.
  private static func walls(upright: Bool) -> [FlightPhoto] {
    var places: [(at: Ground, up: Double, yaw: Double, pitch: Double)] = []
    for wall in 0..<2 {
      for outer in 0..<8 {
        for inner in 0..<10 {
          let place = outer % 2 == 0 ? inner : 9 - inner
          let (along, up) = upright ? (outer, place) : (place, outer)
          let x = Double(along) * 3
          let at = wall == 0 ? Ground(x, 0) : Ground(45, 12 + x)
          places.append((at, 5 + 3 * Double(up), wall == 0 ? 0 : 270, -5))
        }
      }
    }
    return flight(places)
  }

  @Test(arguments: [true, false]) func aFacadeMayHaveTwoWalls(upright: Bool) throws {
    let photos = Self.walls(upright: upright)
    let report = try Survey.report(photos)
    #expect(report.flights.map(\.kind) == [.facade])
    #expect(report.flights.first?.lines == 16)
    #expect(report.findings == [], "\(report.findings.map(\.text))")
    var missing = photos
    missing.removeSubrange(114..<116)
    let rules = Set(try Survey.report(missing).findings.map(\.rule))
    #expect(rules == [.gap, .numberGap])
  }

  /// An oblique survey turns its camera with every line; it is no facade.
  @Test func anObliqueSurveyIsNoFacade() throws {
    var survey = Survey()
    for place in survey.photos.indices { survey.photos[place].attitude?.pitch = -40 }
    #expect(try survey.report().flights.map(\.kind) == [.mapping])
  }

  /// A second grid across the first, over the same ground.
  private static func crossGrid() -> [FlightPhoto] {
    let first = Survey()
    var second = Survey { $0.track = 120 }
    second.shift(seconds: 300)
    for place in second.photos.indices {
      second.photos[place].name = "DJI_\(1000 + place).JPG"
      second.photos[place].id += 1000
      second.move(place, Ground(105, 182))
    }
    var photos = first.photos
    for place in photos.indices { photos[place].name = "DJI_0\(900 + place).JPG" }
    return photos + second.photos
  }

  @Test func aCrossGridIsOneSurveyOfTwoGrids() throws {
    let report = try Survey.report(Self.crossGrid())
    #expect(report.flights.map(\.kind) == [.mapping])
    #expect(report.flights.first?.rows == 12)
    #expect(report.count(.error) == 0 && report.count(.warning) == 0)
    // Each grid is judged by its own rows.
    #expect(abs((report.flights.first?.side?.median ?? 0) - 70) < 1)
  }

  /// There and back beside a straight line.
  private static func passes(side: Double, pause: Double = 0) -> [FlightPhoto] {
    let lane = 120 * (1 - side)
    let places = (0..<100).map { number -> (at: Ground, up: Double, yaw: Double, pitch: Double) in
      let there = number < 50
      let y = 16 * Double(there ? number : 99 - number)
      return (Ground(there ? 0 : lane, y), 80, there ? 0 : 180, -90)
    }
    return flight(places, pauses: [50: 10 + pause])
  }

  @Test(
    arguments: [(0.75, nil), (0.55, .warning), (0.4, .error)]
      as [(side: Double, severity: Severity?)],
    [0.0, 600])
  func passesOfACorridorOverlap(plan: (side: Double, severity: Severity?), pause: Double) throws {
    let report = try Survey.report(Self.passes(side: plan.side, pause: pause))
    #expect(Set(report.flights.map(\.kind)) == [.corridor])
    #expect(report.flights.count == (pause > 0 ? 2 : 1))
    #expect(report.findings.map(\.rule) == (plan.severity == nil ? [] : [.sideOverlap]))
    #expect(report.findings.first?.severity == plan.severity)
  }

  @Test func aCorridorThatEndsEarlyIsAnErrorWhereTheAreaGoesOn() throws {
    let plane = LocalPlane(origin: Survey.origin)
    let ring = [Ground(-20, 0), Ground(20, 0), Ground(20, 780), Ground(-20, 780), Ground(-20, 0)]
    var check = FlightCheck()
    check.area = Polygons([[ring.map(plane.coordinate)]])
    let whole = Array(Self.passes(side: 0.75).prefix(50))
    #expect(try Survey.report(whole, check).findings == [])
    let short = try Survey.report(Array(whole.prefix(30)), check).findings
    #expect(Set(short.map(\.rule)) == [.cutShort, .hole])
    #expect(short.allSatisfy { $0.severity == .error })
    let end = short.first { $0.rule == .cutShort }
    #expect(end?.photos.map(\.path) == ["flight/DJI_1029.JPG"])
    // Without an area nobody knows where a corridor should end.
    #expect(try Survey.report(Array(whole.prefix(30))).findings == [])
  }

  /// Two rows alone would be a corridor.
  @Test func partsOfAMissionHaveItsKind() throws {
    var survey = Survey()
    survey.shift(seconds: 600, from: 24)
    let report = try survey.report()
    #expect(report.flights.map(\.photos) == [24, 72])
    #expect(report.flights.map(\.kind) == [.mapping, .mapping])
    #expect(report.findings == [], "\(report.findings.map(\.text))")
    // A flight elsewhere is one of its own.
    for place in 0..<24 { survey.move(place, Ground(0, -400)) }
    #expect(try survey.report().flights.map(\.kind) == [.corridor, .mapping])
  }

  /// Pictures of a timer between the rows are no lines, whatever they overlap.
  @Test func turnsAreNotJudged() throws {
    var photos: [FlightPhoto] = []
    let plane = LocalPlane(origin: Survey.origin)
    let survey = Survey { $0.track = 0 }
    var time = Survey.start
    for (place, photo) in survey.photos.enumerated() {
      let isEnd = place % 16 == 0 && place > 0
      for part in isEnd ? [1, 2, 3] : [] {
        var turn = photo
        let line = place / 16
        let (x, y) = (36 * (Double(line) - 1 + Double(part) / 4), line % 2 == 1 ? 15.0 * 16 : 0)
        turn.position = plane.coordinate(Ground(x, y))
        turn.attitude = Attitude(yaw: 90, pitch: -90, roll: 0)
        time += 2000
        turn.takenAt = time
        photos.append(turn)
      }
      var photo = photo
      time += 2000
      photo.takenAt = time
      photos.append(photo)
    }
    for place in photos.indices {
      photos[place].name = "DJI_\(1000 + place).JPG"
      photos[place].takenLocal = photos[place].takenAt.map { $0 + 7_200_000 }
    }
    let report = try Survey.report(photos)
    #expect(report.flights.map(\.kind) == [.mapping])
    #expect(report.flights.first?.rows == 6)
    #expect(report.findings == [], "\(report.findings.map(\.text))")
  }

  @Test func foldersOfTwoAircraftMayAlternate() throws {
    var survey = Survey()
    for place in 0..<48 { survey.photos[place].folder = "1" }
    for place in 48..<96 { survey.photos[place].folder = "3" }
    var other = Survey()
    for place in other.photos.indices {
      other.photos[place].folder = "2"
      other.photos[place].serial = "S2"
      other.move(place, Ground(0, 3))
    }
    let flights = try Survey.report(
      Array(survey.photos[..<48]) + other.photos + Array(survey.photos[48...])
    ).flights
    #expect(flights.map(\.photos) == [96, 96])
  }

  /// Some drones write zeros in all fields of RTK; one that calls its altitude `RtkAlt` has a receiver.
  @Test(arguments: [("RtkAlt", Severity.error), ("GpsFusionAlt", .note)])
  func zerosAreNoSolution(altitudeType: String, severity: Severity) throws {
    var survey = Survey()
    for place in survey.photos.indices {
      survey.photos[place].rtkFlag = 0
      survey.photos[place].altitudeType = altitudeType
      (survey.photos[place].rtkStdLon, survey.photos[place].rtkStdLat) = (nil, nil)
      survey.photos[place].rtkStdHeight = nil
    }
    let findings = try survey.report().findings
    #expect(findings.map(\.rule) == [.rtkNone] && findings.map(\.severity) == [severity])
  }

  /// A wrong position far away may be within reach of the next one, and still be the wrong one.
  @Test(arguments: [Ground(60, -160), Ground(-300, 200), Ground(0, 90)])
  func oneFarPositionIsOneOutlier(way: Ground) throws {
    var survey = Survey()
    survey.move(40, way)
    let findings = try survey.report().findings.filter { $0.rule == .outlier }
    #expect(findings.map { $0.photos.map(\.path) } == [["flight/DJI_0041.JPG"]])
  }
}
