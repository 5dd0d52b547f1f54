import PhotoModel
import Testing

@testable import FlightQC

/// Each rule finds what it is for, in an otherwise good flight, and nothing else does.
@Suite struct RuleTests {
  struct Fault: Sendable, CustomStringConvertible {
    var name: String
    /// Expected, with severity; others that follow from it are in `also`.
    var rule: FlightRule
    var severity: Severity
    var also: Set<FlightRule> = []
    var change: @Sendable (inout Survey, inout FlightCheck) -> Void
    var description: String { name }
  }

  @Test func goodFlightHasNoFindings() throws {
    let survey = Survey()
    var check = FlightCheck()
    check.now = Survey.start + 86_400_000
    let report = try survey.report(check)
    #expect(report.findings == [])
    let flight = try #require(report.flights.first)
    #expect(report.flights.count == 1 && flight.kind == .mapping)
    #expect(flight.lines == 6 && flight.rows == 6 && flight.photos == 96)
    #expect(abs((flight.forward?.median ?? 0) - 80) < 0.01)
    #expect(abs((flight.side?.median ?? 0) - 70) < 0.01)
    #expect(abs((flight.groundSampling?.median ?? 0) - 80 / 3648) < 1e-5)
    #expect(abs((flight.speed ?? 0) - 8) < 0.2)
    #expect(flight.fixedShare == 100 && flight.holes == 0)
  }

  static let faults: [Fault] =
    ofSequence + ofOverlap + ofHeights + ofAccuracy + ofTimes + ofFolders

  static let ofSequence: [Fault] = [
    Fault(name: "two photos missing", rule: .gap, severity: .error, also: [.numberGap]) {
      survey, _ in survey.photos.removeSubrange(survey.place(2, 6)..<survey.place(2, 9))
    },
    Fault(name: "one photo missing", rule: .gap, severity: .warning, also: [.numberGap]) {
      survey, _ in survey.photos.remove(at: survey.place(2, 6))
    },
    Fault(name: "number missing", rule: .numberGap, severity: .note) { survey, _ in
      for place in 40..<96 {
        survey.photos[place].name = "DJI_0\(place + 102).JPG"
      }
    },
    Fault(name: "numbers restart", rule: .numberRestart, severity: .note) { survey, _ in
      for place in 40..<96 { survey.photos[place].name = "DJI_\(1000 + place - 39).JPG" }
      for place in 0..<40 { survey.photos[place].name = "DJI_\(2000 + place).JPG" }
    },
    Fault(name: "last line cut", rule: .cutShort, severity: .warning) { survey, _ in
      survey.photos.removeLast(8)
    },
    Fault(name: "position 12 m off the line", rule: .outlier, severity: .warning) { survey, _ in
      survey.move(survey.place(3, 8), Ground(10, -7))
    },
    Fault(name: "position 150 m off", rule: .outlier, severity: .warning) { survey, _ in
      survey.move(survey.place(3, 8), Ground(-150, 20))
    },
    Fault(name: "hovering", rule: .stationary, severity: .note, also: [.duplicate]) { survey, _ in
      var more: [FlightPhoto] = []
      for number in 0..<8 {
        var photo = survey.photos[95]
        photo.takenAt = (photo.takenAt ?? 0) + Int64(2000 * (number + 1))
        photo.takenLocal = (photo.takenLocal ?? 0) + Int64(2000 * (number + 1))
        photo.name = "DJI_0\(number + 97 < 100 ? "0" : "")\(number + 97).JPG"
        more.append(photo)
      }
      survey.photos += more
    },
    Fault(name: "one fast line", rule: .speed, severity: .note) { survey, _ in
      let start = survey.photos[survey.place(2, 0)].takenAt ?? 0
      for photo in 0..<16 {
        let time = start + Int64(photo) * 1200
        survey.photos[survey.place(2, photo)].takenAt = time
        survey.photos[survey.place(2, photo)].takenLocal = time + 7_200_000
      }
    },
  ]

