internal import PhotoModel

/// Chooses the height among Exif's, the drone's absolute and XMP's Exif property.
struct AltitudeDecision {
  private static let range = -500.0...12_000.0

  private(set) var altitude: Double?
  private(set) var reference: AltitudeReference?
  private(set) var source = ValueSource.exif
  /// The height that was refused, or that lost.
  private(set) var other: Double?
  private(set) var relative: Double?
  private(set) var flags: PhotoFlags = []

  init(exif: ExifValues?, xmp: XmpValues, fields: ContainerFields?) {
    relative = (xmp.number(.relativeAltitude) ?? xmp.number(.aboveGroundAltitude))
      .flatMap { abs($0) <= 12_000 ? $0 : nil }
    let absolute = xmp.number(.absoluteAltitude)
    let isRtk = xmp[.altitudeType] == "RtkAlt"
    let droneReference: AltitudeReference = isRtk ? .ellipsoid : .unknown

    if let stated = exif?.altitude {
      let ref = exif?.altitudeRef
      let value = ref == 1 || ref == 3 ? -abs(stated) : stated
      if Self.range.contains(value) {
        takeExif(value, Self.reference(ref), absolute, droneReference)
        if ref == nil && altitude == value { flags.insert(.altRefMissing) }
        return
      }
      refuse(value)
    }
    if let absolute {
      if Self.range.contains(absolute) {
        take(absolute, droneReference, .xmpDrone)
      } else {
        refuse(absolute)
      }
    } else if exif?.altitude == nil, let stated = xmp.number(.exifAltitude) {
      let ref = xmp[.exifAltitudeRef].flatMap { UInt8($0) }
      let value = ref == 1 || ref == 3 ? -abs(stated) : stated
      if Self.range.contains(value) {
        take(value, Self.reference(ref), .xmpExif)
        if ref == nil { flags.insert(.altRefMissing) }
      } else {
        refuse(value)
      }
    } else if exif?.altitude == nil, let stated = fields?.altitude {
      if Self.range.contains(stated) {
        take(stated, fields?.altitudeIsSeaLevel == true ? .seaLevel : .unknown, .container)
      } else {
        refuse(stated)
      }
    }
  }

  private mutating func refuse(_ value: Double) {
    flags.insert(.altOutOfRange)
    other = other ?? value
  }

  private mutating func take(_ value: Double, _ reference: AltitudeReference, _ from: ValueSource) {
    altitude = value
    self.reference = reference
    source = from
  }

  /// Exif's value is good: keep it, unless it is the relative one.
  private mutating func takeExif(
    _ value: Double, _ own: AltitudeReference, _ absolute: Double?, _ drone: AltitudeReference
  ) {
    take(value, own, .exif)
    guard let absolute, Self.range.contains(absolute) else { return }
    if abs(absolute - value) > 5 {
      flags.insert(.altConflict)
      other = absolute
      if let relative, abs(relative - value) <= 1 {
        take(absolute, drone, .xmpDrone)
        other = value
      }
    } else if drone == .ellipsoid {
      // The same height, and the drone says what it is.
      reference = drone
    }
  }

  /// GPSAltitudeRef (Exif 3.0 §4.6.6.6).
  private static func reference(_ ref: UInt8?) -> AltitudeReference {
    switch ref {
    case 0, 1: .seaLevel
    case 2, 3: .ellipsoid
    default: .unknown
    }
  }
}
