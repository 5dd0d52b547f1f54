import PhotoModel
import Testing

@testable import FlightQC

/// Footprints, projections and the sun against programs of others.
@Suite struct GeometryTests {
  struct Pose: Sendable, CustomStringConvertible {
    var (width, height, focal35): (Double, Double, Double)
    var up: Double
    var attitude: Attitude
    /// Top left, top right, bottom right, bottom left; east, north.
    var corners: [Double]

    init(
      _ width: Double, _ height: Double, _ focal35: Double, _ up: Double, _ yaw: Double,
      _ pitch: Double, _ roll: Double, _ corners: [Double]
    ) {
      (self.width, self.height, self.focal35, self.up) = (width, height, focal35, up)
      attitude = Attitude(yaw: yaw, pitch: pitch, roll: roll)
      self.corners = corners
    }

    var description: String { "\(attitude)" }
  }

  /// By cameratransform 1.2.1, flat ground; `make test-qc` compares 10,000 more.
  static let poses: [Pose] = [
    .init(
      5472, 3648, 24, 62.83, 113.88, -90.0, -3.73,
      [45.724929, 33.416510, 13.259498, -55.060130, -45.724929, -33.416510, -13.259498, 55.060130]),
    .init(
      4000, 3000, 24, 132.63, -144.61, -90.0, 0.0,
      [
        36.427183, -113.866228, -119.511190, -3.087552, -36.427183, 113.866228, 119.511190,
        3.087552,
      ]),
    .init(
      640, 512, 40, 22.37, 272.23, -90.0, 3.97,
      [-8.533922, -8.575787, -6.493321, 10.208268, 8.533922, 8.575787, 6.493321, -10.208268]),
    .init(
      8192, 5460, 35, 66.68, -53.46, -90.0, 0.0,
      [-38.783719, -13.944947, 2.053834, 41.163336, 38.783719, 13.944947, -2.053834, -41.163336]),
    .init(
      5472, 3648, 24, 199.22, 73.94, -48.18, -5.65,
      [
        311.782733, 446.211706, 679.786510, -201.091679, 108.043795, -129.370467, 6.844269,
        130.291839,
      ]),
    .init(
      4000, 3000, 24, 47.11, 162.82, -46.6, 180.0,
      [
        -25.827299, -21.192111, 33.281268, -2.917561, 133.768884, -108.673131, -49.093129,
        -165.208439,
      ]),
    .init(
      640, 512, 40, 114.17, 220.28, -56.43, 0.85,
      [
        -39.869883, -161.650137, -151.449127, -62.603210, -54.712669, 7.433764, 16.518715,
        -54.734444,
      ]),
    .init(
      8192, 5460, 35, 31.53, 229.44, -60.45, 180.0,
      [-14.644236, 8.010507, 5.653926, -15.705253, -12.002856, -40.729054, -42.093695, -5.571826]),
    .init(
      5472, 3648, 24, 74.23, -163.25, -46.72, -6.28,
      [
        80.601652, -196.878538, -219.872040, -193.074247, -64.278574, -10.013698, 38.627118,
        -29.817983,
      ]),
    .init(
      4000, 3000, 24, 91.09, 252.49, -67.77, -72.5,
      [
        26.183698, -53.979759, -154.069826, -95.887973, -130.904110, 54.956529, 21.903244,
        29.802366,
      ]),
    .init(
      640, 512, 40, 188.41, 294.59, -85.13, 1.09,
      [-109.799495, -38.848070, -38.442662, 109.312130, 75.155321, 49.601913, 7.944950, -90.342460]),
    .init(
      8192, 5460, 35, 44.47, -62.83, -41.73, -72.5,
      [-30.481009, -9.568420, -218.556503, 73.497519, -79.549444, 104.771899, -9.376810, 12.580297]),
    .init(
      5472, 3648, 24, 98.51, 158.39, -74.95, -3.95,
      [
        113.898575, -41.118839, -44.563386, -119.553137, -72.033493, -11.673534, 50.066940,
        45.822911,
      ]),
    .init(
      4000, 3000, 24, 83.16, 135.94, -60.79, 4.25,
      [
        169.177176, -35.667793, 11.606956, -154.809477, -36.381268, -32.279718, 44.204308,
        36.115451,
      ]),
    .init(
      640, 512, 40, 182.76, 188.27, -43.55, -0.18,
      [
        115.538770, -413.736625, -228.776301, -366.175115, -95.969854, -83.629984, 67.690988,
        -106.856079,
      ]),
    .init(
      8192, 5460, 35, 174.15, 355.13, -56.44, 4.25,
      [
        -156.351632, 230.498742, 122.474188, 222.127537, 77.730494, 46.186484, -97.720882,
        43.992117,
      ]),
  ]