  static let ofOverlap: [Fault] = [
    Fault(name: "forward overlap of 55 %", rule: .forwardOverlap, severity: .error) {
      survey, _ in survey = Survey { $0.forward = 0.55 }
    },
    Fault(name: "forward overlap of 65 %", rule: .forwardOverlap, severity: .warning) {
      survey, _ in survey = Survey { $0.forward = 0.65 }
    },
    Fault(
      name: "one sparse line of many", rule: .forwardOverlap, severity: .warning, also: [.numberGap]
    ) { survey, _ in
      survey = Survey { $0.lines = 24 }
      for photo in stride(from: 15, to: 0, by: -2) {
        survey.photos.remove(at: survey.place(8, photo))
      }
    },
    Fault(name: "side overlap of 45 %", rule: .sideOverlap, severity: .error) { survey, _ in
      survey = Survey { $0.side = 0.45 }
    },
    Fault(name: "a line missing", rule: .sideOverlap, severity: .error, also: [.numberGap]) {
      survey, _ in survey.photos.removeSubrange(survey.place(2, 0)..<survey.place(3, 0))
    },
    Fault(
      name: "hole", rule: .hole, severity: .warning,
      also: [.gap, .numberGap, .sideOverlap, .forwardOverlap]
    ) { survey, _ in
      survey = Survey { $0.lines = 10 }
      for line in [6, 5, 4, 3] {
        survey.photos.removeSubrange(survey.place(line, 4)..<survey.place(line, 12))
      }
    },
    Fault(
      name: "uncovered corner of the area", rule: .hole, severity: .error, also: [.geofence]
    ) { survey, check in
      let plane = LocalPlane(origin: Survey.origin)
      let ring = [Ground(0, 0), Ground(400, 0), Ground(400, 200), Ground(0, 200), Ground(0, 0)]
      check.area = Polygons([[ring.map(plane.coordinate)]])
      check.rules.severities[.geofence] = .some(nil)
    },
    Fault(name: "outside of the area", rule: .geofence, severity: .warning, also: [.hole]) {
      survey, check in
      let plane = LocalPlane(origin: Survey.origin)
      let ring = [Ground(-40, -40), Ground(60, -40), Ground(60, 60), Ground(-40, 60)]
      check.area = Polygons([[(ring + [ring[0]]).map(plane.coordinate)]])
    },
    Fault(name: "horizon", rule: .horizon, severity: .warning) { survey, _ in
      survey.photos[survey.place(2, 5)].attitude?.pitch = -10
    },
    Fault(name: "overview at the end", rule: .horizon, severity: .note) { survey, _ in
      survey.photos[95].attitude?.pitch = 0
    },
    Fault(
      name: "three zeros for the attitude", rule: .noAttitude, severity: .note
    ) { survey, _ in
      for place in survey.photos.indices {
        survey.photos[place].flightYaw = survey.photos[place].attitude?.yaw
        survey.photos[place].attitude = Attitude(yaw: 0, pitch: 0, roll: 0)
      }
    },
    Fault(name: "no focal length", rule: .noCamera, severity: .note) { survey, _ in
      for place in survey.photos.indices { survey.photos[place].lens.focal35 = nil }
    },
  ]

  static let ofHeights: [Fault] = [
    Fault(name: "too high", rule: .heightLimit, severity: .warning) { survey, _ in
      survey = Survey { $0.height = 130 }
    },
    Fault(
      name: "climbing", rule: .heightSpread, severity: .warning,
      also: [.forwardOverlap, .sideOverlap]
    ) { survey, _ in
      for place in survey.photos.indices {
        let more = Double(place) / 95 * 24
        survey.photos[place].relativeAltitude = 80 + more
        survey.photos[place].altitude = 580 + more
      }
    },
    Fault(
      name: "height doubles", rule: .heightSpread, severity: .error,
      also: [.forwardOverlap, .sideOverlap, .heightLimit]
    ) { survey, _ in
      for place in 48..<96 {
        survey.photos[place].relativeAltitude = 170
        survey.photos[place].altitude = 670
      }
    },
    Fault(name: "altitude steps by 5 m", rule: .altitudeJump, severity: .warning) { survey, _ in
      for place in 40..<96 { survey.photos[place].altitude? += 5 }
    },
    Fault(name: "one altitude 6 m off", rule: .altitudeJump, severity: .warning) { survey, _ in
      survey.photos[40].altitude? -= 6
    },
    Fault(name: "fused beside RTK", rule: .mixedAltitude, severity: .error) { survey, _ in
      for place in 40..<60 { survey.photos[place].altitudeType = "GpsFusionAlt" }
    },
  ]

  static let ofAccuracy: [Fault] = [
    Fault(name: "single positions", rule: .rtkNone, severity: .error) { survey, _ in
      for place in survey.photos.indices { survey.photos[place].rtkFlag = 16 }
    },
    Fault(name: "10 % float", rule: .rtkFloat, severity: .warning) { survey, _ in
      for place in 40..<50 { survey.photos[place].rtkFlag = 34 }
    },
    Fault(name: "30 % float", rule: .rtkFloat, severity: .error) { survey, _ in
      for place in 40..<70 { survey.photos[place].rtkFlag = 34 }
    },
    Fault(name: "large deviation", rule: .rtkSigma, severity: .error) { survey, _ in
      survey.photos[40].rtkStdHeight = 0.3
    },
    Fault(name: "deviation of 6 cm", rule: .rtkSigma, severity: .note) { survey, _ in
      survey.photos[40].rtkStdLat = 0.06
    },
    Fault(name: "slow shutter", rule: .smear, severity: .warning) { survey, _ in
      for place in survey.photos.indices { survey.photos[place].exposureTime = 0.004 }
    },
    Fault(name: "very slow shutter", rule: .smear, severity: .error) { survey, _ in
      survey.photos[40].exposureTime = 0.01
    },
    Fault(name: "evening", rule: .sunLow, severity: .note) { survey, _ in
      survey.shift(seconds: 8 * 3600)
    },
  ]

