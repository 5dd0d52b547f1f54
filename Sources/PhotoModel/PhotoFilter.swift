/// Everything a query can ask for; all set parts must hold (AND).
public struct PhotoFilter: Sendable, Equatable {
  /// Positions inside this box, edges included.
  public var box: BoundingBox?
  /// Positions around a point.
  public var near: Near?
  /// Positions inside these polygons and outside their holes; at most ``mostCorners`` corners.
  public var polygon: Polygons?
  /// Photos of this site.
  public var site: String?
  /// `?` is one character and `*` any run of them inside a folder name, `**` crosses `/`. `**/` also stands for no folder
  /// at all, and a final `/**` for the folder itself. Slashes at both ends do not count. Matches the whole path in the
  /// ``PathBytes/text`` form; at most ``longestFolderGlob`` bytes.
  public var folderGlob: String?
  /// Milliseconds since 1970 UTC; `takenSince ≤ taken < takenUntil`. A photo whose UTC is unknown is compared by its
  /// local time as if it were UTC.
  public var takenSince: Int64?
  public var takenUntil: Int64?
  /// Metres, inclusive.
  public var altitude: ClosedRange<Double>?
  /// Exactly this quality; `none` also finds photos that state none.
  public var fix: FixQuality?
  /// Photos with all of these flags.
  public var flags: PhotoFlags = []
  /// Without a position, or failed, for this reason (``NoPosition``, ``Failure``).
  public var reason: String?
  /// At most so many photos; nil: all.
  public var limit: Int?
  /// Located photos by default.
  public var which: Which = .located

  /// Bytes of UTF-8: as long as a path may be on Linux.
  public static let longestFolderGlob = 4096
  /// Of all polygons together.
  public static let mostCorners = 2_000_000

  /// All located photos.
  public init() {}

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

/// GeoJSON (Multi)Polygons: each a list of rings, the first the outer one, the others holes.
/// A point on an edge is inside.
public struct Polygons: Sendable, Equatable {
  public var polygons: [[[Coordinate]]]
  public init(_ polygons: [[[Coordinate]]]) { self.polygons = polygons }
}
