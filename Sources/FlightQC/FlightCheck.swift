public import PhotoModel

/// What flights are compared with.
public struct FlightCheck: Sendable {
  public var rules = FlightRules()
  /// The area that a flight shall cover and not leave.
  public var area: Polygons?
  /// Metres, in the reference of the photos' altitude: one height for all.
  public var groundHeight: Double?
  /// Metres above the geoid, by place.
  public var terrain: (@Sendable (Coordinate) -> Double?)?
  /// Metres from the ellipsoid up to the geoid, for altitudes above the ellipsoid and ``terrain`` above the geoid; nil: such
  /// photos have no height.
  public var geoidHeight: Double?
  /// Milliseconds since 1970-01-01 UTC; nil leaves out checks against it.
  public var now: Int64?

  public init() {}

  /// Where heights above the ground come from.
  public enum HeightSource: String, Sendable {
    case terrain
    case ground
    /// Above take-off: true only where the ground is as high as the take-off point.
    case relative
  }

  public var heightSource: HeightSource {
    terrain != nil ? .terrain : groundHeight != nil ? .ground : .relative
  }

  /// Metres above the ground.
  func height(_ photo: FlightPhoto) -> Double? {
    switch heightSource {
    case .relative: return photo.relativeAltitude
    case .ground:
      guard let ground = groundHeight, let altitude = photo.altitude else { return nil }
      return altitude - ground
    case .terrain:
      guard let position = photo.position, let altitude = photo.altitude,
        let ground = terrain?(position)
      else { return nil }
      guard photo.altitudeReference == .ellipsoid else { return altitude - ground }
      return geoidHeight.map { altitude - $0 - ground }
    }
  }
}
