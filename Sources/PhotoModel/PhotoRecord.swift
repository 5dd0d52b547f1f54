/// What the bytes of one photo say, after all decisions; nothing about where the file lies.
///
/// A field that is nil was absent or refused; a defect in one field never fails the photo.
public struct PhotoRecord: Equatable, Sendable {
  public var outcome: Outcome
  public var kind = MediaKind.photo
  public var flags: PhotoFlags = []
  /// Which metadata the position came from; nil without a position.
  public var source: PositionSource?
  /// Where the other fields came from.
  public var sources = FieldSources()

  /// Metres, signed (below negative), −500…12,000; the reference is ``altitudeReference``.
  public var altitude: Double?
  public var altitudeReference: AltitudeReference?
  /// Metres above the take-off point (drone), signed.
  public var relativeAltitude: Double?

  /// Milliseconds since 1970-01-01 UTC; only when the offset or GPS time is known.
  public var takenAt: Int64?
  /// `YYYY-MM-DDThh:mm:ss[.fff]` as the camera's own clock showed it, without a zone; `YYYY-MM-DD` when
  /// no time of day is stated.
  public var takenLocal: String?
  /// Minutes east of UTC, when the file states it.
  public var utcOffsetMinutes: Int?

  /// What the receiver and the drone say of the moment (GPS date and time; `UTCAtExposure`),
  /// whether or not ``takenAt`` was taken from there. Milliseconds since 1970-01-01 UTC.
  public var satelliteAt: Int64?
  public var exposureAt: Int64?

  /// Valid UTF-8, trimmed, at most 256 bytes.
  public var cameraMake: String?
  public var cameraModel: String?
  public var serialNumber: String?
  /// Pixels of the picture as it is stored, before any rotation: as the format's own header states them,
  /// else as Exif does.
  public var pixelWidth: Int?
  public var pixelHeight: Int?
  /// How the picture is to be turned (Exif Orientation), 1…8.
  public var orientation: Int?

  /// GPSImgDirection, degrees 0..<360; true north unless ``imageDirectionMagnetic``.
  public var imageDirection: Double?
  public var imageDirectionMagnetic = false
  /// Camera attitude, degrees: yaw 0..<360 true, pitch 0 = horizon and −90 = straight down, roll.
  public var gimbalYaw: Double?
  public var gimbalPitch: Double?
  public var gimbalRoll: Double?
  /// Aircraft attitude, degrees; yaw 0..<360.
  public var flightYaw: Double?
  public var flightPitch: Double?
  public var flightRoll: Double?

  /// DJI RtkFlag as written: 0 none, 16 single, 32…49 float, 50 fixed.
  public var rtkFlag: Int?
  /// Standard deviations in metres.
  public var rtkStdLon: Double?
  public var rtkStdLat: Double?
  public var rtkStdHeight: Double?
  public var fix: FixQuality?
  /// As the drone writes it: `Normal`, `RTK`, `Invalid` …
  public var gpsStatus: String?
  /// The kind of its absolute altitude, as the drone writes it: `GpsFusionAlt`, `RtkAlt` …
  public var altitudeType: String?
  /// DJI ImageSource: `WideCamera`, `ZoomCamera`, `InfraredCamera` …
  public var imageSource: String?

  /// See `PhotoRecord+Rare.swift`.
  var rare = RareValues()

  public init(outcome: Outcome) { self.outcome = outcome }

  public enum Outcome: Equatable, Sendable {
    case located(Coordinate)
    /// The photo was understood and carries no usable position.
    case withoutPosition(NoPosition)
    /// The photo could not be read or understood; it is read again at the next sync.
    case failed(Failure)

    /// Why there is no position, by the name that the index stores and outputs write; nil for a located photo.
    package var reason: String? {
      switch self {
      case .located: nil
      case .withoutPosition(let reason): reason.rawValue
      case .failed(let failure): failure.rawValue
      }
    }
  }

  public var position: Coordinate? {
    if case .located(let coordinate) = outcome { coordinate } else { nil }
  }

  /// Whether an angle of the camera is known.
  public var hasAttitude: Bool { gimbalYaw != nil || gimbalPitch != nil || gimbalRoll != nil }

  /// The direction the camera looked, degrees 0..<360 from true north: the gimbal's yaw, else the
  /// Exif image direction when it refers to true north.
  public var yaw: Double? { gimbalYaw ?? (imageDirectionMagnetic ? nil : imageDirection) }
}

/// Degrees, WGS 84: latitude −90…90 north positive, longitude −180…180 east positive; finite.
public struct Coordinate: Hashable, Sendable {
  public var latitude: Double
  public var longitude: Double

  public init(latitude: Double, longitude: Double) {
    self.latitude = latitude
    self.longitude = longitude
  }

  public var isValid: Bool {
    latitude.isFinite && longitude.isFinite && abs(latitude) <= 90 && abs(longitude) <= 180
  }
}

/// Why a readable photo has no position. The raw values are stored in the index and shown to users.
public enum NoPosition: String, Sendable, CaseIterable {
  /// Latitude and longitude are both exactly 0.
  case zero
  /// x/0, or 0/0 in degrees or minutes.
  case undefined
  case outOfRange = "out-of-range"
  /// Wrong Exif format, count or size.
  case badType = "bad-type"
  /// Exif without a position, or a GPS IFD with a version only.
  case noGPS = "no-gps"
  case noExif = "no-exif"
  /// A known format that is not read, or metadata packed in a way that is not.
  case unsupported
}

