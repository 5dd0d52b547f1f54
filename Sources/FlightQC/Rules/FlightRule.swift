/// How bad a finding is.
public enum Severity: String, Sendable, CaseIterable, Comparable {
  /// Good to know.
  case note
  /// Look at it.
  case warning
  /// Not usable as it is, or to be flown again.
  case error

  private var rank: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
  public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
}

/// What a flight was flown for; decides which rules hold.
public enum FlightKind: String, Sendable, CaseIterable {
  /// Parallel lines over an area.
  case mapping
  /// One line, or a few, that follow something.
  case corridor
  /// Around an object that the camera looks at.
  case orbit
  /// Rows along a wall that the camera looks at.
  case facade
  /// Fewer than ten photos.
  case other
}

/// The rules. Raw values are part of the public interface: reports, `--rules`, docs/qc.md.
public enum FlightRule: String, Sendable, CaseIterable {
  case gap
  case numberGap = "number-gap"
  case numberRestart = "number-restart"
  case cutShort = "cut-short"
  case forwardOverlap = "forward-overlap"
  case sideOverlap = "side-overlap"
  case hole
  case outlier
  case wrongPlace = "wrong-place"
  case wrongTime = "wrong-time"
  case geofence
  case heightLimit = "height-limit"
  case heightSpread = "height-spread"
  case altitudeJump = "altitude-jump"
  case mixedAltitude = "mixed-altitude"
  case rtkNone = "rtk-none"
  case rtkFloat = "rtk-float"
  case rtkSigma = "rtk-sigma"
  case horizon
  case noAttitude = "no-attitude"
  case noCamera = "no-camera"
  case duplicate
  case stationary
  case clockNotSet = "clock-not-set"
  case clockDrift = "clock-drift"
  case timeBackward = "time-backward"
  case smear
  case sunLow = "sun-low"
  case pairIncomplete = "pair-incomplete"
  case speed
  case noPosition = "no-position"
  case damaged
  case voidFix = "void-fix"
  case folderName = "folder-name"

  /// What reports call it.
  public var title: String {
    switch self {
    case .gap: "Photos missing in a line"
    case .numberGap: "File numbers missing"
    case .numberRestart: "File numbers start again"
    case .cutShort: "Flight ends early"
    case .forwardOverlap: "Forward overlap too low"
    case .sideOverlap: "Side overlap too low"
    case .hole: "Hole in coverage"
    case .outlier: "Position off the line"
    case .wrongPlace: "Photo of another place"
    case .wrongTime: "Photo of another time"
    case .geofence: "Outside of the area"
    case .heightLimit: "Height limit exceeded"
    case .heightSpread: "Height varies"
    case .altitudeJump: "Altitude jumps"
    case .mixedAltitude: "Kinds of altitude are mixed"
    case .rtkNone: "No RTK solution"
    case .rtkFloat: "Too few RTK fixed solutions"
    case .rtkSigma: "RTK standard deviation too high"
    case .horizon: "Horizon in view"
    case .noAttitude: "Camera attitude unknown"
    case .noCamera: "Focal length unknown"
    case .duplicate: "Duplicate photo"
    case .stationary: "Photos of one place"
    case .clockNotSet: "Clock not set"
    case .clockDrift: "Clock differs from satellite time"
    case .timeBackward: "Clock set back during the flight"
    case .smear: "Motion smear"
    case .sunLow: "Sun is low"
    case .pairIncomplete: "Picture of a lens is missing"
    case .speed: "Speed varies"
    case .noPosition: "Photo without a position"
    case .damaged: "Photo cannot be read"
    case .voidFix: "Receiver calls its position invalid"
    case .folderName: "Folder name does not follow the rule"
    }
  }

  /// The kinds of flight that the rule judges; nil for rules of folders and single photos.
  public var kinds: Set<FlightKind>? {
    switch self {
    case .gap, .outlier, .altitudeJump:
      [.mapping, .corridor, .orbit, .facade]
    case .hole: [.mapping]
    case .cutShort: [.mapping, .corridor, .other]
    case .sideOverlap, .forwardOverlap, .horizon, .stationary, .heightSpread, .smear, .speed:
      [.mapping, .corridor]
    case .numberGap, .numberRestart, .heightLimit, .mixedAltitude, .rtkNone, .rtkFloat, .rtkSigma,
      .clockDrift, .sunLow, .pairIncomplete, .noAttitude, .noCamera:
      Set(FlightKind.allCases)
    case .wrongPlace, .wrongTime, .geofence, .duplicate, .clockNotSet, .timeBackward, .noPosition,
      .damaged, .voidFix, .folderName:
      nil
    }
  }
}
