/// Where a value that is not the position came from.
public enum ValueSource: UInt8, Sendable, CaseIterable {
  case exif = 1
  /// The receiver's own date and time (GPSDateStamp, GPSTimeStamp).
  case satellite
  case xmpDrone
  /// XMP's copies of Exif properties (`exif:…`).
  case xmpExif
  /// Other XMP, such as `xmp:CreateDate`.
  case xmp
  /// A video's own boxes.
  case container
  case sidecar

  /// As outputs write it.
  public var name: String {
    switch self {
    case .exif: "exif"
    case .satellite: "exif-gps"
    case .xmpDrone: "xmp-drone"
    case .xmpExif: "xmp-exif"
    case .xmp: "xmp"
    case .container: "container"
    case .sidecar: "sidecar"
    }
  }
}

/// Fields that always come together from one source.
public enum FieldGroup: Int, Sendable, CaseIterable {
  case altitude, relativeAltitude, takenAt, takenLocal, camera, serial, direction
  /// Of the camera.
  case attitude
  /// Attitude of the aircraft.
  case flight
  /// RTK flag and standard deviations.
  case accuracy
  /// GPS status, altitude type, image source.
  case droneState
  case target
  /// What the maker states of the lens, and the number of the release.
  case calibration

  /// What nearly all files have it from.
  public var usual: ValueSource {
    switch self {
    case .altitude, .takenAt, .takenLocal, .camera, .serial, .direction: .exif
    case .relativeAltitude, .attitude, .flight, .accuracy, .droneState, .target,
      .calibration:
      .xmpDrone
    }
  }
}

/// The source of each group of fields, packed: three bits per group, group 0 lowest; 0 is the usual source
/// (``FieldGroup/usual``), else a ``ValueSource``. So nearly every photo has the number 0. Groups
/// without a value have no source.
public struct FieldSources: Hashable, Sendable {
  public var bits: Int64

  public init(bits: Int64 = 0) { self.bits = bits }

  public subscript(group: FieldGroup) -> ValueSource {
    get {
      let code = UInt8(truncatingIfNeeded: bits >> Int64(group.rawValue * 3) & 7)
      return ValueSource(rawValue: code) ?? group.usual
    }
    set {
      let shift = Int64(group.rawValue * 3)
      let code: Int64 = newValue == group.usual ? 0 : Int64(newValue.rawValue)
      bits = bits & ~(7 << shift) | code << shift
    }
  }
}

/// What a laser range finder measured: the position of the object in the middle of the picture, not
/// that of the camera.
public struct LaserTarget: Equatable, Sendable {
  public var coordinate: Coordinate
  /// Metres, in the reference of the drone's absolute altitude.
  public var altitude: Double?
  /// Metres from the camera.
  public var distance: Double?

  public init(coordinate: Coordinate, altitude: Double? = nil, distance: Double? = nil) {
    self.coordinate = coordinate
    self.altitude = altitude
    self.distance = distance
  }
}

/// A sidecar file: `NAME.xmp`, `NAME.JPG.xmp`, or `NAME.SRT` of a video.
public enum SidecarKind: Hashable, Sendable {
  case xmp, srt
}
