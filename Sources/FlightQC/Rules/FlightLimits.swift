/// Every number that a rule compares with. Lengths in metres, times in seconds, shares in percent.
public struct FlightLimits: Equatable, Sendable {
  public var gapDistance = 1.6
  public var gapTime = 1.4
  public var cutShortSpacings = 3.0
  public var forwardWarning = 70.0
  public var forwardError = 60.0
  public var sideWarning = 60.0
  public var sideError = 50.0
  public var holeFootprint = 5.0
  public var outlierDistance = 5.0
  public var outlierDetour = 10.0
  public var wrongPlaceDistance = 2000.0
  public var wrongTimeHours = 24.0
  public var geofenceMargin = 10.0
  public var geofenceTurnMargin = 50.0
  public var heightMaximum = 120.0
  public var heightSpread = 20.0
  public var samplingRatio = 2.0
  public var altitudeStep = 3.0
  public var altitudeSingle = 3.5
  public var altitudePair = 2.0
  public var fixedWarning = 95.0
  public var fixedError = 80.0
  public var sigmaError = 0.1
  public var sigmaNote = 0.05
  public var horizonPitch = -20.0
  public var duplicateDistance = 0.05
  public var stationaryPhotos = 6.0
  public var stationaryRadius = 5.0
  public var clockYear = 2015.0
  public var driftNote = 5.0
  public var driftWarning = 60.0
  public var driftJump = 2.0
  public var driftPerHour = 1.0
  public var smearWarning = 1.0
  public var smearError = 2.0
  public var sunHeight = 10.0
  public var pairShare = 90.0
  public var speedRatio = 1.3
  public var speedMaximum = 20.0

  public init() {}

  /// One line of `--print-rules` and of docs/qc.md.
  public struct Entry: Sendable {
    public let rule: FlightRule
    public let key: String
    public let unit: String
    public let meaning: String
    let path: any WritableKeyPath<FlightLimits, Double> & Sendable

    init(
      _ rule: FlightRule, _ key: String, _ unit: String,
      _ path: any WritableKeyPath<FlightLimits, Double> & Sendable, _ meaning: String
    ) {
      self.rule = rule
      self.key = key
      self.unit = unit
      self.path = path
      self.meaning = meaning
    }
  }

  public subscript(_ entry: Entry) -> Double {
    get { self[keyPath: entry.path] }
    set { self[keyPath: entry.path] = newValue }
  }

  public static let entries: [Entry] =
    ofLines + ofOverlap + ofPlaces + ofHeights + ofAccuracy + ofTimes

  private static let ofLines: [Entry] = [
    .init(
      .gap, "distance", "× median step", \.gapDistance,
      "A step of a line that is longer, and takes longer, misses photos."),
    .init(
      .gap, "time", "× expected time", \.gapTime, "How much longer the step takes."),
    .init(
      .cutShort, "spacings", "steps", \.cutShortSpacings,
      "The last line ends this many steps before the continuation of the lines before."),
    .init(
      .outlier, "distance", "m", \.outlierDistance,
      "Distance from the line through the photos around; at least 8 robust deviations and half a step."
    ),
    .init(
      .outlier, "detour", "m", \.outlierDetour,
      "Extra way over the photo, between its neighbours; at least 2 steps."),
    .init(
      .stationary, "photos", "photos", \.stationaryPhotos, "This many photos in a row of one place."
    ),
    .init(
      .stationary, "radius", "m", \.stationaryRadius, "What one place is; at most half a step."),
    .init(
      .speed, "ratio", "× median", \.speedRatio,
      "Speed of a line, compared with the flight's median."),
    .init(.speed, "maximum", "m/s", \.speedMaximum, "A warning above this speed."),
  ]

  private static let ofOverlap: [Entry] = [
    .init(
      .forwardOverlap, "warning", "%", \.forwardWarning,
      "5th percentile of the flight, or median of a line."),
    .init(.forwardOverlap, "error", "%", \.forwardError, "An error below it."),
    .init(
      .sideOverlap, "warning", "%", \.sideWarning,
      "5th percentile of the flight, or median between two rows."),
    .init(.sideOverlap, "error", "%", \.sideError, "An error below it."),
    .init(
      .hole, "footprint", "% of a footprint", \.holeFootprint,
      "Smaller holes are left out."),
  ]

  private static let ofPlaces: [Entry] = [
    .init(
      .wrongPlace, "distance", "m", \.wrongPlaceDistance,
      "From the folder's median position; at least 10 median deviations."),
    .init(
      .wrongTime, "hours", "h", \.wrongTimeHours, "From the folder's median time."),
    .init(.geofence, "margin", "m", \.geofenceMargin, "Outside of --area, in a line."),
    .init(.geofence, "turn_margin", "m", \.geofenceTurnMargin, "Outside of --area, elsewhere."),
    .init(
      .duplicate, "distance", "m", \.duplicateDistance,
      "Photos of one time and lens that are this near."),
  ]

  private static let ofHeights: [Entry] = [
    .init(.heightLimit, "maximum", "m", \.heightMaximum, "Above the take-off point or the ground."),
    .init(
      .heightSpread, "spread", "% of median", \.heightSpread,
      "Between the 5th and the 95th percentile of the height."),
    .init(
      .heightSpread, "sampling_ratio", "×", \.samplingRatio,
      "Largest ground sampling distance over the smallest: an error above."),
    .init(
      .altitudeJump, "step", "m", \.altitudeStep,
      "Altitude minus relative altitude: step of medians of 5; at least 4.5 robust deviations."),
    .init(
      .altitudeJump, "single", "m", \.altitudeSingle,
      "One photo against the median of 11; at least 5.5 robust deviations."),
    .init(
      .mixedAltitude, "pair", "m", \.altitudePair, "Between pictures of one press of the shutter."),
    .init(
      .horizon, "pitch", "°", \.horizonPitch, "A camera that looks higher sees the horizon."),
    .init(
      .smear, "warning", "pixels", \.smearWarning,
      "Speed × exposure time / ground sampling distance."),
    .init(.smear, "error", "pixels", \.smearError, "An error above it."),
  ]

  private static let ofAccuracy: [Entry] = [
    .init(.rtkFloat, "warning", "%", \.fixedWarning, "Share of photos with a fixed solution."),
    .init(.rtkFloat, "error", "%", \.fixedError, "An error below it."),
    .init(
      .rtkSigma, "error", "m", \.sigmaError,
      "Standard deviation of longitude, latitude or height."),
    .init(.rtkSigma, "note", "m", \.sigmaNote, "A note above it."),
    .init(
      .pairIncomplete, "share", "%", \.pairShare,
      "A lens that this share of the captures has is expected in all."),
  ]

  private static let ofTimes: [Entry] = [
    .init(.clockNotSet, "year", "year", \.clockYear, "A clock before this year was not set."),
    .init(
      .clockDrift, "note", "s", \.driftNote, "Median difference between clock and satellite time."),
    .init(.clockDrift, "warning", "s", \.driftWarning, "A warning above it."),
    .init(.clockDrift, "jump", "s", \.driftJump, "Change of the difference from photo to photo."),
    .init(
      .clockDrift, "per_hour", "s/h", \.driftPerHour,
      "Slope of the difference, where it adds up to 2 s."),
    .init(.sunLow, "height", "°", \.sunHeight, "Height of the sun above the horizon."),
  ]
}
