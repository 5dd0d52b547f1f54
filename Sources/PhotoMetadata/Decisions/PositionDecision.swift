internal import PhotoModel

/// Chooses the position among what Exif, the drone's XMP and XMP's Exif properties say.
struct PositionDecision: Sendable {
  /// Metres: below the first the sources agree, beyond the second the drone's is not believed.
  static let agreement = 5.0
  static let plausible = 200.0

  private(set) var position: Coordinate?
  private(set) var source: PositionSource?
  /// The candidate that lost, or the value that was refused.
  private(set) var other: Coordinate?
  private(set) var otherSource: PositionSource?
  private(set) var flags: PhotoFlags = []
  /// Set when there is no position; nil means that nothing was stated at all.
  private(set) var reason: NoPosition?

  /// One source's claim.
  private struct Candidate {
    var valid: Coordinate?
    /// Two numbers, good or not.
    var stated: Coordinate?
    var reason: NoPosition?
    var degraded = false

    init(_ latitude: Axis, _ longitude: Axis) {
      if let lat = latitude.number, let lon = longitude.number {
        stated = Coordinate(latitude: lat, longitude: lon)
      }
      switch (latitude, longitude) {
      case (.degrees(let lat, let d1), .degrees(let lon, let d2)):
        let c = Coordinate(latitude: lat, longitude: lon)
        degraded = d1 || d2
        if lat == 0 && lon == 0 { reason = .zero } else if c.isValid { valid = c }
      case (.undefined, _), (_, .undefined): reason = .undefined
      case (.badType, _), (_, .badType): reason = .badType
      case (.absent, _), (_, .absent): break
      case (.outOfRange, _), (_, .outOfRange): reason = .outOfRange
      }
    }
  }

  /// The datum that the position's source states, when it is not WGS 84.
  private(set) var datum: String?

  /// - Parameter fields: a video's own place, which counts when there is no other.
  init(exif: SharedExif?, xmp: XmpValues, fields: ContainerFields?) {
    let drone = Self.drone(xmp)
    var latitude = xmp.exifAxis(.exifLatitude, .exifLatitudeRef, limit: 90)
    var longitude = xmp.exifAxis(.exifLongitude, .exifLongitudeRef, limit: 180)
    // Who writes one minus sign writes all of them.
    if latitude.isNegative || longitude.isNegative {
      latitude.isSigned = true
      longitude.isSigned = true
    }
    var own = Candidate(.absent, .absent)
    if let exif {
      own = Candidate(
        signed(exif.latitude, exif.latitudeRef, like: drone.valid?.latitude, latitude),
        signed(exif.longitude, exif.longitudeRef, like: drone.valid?.longitude, longitude))
      if exif.latitudeRef != nil { latitude.takeSign(of: own.valid?.latitude) }
      if exif.longitudeRef != nil { longitude.takeSign(of: own.valid?.longitude) }
    }
    latitude.takeSign(of: drone.valid?.latitude)
    longitude.takeSign(of: drone.valid?.longitude)
    choose(own, drone, Candidate(latitude.axis, longitude.axis))
    if source == .xmpExif, !(latitude.isSigned && longitude.isSigned) { flags.insert(.refMissing) }
    if let fields {
      let place = Candidate(fields.latitude, fields.longitude)
      if position == nil { choose(place) } else { compare(place, .container) }
    }
    switch source {
    case .exif: datum = Datum.other(than84: exif?.datum)
    // Numbers that agree with Exif's are in its datum: other datums are further away.
    case .xmpDrone:
      if let position, let place = own.valid, position.distance(to: place) <= Self.agreement {
        datum = Datum.other(than84: exif?.datum)
      }
    case .xmpExif: datum = Datum.other(than84: xmp[.exifDatum])
    default: break
    }
    if datum != nil { flags.insert(.datum) }
    if position == nil { flags = [] }
  }

  private static func drone(_ xmp: XmpValues) -> Candidate {
    let first = Candidate(
      xmp.decimalAxis(.gpsLatitude, limit: 90), xmp.decimalAxis(.gpsLongitude, limit: 180))
    if first.valid != nil { return first }
    let second = Candidate(
      xmp.decimalAxis(.latitude, limit: 90), xmp.decimalAxis(.longitude, limit: 180))
    return second.valid != nil || first.reason == nil ? second : first
  }

  /// Gives a coordinate the sign of its reference; without one the sign that the drone or XMP states
  /// for a value of the same size, else north or east.
  private mutating func signed(
    _ axis: Axis, _ ref: Hemisphere?, like drone: Double?, _ copy: XmpValues.ExifAxis
  ) -> Axis {
    guard let number = axis.number else { return axis }
    switch ref {
    case .negative: return axis.mapped { -abs($0) }
    case .positive: return axis
    case nil:
      flags.insert(.refMissing)
      let stated = [drone, copy.isSigned ? copy.axis.number : nil]
      let like = stated.first { $0.map { Axis.areAlike($0, number) } ?? false } ?? nil
      return like.map { $0 < 0 } == true ? axis.mapped { -abs($0) } : axis
    }
  }

  private mutating func choose(_ own: Candidate, _ drone: Candidate, _ xmpExif: Candidate) {
    guard let exif = own.valid else {
      set(other: own.stated, of: .exif)
      if let place = drone.valid {
        take(place, .xmpDrone)
        compare(xmpExif, .xmpExif)
      } else if let place = xmpExif.valid {
        take(place, .xmpExif)
      } else {
        reason = own.reason ?? drone.reason ?? xmpExif.reason
        if other == nil { set(other: drone.stated, of: .xmpDrone) }
        if other == nil { set(other: xmpExif.stated, of: .xmpExif) }
      }
      // The reference concerned a value that was not taken.
      flags.remove(.refMissing)
      return
    }
    take(exif, .exif)
    if let place = drone.valid {
      let metres = exif.distance(to: place)
      if metres <= Self.plausible { take(place, .xmpDrone) }
      if metres > Self.agreement {
        flags.insert(.conflict)
        let isDroneTaken = metres <= Self.plausible
        set(other: isDroneTaken ? exif : place, of: isDroneTaken ? .exif : .xmpDrone)
      }
    }
    compare(xmpExif, .xmpExif)
    if own.degraded && source == .exif { flags.insert(.degraded) }
  }

  /// A source that lost from the start: does it agree with the position?
  private mutating func compare(_ loser: Candidate, _ from: PositionSource) {
    guard let position, let place = loser.valid, position.distance(to: place) > Self.agreement
    else { return }
    // It says more than a refused value, which stands there without a conflict.
    if !flags.contains(.conflict) { set(other: place, of: from) }
    flags.insert(.conflict)
  }

  /// The container's place, when no other source has one.
  private mutating func choose(_ container: Candidate) {
    if let place = container.valid {
      take(place, .container)
      reason = nil
    } else if reason == nil {
      reason = container.reason
      set(other: container.stated, of: .container)
    }
  }

  private mutating func take(_ place: Coordinate, _ from: PositionSource) {
    position = place
    source = from
  }

  private mutating func set(other place: Coordinate?, of from: PositionSource) {
    other = place
    otherSource = place == nil ? nil : from
  }
}
