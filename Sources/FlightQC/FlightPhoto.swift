public import PhotoModel

/// One photo as flight checks see it: what the index knows of it, in the units of docs/fields.md.
///
/// A value that is nil is unknown. Every check says what it needs and leaves out photos that lack it.
public struct FlightPhoto: Equatable, Sendable {
  /// The index's own id.
  public var id: Int64 = 0
  public var site = ""
  /// Below the site's root, empty for the root itself.
  public var folder = ""
  public var name = ""
  /// Bytes.
  public var size: Int64?
  /// Why there is no position, or why the file could not be read; nil for a located photo.
  public var problem: Problem?
  public var flags: PhotoFlags = []

  public var position: Coordinate?
  /// Metres; the reference is ``altitudeReference``.
  public var altitude: Double?
  public var altitudeReference: AltitudeReference?
  /// As the drone writes it: `GpsFusionAlt`, `RtkAlt` …
  public var altitudeType: String?
  /// Metres above the take-off point.
  public var relativeAltitude: Double?

  /// Milliseconds since 1970-01-01 UTC.
  public var takenAt: Int64?
  /// The camera's own clock, as if it were UTC: milliseconds since 1970-01-01.
  public var takenLocal: Int64?
  /// Minutes east of UTC.
  public var utcOffset: Int?
  /// Milliseconds since 1970-01-01 UTC, of the receiver.
  public var satelliteAt: Int64?

  public var make: String?
  public var model: String?
  public var serial: String?
  /// `WideCamera`, `ZoomCamera`, `InfraredCamera` …
  public var imageSource: String?
  public var lens = LensValues()
  public var attitude: Attitude?
  /// Aircraft yaw, degrees 0..<360 from true north.
  public var flightYaw: Double?

  /// DJI RtkFlag: 0 none, 16 single, 32…49 float, 50 fixed.
  public var rtkFlag: Int?
  /// Standard deviations in metres.
  public var rtkStdLon: Double?
  public var rtkStdLat: Double?
  public var rtkStdHeight: Double?

  /// Seconds.
  public var exposureTime: Double?
  /// Metres per second over the ground, to the north and to the east.
  public var speedNorth: Double?
  public var speedEast: Double?
  /// The same for all pictures that one press of the shutter made.
  public var captureID: String?

  public init() {}

  public enum Problem: Equatable, Sendable {
    case withoutPosition(NoPosition)
    case failed(Failure)

    /// By the name that the index stores.
    public var reason: String {
      switch self {
      case .withoutPosition(let reason): reason.rawValue
      case .failed(let failure): failure.rawValue
      }
    }
  }

  /// `folder/name`.
  public var path: String { folder.isEmpty ? name : "\(folder)/\(name)" }
}

/// What a file says about its lens. Lengths of pictures are in pixels of the stored picture.
public struct LensValues: Equatable, Sendable {
  /// Pixels as Exif states them.
  public var width: Double?
  public var height: Double?
  /// Millimetres, 35 mm equivalent (equal diagonal angle, CIPA DCG-001).
  public var focal35: Double?
  /// Millimetres.
  public var focal: Double?
  /// Pixels of the full-size picture: `CalibratedFocalLength`, or fx of `DewarpData`.
  public var calibratedFocal: Double?
  /// Pixels of the full-size picture, from its left edge.
  public var opticalCentreX: Double?
  /// Pixels per millimetre of the sensor (`FocalPlaneXResolution`).
  public var sensorResolution: Double?
  /// `DigitalZoomRatio`; 0 and nil mean none.
  public var digitalZoom: Double?

  public init() {}
}

extension FlightPhoto {
  public init(_ row: PhotoRow) {
    let record = row.record
    id = row.id
    site = row.site
    folder = row.folder
    name = row.file
    size = row.size
    switch record.outcome {
    case .located(let coordinate): position = coordinate
    case .withoutPosition(let reason): problem = .withoutPosition(reason)
    case .failed(let failure): problem = .failed(failure)
    }
    flags = record.flags
    altitude = record.altitude
    altitudeReference = record.altitudeReference
    altitudeType = record.altitudeType
    relativeAltitude = record.relativeAltitude
    takenAt = record.takenAt
    takenLocal = record.takenLocal.flatMap(LocalClock.milliseconds)
    utcOffset = record.utcOffsetMinutes
    satelliteAt = record.satelliteAt
    make = record.cameraMake
    model = record.cameraModel
    serial = record.serialNumber
    imageSource = record.imageSource
    lens = LensValues(record)
    if record.attitudeConvention == .body, let yaw = record.rawYaw, let pitch = record.rawPitch {
      attitude = Attitude(
        yaw: yaw, pitch: pitch, roll: record.rawRoll ?? 0, convention: .opticalBody)
    } else if let yaw = record.gimbalYaw, let pitch = record.gimbalPitch {
      attitude = Attitude(yaw: yaw, pitch: pitch, roll: record.gimbalRoll ?? 0)
    }
    exposureTime = record.exposureTime
    speedNorth = record.flightSpeedX
    speedEast = record.flightSpeedY
    captureID = record.captureID
    flightYaw = record.flightYaw
    rtkFlag = record.rtkFlag
    rtkStdLon = record.rtkStdLon
    rtkStdLat = record.rtkStdLat
    rtkStdHeight = record.rtkStdHeight
  }
}

extension LensValues {
  init(_ record: PhotoRecord) {
    self.init()
    width = record.pixelWidth.map(Double.init)
    height = record.pixelHeight.map(Double.init)
    focal35 = record.focalLength35
    focal = record.focalLength
    // The calibration of this very lens counts before the design.
    calibratedFocal = record.dewarpFocalLength ?? record.calibratedFocalLength
    opticalCentreX = record.opticalCenterX
    sensorResolution = record.focalPlaneResolution
    digitalZoom = record.digitalZoom
  }
}

/// Reads `YYYY-MM-DDThh:mm:ss[.fff]`.
package enum LocalClock {
  /// Milliseconds since 1970-01-01 as if the clock showed UTC; nil for a day without a time, and for
  /// other texts.
  package static func milliseconds(_ text: String) -> Int64? {
    var text = text
    return text.withUTF8 { bytes in
      guard bytes.count >= 19, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54,
        bytes[13] == 0x3A, bytes[16] == 0x3A
      else { return nil }
      func number(_ start: Int, _ count: Int) -> Int? {
        var value = 0
        for byte in bytes[start..<start + count] {
          guard (0x30...0x39).contains(byte) else { return nil }
          value = value * 10 + Int(byte - 0x30)
        }
        return value
      }
      guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
        let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
        (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
      else { return nil }
      var fraction = 0
      if bytes.count >= 23, bytes[19] == 0x2E { fraction = number(20, 3) ?? 0 }
      let days = Int64(CivilDay.number(year: year, month: month, day: day))
      return days * 86_400_000
        + Int64(hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction)
    }
  }
}
