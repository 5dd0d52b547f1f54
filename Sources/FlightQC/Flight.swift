public import PhotoModel

/// The figures of one flight with one lens. A value that is nil could not be computed: ``notChecked`` says why.
public struct Flight: Equatable, Sendable {
  /// The folder of the first photo, a number behind it for further flights, and the lens where there are several.
  public var name = ""
  public var site = ""
  public var folder = ""
  public var kind = FlightKind.other
  public var camera = ""
  public var imageSource: String?
  /// A lens beside the main one: its pictures show what the main lens shows, and are not judged.
  public var isSecondary = false
  public var photos = 0
  public var withoutPosition = 0
  public var lines = 0
  public var rows = 0
  /// Milliseconds since 1970-01-01: UTC, or the camera's clock when ``isLocalTime``.
  public var start: Int64?
  public var end: Int64?
  public var isLocalTime = false
  public var first: Coordinate?
  /// Metres along the photos.
  public var length = 0.0
  /// Metres between photos, median.
  public var spacing = 0.0
  /// Metres per second: median over lines, else over the flight.
  public var speed: Double?
  /// Square metres that at least one, and at least three photos show.
  public var area: Double?
  public var areaOfThree: Double?
  public var holes = 0
  public var height: Spread?
  public var heightSource = FlightCheck.HeightSource.relative
  /// Metres per pixel.
  public var groundSampling: Spread?
  public var lensSource: Lens.Source?
  /// Percent.
  public var forward: Spread?
  public var side: Spread?
  /// Percent, 1 − distance / footprint length.
  public var forwardByDistance: Double?
  public var sideByDistance: Double?
  /// Percent of photos with a fixed solution, of those with an RTK flag.
  public var fixedShare: Double?
  /// Metres, horizontal: the root of the sum of squares.
  public var sigma: Spread?
  /// Degrees, lowest and highest.
  public var sunHeight: Spread?
  public var clamped = 0
  public var withoutFootprint: [FootprintFault: Int] = [:]
  public var assumesNadir = false
  /// Rules that could not be applied, and why.
  public var notChecked: [(rule: FlightRule, why: String)] = []

  public init() {}

  /// Quantiles of many values.
  public struct Spread: Equatable, Sendable {
    public var lowest: Double
    public var p5: Double
    public var median: Double
    public var p95: Double
    public var highest: Double

    /// Of values that are not NaN; nil without one.
    public init?(of values: [Double]) { self.init(values) }

    init?(_ values: [Double]) {
      let values = values.filter { !$0.isNaN }
      guard let low = values.min(), let high = values.max() else { return nil }
      (lowest, highest) = (low, high)
      p5 = Robust.quantile(values, 0.05)
      median = Robust.median(values)
      p95 = Robust.quantile(values, 0.95)
    }
  }

  public static func == (a: Flight, b: Flight) -> Bool {
    a.name == b.name && a.site == b.site && a.kind == b.kind && a.photos == b.photos
      && a.start == b.start && a.length == b.length && a.forward == b.forward && a.side == b.side
  }
}

/// A flight with what was computed for each of its photos; handed over once, and then let go.
public struct ExaminedFlight: Sendable {
  public internal(set) var flight: Flight
  /// With a position, in order.
  public let photos: [FlightPhoto]
  /// Metres above the ground; NaN when unknown. One for each of ``photos``, like the following.
  public let heights: [Double]
  /// Percent shared with the next photo of the line; NaN without one.
  public let forward: [Double]
  /// Percent of the strip that neighbouring rows show, the lower side; NaN without one.
  public let side: [Double]
  public let faults: [FootprintFault?]
  /// Positions that do not fit the way of the flight.
  public let isStray: [Bool]
  /// Metres per second of each line with times.
  public let lineSpeeds: [Double]
  let footprints: [Footprint?]
  let plane: LocalPlane
  /// Closed rings, counter-clockwise.
  public let holes: [[Coordinate]]

  init(_ flight: Flight, _ track: Track, _ overlaps: Overlaps?, _ coverage: Coverage?) {
    self.flight = flight
    photos = track.photos
    heights = track.heights
    forward = overlaps?.forward ?? track.photos.map { _ in .nan }
    side =
      overlaps?.side.map { left, right in
        left.isNaN ? right : right.isNaN ? left : min(left, right)
      } ?? track.photos.map { _ in .nan }
    faults = track.faults
    isStray = track.isStray
    lineSpeeds = track.lines.map { track.speed($0) }.filter { !$0.isNaN }
    footprints = track.footprints
    plane = track.plane
    holes = coverage?.holes.map { Self.ring($0.outline, track.plane) } ?? []
  }

  /// What a photo shows: a closed ring, counter-clockwise; nil without a footprint.
  public func footprint(_ place: Int) -> (
    ring: [Coordinate], isClamped: Bool, groundSampling: Double
  )? {
    guard let print = footprints[place] else { return nil }
    return (Self.ring(print.corners, plane), print.isClamped, print.groundSampling)
  }

  static func ring(_ points: [Ground], _ plane: LocalPlane) -> [Coordinate] {
    let ring = points.map(plane.coordinate)
    return ring + ring.prefix(1)
  }
}
