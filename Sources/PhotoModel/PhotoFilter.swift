/// Everything a query can ask for; all set parts must hold (AND). A part with several values holds when one of them does.
public struct PhotoFilter: Sendable, Equatable {
  /// Positions inside this box, edges included.
  public var box: BoundingBox?
  /// Positions around a point.
  public var near: Near?
  /// Positions inside these polygons and outside their holes; at most ``mostCorners`` corners.
  public var polygon: Polygons?
  /// Photos of these sites; empty: of all.
  public var sites: [String] = []
  /// Folders that match one of these patterns; empty: all. `?` is one character and `*` any run of them inside a folder name, `**` crosses `/`. `**/` also stands for no folder
  /// at all, and a final `/**` for the folder itself. Slashes at both ends do not count. Matches the whole path in the
  /// ``PathBytes/text`` form; at most ``longestFolderGlob`` bytes.
  public var folderGlobs: [String] = []
  /// `takenSince ≤ taken < takenUntil`.
  public var takenSince: TimeBound?
  public var takenUntil: TimeBound?
  /// Metres, inclusive.
  public var altitude: ClosedRange<Double>?
  /// Metres above the take-off point, inclusive.
  public var relativeAltitude: ClosedRange<Double>?
  /// One of these qualities, empty: any; `none` also finds photos that state none.
  public var fixes: Set<FixQuality> = []
  /// Metres: photos that state all three standard deviations of RTK, none of them larger.
  public var rtkDeviation: Double?
  /// Cameras that match one of these patterns, empty: all. `?` is one character and `*` any run of them; capitals of A to Z
  /// do not matter. Matches the whole make, the whole model, or both with a blank in between; at most ``mostCameras``
  /// patterns of ``longestCameraGlob`` bytes.
  public var cameraGlobs: [String] = []
  /// Photos with all of these flags.
  public var flags: PhotoFlags = []
  /// Without a position, or failed, for one of these reasons (``NoPosition``, ``Failure``); empty: for any.
  public var reasons: [String] = []
  /// Leaves out photos whose files the last complete listing lacked, and whose rows the deletion guard keeps
  /// (``PhotoFlags/fileGone``).
  public var isPresent = false
  /// At most so many photos; nil: all.
  public var limit: Int?
  /// Located photos by default.
  public var which: Which = .located
  /// A photo must also pass each of these filters, whose ``limit`` does not count. Their sites need not exist.
  public var within: [PhotoFilter] = []
  /// ``folderGlobs`` match the last two names of a folder (``PhotoRow/folderTail(_:)``) instead of its whole path.
  package var matchesTails = false

  /// Bytes of UTF-8: as long as a path may be on Linux, and a final `/**`.
  public static let longestFolderGlob = 4099
  /// Bytes of UTF-8: as long as make and model may be.
  public static let longestCameraGlob = 513
  public static let mostCameras = 100
  /// Of all polygons together.
  public static let mostCorners = 2_000_000

  /// All located photos.
  public init() {}

  /// Excludes photos without a position.
  package var isGeographic: Bool {
    box != nil || near != nil || polygon != nil || within.contains { $0.isGeographic }
  }

  /// The only site; setting it replaces ``sites``.
  public var site: String? {
    get { sites.count == 1 ? sites[0] : nil }
    set { sites = newValue.map { [$0] } ?? [] }
  }

  public enum Which: Sendable, Equatable {
    case located
    /// Without a position or failed.
    case missing
    case all
  }

  /// Within `radius` metres (geodesic on the WGS 84 ellipsoid) of `center`.
  public struct Near: Sendable, Equatable {
    public var center: Coordinate
    public var radius: Double
    public init(center: Coordinate, radius: Double) {
      self.center = center
      self.radius = radius
    }
  }
}

/// One end of a range of capture times.
public enum TimeBound: Sendable, Hashable {
  /// A moment, in milliseconds since 1970 UTC. A photo whose UTC is unknown is compared by its camera's clock, as if that
  /// clock showed UTC.
  case moment(Int64)
  /// What the camera's clock shows, in milliseconds since 1970-01-01 00:00 on that clock. A photo without local time is
  /// compared by its UTC.
  case clock(Int64)

  /// Of either.
  package var milliseconds: Int64 {
    switch self {
    case .moment(let time), .clock(let time): time
    }
  }

  /// No photo can be taken both at `self` or later, and before `end`. A clock and a moment are at most 16 hours apart.
  package func isBehind(_ end: TimeBound) -> Bool {
    let slack: Int64 =
      switch (self, end) {
      case (.moment, .moment), (.clock, .clock): 0
      default: 16 * 3_600_000
      }
    return milliseconds.subtractingReportingOverflow(slack).partialValue >= end.milliseconds
  }
}

/// GeoJSON (Multi)Polygons: each a list of rings, the first the outer one, the others holes.
/// A point on an edge is inside.
public struct Polygons: Sendable, Equatable {
  public var polygons: [[[Coordinate]]]
  public init(_ polygons: [[[Coordinate]]]) { self.polygons = polygons }
}
