internal import PhotoModel

/// Chooses the height among Exif's, the drone's absolute and XMP's Exif property.
struct AltitudeDecision {
  private static let range = -500.0...12_000.0
  /// Metres within which two heights do not contradict each other, and within which they are one.
  private static let agreement = 5.0
  private static let sameness = 0.5

  private(set) var altitude: Double?
  private(set) var reference: AltitudeReference?
  private(set) var source = ValueSource.exif
  /// The height that was refused, or that lost.
  private(set) var other: Double?
  private(set) var relative: Double?
  private(set) var flags: PhotoFlags = []

  init(exif: SharedExif?, xmp: XmpValues, fields: ContainerFields?) {
    relative = (xmp.number(.relativeAltitude) ?? xmp.number(.aboveGroundAltitude))
      .flatMap { abs($0) <= 12_000 ? $0 : nil }
    let absolute = xmp.number(.absoluteAltitude)
    // The type alone says what the drone was set to; the flag says that it was positioned so.
    let isRtk =
      xmp[.altitudeType] == "RtkAlt" && xmp.number(.rtkFlag).map { $0 > 0 } == true
    let droneReference: AltitudeReference = isRtk ? .ellipsoid : .unknown

    if let stated = exif?.altitude {
      let ref = exif?.altitudeRef
      var value = ref == 1 || ref == 3 ? -abs(stated) : stated
      // Without a reference, the drone's height of the same size has the sign.
      if ref == nil, let absolute, absolute < 0, abs(absolute + stated) <= Self.agreement {
        value = -abs(stated)
      }
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

  /// Exif's value is good: keep it, unless it is the relative one, or the exact 0 that some firmware
  /// writes while the drone knows better.
  private mutating func takeExif(
    _ value: Double, _ own: AltitudeReference, _ absolute: Double?, _ drone: AltitudeReference
  ) {
    take(value, own, .exif)
    guard let absolute, Self.range.contains(absolute), absolute != value else {
      if absolute != nil, drone == .ellipsoid, absolute == value { reference = drone }
      return
    }
    let differs = abs(absolute - value) > Self.agreement
    let isRelative = differs && relative.map { abs($0 - value) <= 1 } == true
    if differs {
      flags.insert(.altConflict)
      other = absolute
    } else if drone == .ellipsoid, abs(absolute - value) <= Self.sameness {
      // The same height, and the drone says what it is.
      reference = drone
    }
    if isRelative || value == 0 {
      take(absolute, drone, .xmpDrone)
      other = differs ? value : nil
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