/// Why a photo could not be read or understood.
public enum Failure: String, Sendable, CaseIterable {
  /// Cut, empty, or its structure contradicts itself before a position was found.
  case damaged
  /// Not an image, whatever its name says.
  case notAnImage = "not-an-image"
  /// Permission denied by the server or the file system.
  case unreadable
  /// Vanished between listing and reading.
  case vanished
  /// Size or time changed while it was read, twice.
  case changing
  /// The connection failed on it more often than the retry policy allows.
  case transport
  /// The server answered the open or the read with another error.
  case serverError = "server-error"
}

public enum MediaKind: String, Sendable, CaseIterable {
  case photo, video
}

public enum PositionSource: String, Sendable, CaseIterable {
  case exif
  case xmpDrone = "xmp-drone"
  case xmpExif = "xmp-exif"
  /// A video's own boxes.
  case container
  /// A sidecar file.
  case sidecar
}

/// What the three angles of a camera mean. All turn north, east, down in the order yaw, pitch, roll.
public enum AttitudeConvention: String, Sendable, CaseIterable {
  /// Of the camera's optical axis: pitch 0 is the horizon, −90 straight down (DJI, Skydio, Parrot Anafi).
  case ned
  /// Of a body whose third axis looks through the lens: pitch 0 is straight down, 90 the horizon (Pix4D).
  case body
}

/// A JPEG inside of a photo's file, at a byte offset from the begin of the file.
public struct EmbeddedPicture: Hashable, Sendable {
  /// Both 0 or more, and their sum fits.
  public var offset: Int64
  public var length: Int64

  public init(offset: Int64, length: Int64) {
    self.offset = offset
    self.length = length
  }
}

public enum AltitudeReference: String, Sendable, CaseIterable {
  /// Exif GPSAltitudeRef 0 or 1.
  case seaLevel = "sea-level"
  /// Exif 3.0 GPSAltitudeRef 2 or 3, or a drone's RTK height.
  case ellipsoid
  /// No reference given, or a drone's unlabelled AbsoluteAltitude.
  case unknown
}

/// In rising order of quality.
public enum FixQuality: String, Sendable, CaseIterable, Comparable {
  case none, single, float, fixed

  private var rank: Int {
    switch self {
    case .none: 0
    case .single: 1
    case .float: 2
    case .fixed: 3
    }
  }
  public static func < (a: FixQuality, b: FixQuality) -> Bool { a.rank < b.rank }
}

/// Flags of a photo whose values were kept; stored as a bit set, shown by name.
public struct PhotoFlags: OptionSet, Hashable, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// 0/0 seconds: degrees and minutes only.
  public static let degraded = PhotoFlags(rawValue: 1 << 0)
  /// A missing N/S/E/W reference was taken as N or E (or from the drone XMP).
  public static let refMissing = PhotoFlags(rawValue: 1 << 1)
  /// The receiver itself called the fix void or invalid.
  public static let void = PhotoFlags(rawValue: 1 << 2)
  /// Two sources disagree by more than 5 m: in the file, or the file and its sidecar.
  public static let conflict = PhotoFlags(rawValue: 1 << 3)
  /// The altitude was outside −500…12,000 m and was dropped or replaced.
  public static let altOutOfRange = PhotoFlags(rawValue: 1 << 4)
  public static let altRefMissing = PhotoFlags(rawValue: 1 << 5)
  /// Exif altitude and the drone's absolute altitude differ by more than 5 m.
  public static let altConflict = PhotoFlags(rawValue: 1 << 6)
  /// The capture time was unreadable or impossible, or of a clock that was never set.
  public static let badTime = PhotoFlags(rawValue: 1 << 7)
  /// No position was found, and there is XMP (in the file or in a sidecar) that is longer than what is read of it.
  public static let xmpCut = PhotoFlags(rawValue: 1 << 8)
  /// A complete listing no longer showed the file; the deletion guard keeps the row. Set by a sync,
  /// never by the metadata reader, and cleared when the file is listed again.
  public static let fileGone = PhotoFlags(rawValue: 1 << 9)

  /// The camera's clock, the satellites' and the drone's times are not of one moment.
  public static let timeConflict = PhotoFlags(rawValue: 1 << 10)
  /// The position is stated in another datum than WGS 84, and is stored as it stands.
  public static let datum = PhotoFlags(rawValue: 1 << 11)

  /// Flag names in the order of their bits; part of the public interface (`--flag NAME`).
  public static let names: [(name: String, flag: PhotoFlags)] = [
    ("degraded", .degraded), ("ref-missing", .refMissing), ("void", .void),
    ("conflict", .conflict), ("alt-out-of-range", .altOutOfRange),
    ("alt-ref-missing", .altRefMissing), ("alt-conflict", .altConflict), ("bad-time", .badTime),
    ("xmp-cut", .xmpCut), ("file-gone", .fileGone), ("time-conflict", .timeConflict),
    ("datum", .datum),
  ]

  /// The names, comma-separated, in the order of ``names``; empty without a flag.
  public var text: String {
    isEmpty ? "" : Self.names.filter { contains($0.flag) }.map(\.name).joined(separator: ",")
  }
}
