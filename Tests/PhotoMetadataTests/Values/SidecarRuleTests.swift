import PhotoMetadata
import PhotoModel
import Testing

/// What a file beside a photo adds, each test with the source of its rule.
@Suite struct SidecarRuleTests {
  typealias Subtitle = SidecarTests.Subtitle

  /// Further forms of positions, judged with those of SidecarTests.
  static let subtitles: [Subtitle] = [
    Subtitle(
      testDescription: "Phantom 4 RTK",
      body: "F/6.3, SS 60, ISO 100, EV 0, RTK (120.083799, 30.213635, 28), HOME (120.084146, "
        + "30.214243, 103.55m), D 75.36m, H 76.19m, H.S 0.30m/s, V.S 0.00m/s, F.PRY (-5.3°, "
        + "2.1°, 28.3°), G.PRY (-40.0°, 0.0°, 28.2°)",
      latitude: 30.213635, longitude: 120.083799, relative: 76.19),
    Subtitle(
      testDescription: "older, equals signs",
      body: "GPS(8.5,47.1,16) BAROMETER(91.2) HOME(8.4,47.1) D=5.2m H=1.5m", latitude: 47.1,
      longitude: 8.5, relative: 91.2),
  ]

  /// Samples of DJI's and Autel's telemetry, as several parsers of them document it.
  @Test(arguments: [
    "[drone_yaw: -20.4 drone_pitch: 2.4 drone_roll: -2.1]\n[gb_yaw: -30.0 gb_pitch: -29.9 gb_roll: 0.5]",
    "F.PRY (2.4°, -2.1°, -20.4°), G.PRY (-29.9°, 0.5°, -30.0°)",
    "F.PRY (2.4, -2.1, -20.4), G.PRY (-29.9, 0.5, -30.0)</font>",
    "[Drone: Yaw:-20.4, Pitch:2.4, Roll:-2.1] [Gimbal: Yaw:-30.0, Pitch:-29.9, Roll:0.5]",
  ])
  func readsTheAttitudesOfASubtitle(_ body: String) {
    let text =
      "1\n00:00:00,000 --> 00:00:01,000\n[latitude: 47.1] [longitude: 8.5] [rel_alt: 5.0 "
      + "abs_alt: 400.5]\n\(body)\n\n"
    let record = SidecarTests.read(.srt, text)
    #expect(record.gimbalYaw == 330 && record.gimbalPitch == -29.9 && record.gimbalRoll == 0.5)
    #expect(abs((record.flightYaw ?? 0) - 339.6) < 1e-9)
    #expect(record.flightPitch == 2.4 && record.flightRoll == -2.1)
    #expect(record.altitude == 400.5 && record.relativeAltitude == 5)
  }

  /// Beside the sidecar's position, its satellite time and direction count like a receiver's; an exact 0 is
  /// no altitude beside a drone's.
  @Test func whatBelongsToThePositionComesWithIt() {
    var photo = SidecarTests.photo(.withoutPosition(.noGPS))
    photo.takenLocal = "2024-07-10T12:00:00"
    var beside = SidecarTests.sidecar(.located(SidecarTests.here))
    beside.satelliteAt = TimeRuleTests.noon
    beside.takenAt = TimeRuleTests.noon
    (beside.imageDirection, beside.imageDirectionMagnetic) = (12, true)
    let joined = photo.completed(by: beside)
    #expect(joined.takenAt == TimeRuleTests.noon && joined.sources[.takenAt] == .sidecar)
    #expect(joined.imageDirection == 12 && joined.imageDirectionMagnetic)
    photo.takenLocal = "2024-07-12T12:00:00"
    let far = photo.completed(by: beside)
    #expect(far.takenAt == nil && far.flags == .timeConflict)
    #expect(far.satelliteAt == TimeRuleTests.noon)
    let own = SidecarTests.photo(.located(SidecarTests.here)).completed(by: beside)
    #expect(own.imageDirection == nil && own.satelliteAt == nil)
    var zero = SidecarTests.photo(.located(SidecarTests.here))
    zero.altitude = 0
    beside.altitude = 446
    beside.sources[.altitude] = .xmpDrone
    #expect(zero.completed(by: beside).altitude == 446)
  }
}