  static let ofTimes: [Fault] = [
    Fault(name: "clock of 2010", rule: .clockNotSet, severity: .warning) { survey, _ in
      survey.shift(seconds: -14 * 365 * 86_400)
    },
    Fault(name: "clock in the future", rule: .clockNotSet, severity: .warning) { _, check in
      check.now = Survey.start - 3 * 86_400_000
    },
    Fault(name: "clock 9 s ahead", rule: .clockDrift, severity: .note) { survey, _ in
      for place in survey.photos.indices {
        survey.photos[place].satelliteAt = survey.photos[place].takenAt.map { $0 - 9000 }
      }
    },
    Fault(name: "clock 90 s behind", rule: .clockDrift, severity: .warning) { survey, _ in
      for place in survey.photos.indices {
        survey.photos[place].satelliteAt = survey.photos[place].takenAt.map { $0 + 90_000 }
      }
    },
    Fault(name: "clock jumps by 4 s", rule: .clockDrift, severity: .note) { survey, _ in
      for place in survey.photos.indices {
        survey.photos[place].satelliteAt =
          survey.photos[place].takenAt.map { $0 + (place < 50 ? 0 : 4000) }
      }
    },
    Fault(name: "clock set back by an hour", rule: .timeBackward, severity: .warning) {
      survey, _ in survey.shift(seconds: -3600, from: 50)
    },
    Fault(name: "clock set back by 20 s", rule: .timeBackward, severity: .warning) {
      survey, _ in survey.shift(seconds: -20, from: 50)
    },
  ]

  static let ofFolders: [Fault] = [
    Fault(name: "photo of another place", rule: .wrongPlace, severity: .warning) { survey, _ in
      survey.move(40, Ground(9000, 0))
    },
    Fault(
      name: "photo of another day", rule: .wrongTime, severity: .warning,
      also: [.numberGap, .gap]
    ) { survey, _ in
      survey.photos[40].takenAt? -= 3 * 86_400_000
      survey.photos[40].takenLocal? -= 3 * 86_400_000
    },
    Fault(name: "copy in the folder", rule: .duplicate, severity: .warning) { survey, _ in
      var copy = survey.photos[40]
      copy.name = "copy_0041.JPG"
      survey.photos.append(copy)
    },
    Fault(name: "copy in another folder", rule: .duplicate, severity: .warning) { survey, _ in
      var copy = survey.photos[40]
      copy.folder = "flight2"
      survey.photos.append(copy)
    },
    Fault(
      name: "no position", rule: .noPosition, severity: .warning
    ) { survey, _ in
      survey.photos[40].position = nil
      survey.photos[40].problem = .withoutPosition(.noGPS)
    },
    Fault(name: "damaged", rule: .damaged, severity: .error) { survey, _ in
      var photo = FlightPhoto()
      (photo.site, photo.folder, photo.name) = ("nas", "flight", "DJI_0097.JPG")
      photo.problem = .failed(.damaged)
      survey.photos.append(photo)
    },
    Fault(name: "void fix", rule: .voidFix, severity: .warning) { survey, _ in
      survey.photos[40].flags = .void
    },
    Fault(name: "folder name", rule: .folderName, severity: .note) { _, check in
      check.rules.folderPattern = "[0-9]{8}_.*"
    },
  ]

  @Test(arguments: faults) func findsTheFaultAndNothingElse(fault: Fault) throws {
    var survey = Survey()
    var check = FlightCheck()
    check.now = Survey.start + 86_400_000
    fault.change(&survey, &check)
    let findings = try survey.report(check).findings
    let own = findings.filter { $0.rule == fault.rule }
    #expect(own.map(\.severity).max() == fault.severity, "\(findings.map(\.text))")
    #expect(!own.isEmpty && own.allSatisfy { !$0.text.isEmpty })
    let others = Set(findings.map(\.rule)).subtracting(fault.also).subtracting([fault.rule])
    #expect(others == [], "\(findings.filter { others.contains($0.rule) }.map(\.text))")
    // Off is off.
    check.rules.severities[fault.rule] = .some(nil)
    #expect(try !survey.report(check).findings.contains { $0.rule == fault.rule })
  }

  @Test func everyRuleHasAFault() {
    // Of two lenses, in FlightTests.
    let others: Set<FlightRule> = [.pairIncomplete]
    #expect(Set(Self.faults.map(\.rule)).union(others) == Set(FlightRule.allCases))
  }
}

extension Survey {
  /// Changes the clock of the photos behind a place.
  mutating func shift(seconds: Int64, from place: Int = 0) {
    for index in photos.indices where index >= place {
      photos[index].takenAt? += seconds * 1000
      photos[index].takenLocal? += seconds * 1000
    }
  }
}