  private static func lens(_ width: Double, _ height: Double, _ focal35: Double) throws -> Lens {
    var values = LensValues()
    (values.width, values.height, values.focal35) = (width, height, focal35)
    return try Lens(values, model: nil)
  }

  @Test(arguments: poses) func footprintsAreThoseOfCameratransform(pose: Pose) throws {
    let lens = try Self.lens(pose.width, pose.height, pose.focal35)
    let print = try #require(Footprint(CameraAxes(pose.attitude), lens, height: pose.up))
    #expect(!print.isClamped && print.corners.count == 4)
    for (index, corner) in print.corners.enumerated() {
      #expect(abs(corner.x - pose.corners[2 * index]) < 1e-6 * pose.up)
      #expect(abs(corner.y - pose.corners[2 * index + 1]) < 1e-6 * pose.up)
    }
  }

  @Test func picturesNearTheHorizonAreCutToConvexPolygons() throws {
    var g = SplitMix(state: 5)
    var (clamped, none) = (0, 0)
    for _ in 0..<20_000 {
      let lens = try Self.lens(4000, 3000, g.unit(14...60))
      let axes = CameraAxes(
        Attitude(yaw: g.unit(-180...180), pitch: g.unit(-95...40), roll: g.unit(-180...180)))
      guard let print = Footprint(axes, lens, height: 50) else {
        none += 1
        #expect(axes.forward.z <= Footprint.flattest)
        continue
      }
      #expect((3...6).contains(print.corners.count))
      #expect(print.corners.allSatisfy { Ring.length($0) < 50 * 20 })
      let ring = Ring.counterClockwise(print.corners)
      for index in ring.indices {
        let (a, b) = (ring[index], ring[(index + 1) % ring.count])
        let c = ring[(index + 2) % ring.count]
        #expect(Ring.cross(b - a, c - b) > -1e-6)
      }
      if print.isClamped { clamped += 1 }
    }
    #expect(clamped > 3000 && none > 3000)
  }

  /// Pix4D's angles describe a body that looks along its z axis.
  @Test func pitchOfAnOpticalBodyIsZeroStraightDown() {
    let body = CameraAxes(Attitude(yaw: 90, pitch: 0, roll: 0, convention: .opticalBody))
    let drone = CameraAxes(Attitude(yaw: 90, pitch: -90, roll: 0))
    for (a, b) in [
      (body.forward, drone.forward), (body.right, drone.right), (body.down, drone.down),
    ] {
      #expect(((a - b) * (a - b)).sum() < 1e-20)
    }
    let ahead = CameraAxes(Attitude(yaw: 0, pitch: 90, roll: 0, convention: .opticalBody))
    #expect(abs(ahead.forward.x - 1) < 1e-12)
  }

  /// Some gimbals write a turned camera as roll 180: the ground is the same.
  @Test func rollOf180ShowsTheSameGround() throws {
    let lens = try Self.lens(5280, 3956, 24)
    let plain = try #require(
      Footprint(CameraAxes(Attitude(yaw: 30, pitch: -90, roll: 0)), lens, height: 80))
    let turned = try #require(
      Footprint(CameraAxes(Attitude(yaw: 30, pitch: -90, roll: 180)), lens, height: 80))
    for index in 0..<4 {
      #expect(Ring.length(plain.corners[index] - turned.corners[(index + 2) % 4]) < 1e-9)
    }
  }

  /// Focal lengths in pixels that makers state, and how far the 35 mm value is off, percent.
  @Test(arguments: [
    (5472.0, 3648.0, 24.0, 3657.0, -0.2), (5280, 3956, 24, 3713.3, -1.4),
    (640, 512, 40, 758.3, -0.1), (4056, 3040, 21, 2376.6, 3.5), (8192, 5460, 35, 7986.6, -0.3),
  ]) func focalLengthOf35MillimetresIsOfTheDiagonal(
    width: Double, height: Double, focal35: Double, pixels: Double, error: Double
  ) throws {
    let lens = try Self.lens(width, height, focal35)
    #expect(abs(100 * (lens.focalPixels / pixels - 1) - error) < 0.1)
    #expect(lens.source == .equivalent35)
  }

  @Test func calibratedFocalLengthFollowsTheSizeOfThePicture() throws {
    var values = LensValues()
    (values.width, values.height, values.focal35) = (5472, 3648, 24)
    (values.calibratedFocal, values.opticalCentreX) = (3666.67, 2736)
    let full = try Lens(values, model: nil)
    (values.width, values.height) = (1368, 912)
    let small = try Lens(values, model: nil)
    #expect(full.source == .calibrated && small.source == .calibrated)
    #expect(abs(full.focalPixels - 3666.67) < 1e-9)
    #expect(abs(small.focalPixels - 916.6675) < 1e-9)
    // Without the optical centre only the 35 mm value tells that the picture was resized.
    values.opticalCentreX = nil
    #expect(try Lens(values, model: nil).source == .equivalent35)
  }

  @Test func fisheyesAndUnknownLensesHaveNoFootprint() {
    var values = LensValues()
    #expect(throws: LensFault.unknown) { try Lens(values, model: nil) }
    (values.width, values.height, values.focal35) = (4000, 3000, 6)
    #expect(throws: LensFault.fisheye) { try Lens(values, model: nil) }
    (values.width, values.height, values.focal35, values.focal) = (640, 512, nil, 9)
    #expect(throws: LensFault.unknown) { try Lens(values, model: "M3T") }
    #expect(throws: Never.self) { try Lens(values, model: "XT2") }
  }

  /// Latitude, longitude, azimuth, metres, and where pyproj's Geod arrives.
  @Test(arguments: [
    (89.5, -123.7684, 15.28, 1742.2, 89.515_029_169_6, -123.282_746_799_8),
    (-33.1382, 179.999, 345.12, 1798.5, -33.122_527_381_8, 179.994_051_139_5),
    (-21.7535, -14.2525, 187.23, 1305.6, -21.765_197_398_0, -14.254_088_622_7),
    (17.0257, 21.334, 223.25, 1884.2, 17.013_298_778_7, 21.321_875_261_3),
    (1.2508, -24.771, 259.31, 513.4, 1.249_938_740_3, -24.775_532_982_5),
    (-35.4065, 172.007, 187.61, 1119.4, -35.416_500_525_5, 172.005_367_801_7),
    (-86.9606, -30.5243, 208.79, 89.1, -86.961_299_105_9, -30.531_547_320_6),
    (20.612, 47.585, 21.63, 1273.3, 20.622_691_084_4, 47.589_503_073_3),
  ])
  func planeIsWithinAMillimetreOfGeodesics(
    latitude: Double, longitude: Double, azimuth: Double, metres: Double, toLatitude: Double,
    toLongitude: Double
  ) {
    let plane = LocalPlane(origin: Coordinate(latitude: latitude, longitude: longitude))
    let (sine, cosine) = Angle.sineAndCosine(azimuth)
    let point = Ground(sine, cosine) * metres
    let exact = Coordinate(latitude: toLatitude, longitude: toLongitude)
    #expect(Geodesic.distance(plane.coordinate(point), exact) < 0.001)
    #expect(Ring.length(plane.ground(exact) - point) < 0.001)
  }

  /// Seconds since 1970, latitude, longitude, degrees by astropy 7.
  @Test(arguments: [
    (1_448_929_886, 50.489, 167.268, 17.7722), (1_671_408_795, 9.675, 76.974, -11.9434),
    (1_463_337_495, 46.425, 26.472, -8.8890), (1_485_487_238, -61.116, 127.419, 47.1223),
    (1_696_941_804, -57.607, 108.214, -10.7463), (1_523_138_548, -48.893, -74.199, 3.7840),
    (1_630_637_566, 52.187, -164.092, 24.4500), (1_584_359_758, -63.708, 78.639, 7.6692),
    (1_499_286_243, 53.327, 173.029, 34.5452), (1_551_626_112, 69.791, -68.519, 11.8710),
    (1_423_091_211, 13.967, -168.704, 59.4550), (1_459_215_456, -12.889, 39.768, -27.1065),
  ])
  func sunIsWithinAHundredthOfADegree(
    seconds: Int64, latitude: Double, longitude: Double, degrees: Double
  ) {
    let place = Coordinate(latitude: latitude, longitude: longitude)
    #expect(abs(Sun.height(at: place, time: seconds * 1000) - degrees) < 0.01)
  }

  @Test func ringsAreCutAtTheAntimeridian() {
    func c(_ longitude: Double, _ latitude: Double) -> Coordinate {
      Coordinate(latitude: latitude, longitude: longitude)
    }
    let ring = [c(179, 0), c(-179, 0), c(-179, 1), c(179, 1), c(179, 0)]
    let parts = AntimeridianRings.cut(ring)
    #expect(parts.count == 2)
    #expect(parts[0].allSatisfy { (179...180).contains($0.longitude) })
    #expect(parts[1].allSatisfy { (-180 ... -179).contains($0.longitude) })
    #expect(parts.allSatisfy { $0.first == $0.last && $0.count == 5 })
    #expect(AntimeridianRings.cut([c(8, 47), c(9, 47), c(9, 48), c(8, 47)]).count == 1)
  }
}

/// Random numbers that are the same at every run.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func unit(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound
      + Double(next() >> 11) / 9_007_199_254_740_992 * (range.upperBound - range.lowerBound)
  }

  /// Of a normal distribution: the sum of twelve.
  mutating func normal(_ sigma: Double) -> Double {
    ((0..<12).reduce(0.0) { sum, _ in sum + unit(0...1) } - 6) * sigma
  }
}
