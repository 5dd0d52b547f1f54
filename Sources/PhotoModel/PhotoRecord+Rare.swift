/// Fields that most photos lack, or that lists do not show.
extension PhotoRecord {
  /// None of these fields has ever been set: nothing of them need be stored.
  package var hasNoRareValues: Bool { rare.box == nil }

  /// The position that was refused (out of range, 0/0 …) or that lost a conflict.
  public var otherPosition: Coordinate? {
    get { rare.box?.values.otherPosition }
    set { if rare.keeps(newValue) { rare.own().values.otherPosition = newValue } }
  }
  /// Its source.
  public var otherSource: PositionSource? {
    get { rare.box?.values.otherSource }
    set { if rare.keeps(newValue) { rare.own().values.otherSource = newValue } }
  }
  /// The datum that the position's source states, when it is not WGS 84; the flag `datum` stands by.
  public var mapDatum: String? {
    get { rare.box?.values.mapDatum }
    set { if rare.keeps(newValue) { rare.own().values.mapDatum = newValue } }
  }
  /// The height that was refused as absurd, or that lost against ``altitude``.
  public var otherAltitude: Double? {
    get { rare.box?.values.otherAltitude }
    set { if rare.keeps(newValue) { rare.own().values.otherAltitude = newValue } }
  }
  public var lens: String? {
    get { rare.box?.values.lens }
    set { if rare.keeps(newValue) { rare.own().values.lens = newValue } }
  }
  /// Seconds, above 0.
  public var exposureTime: Double? {
    get { rare.box?.values.exposureTime }
    set { if rare.keeps(newValue) { rare.own().values.exposureTime = newValue } }
  }
  /// Focal length divided by the opening, above 0.
  public var fNumber: Double? {
    get { rare.box?.values.fNumber }
    set { if rare.keeps(newValue) { rare.own().values.fNumber = newValue } }
  }
  /// ISO sensitivity, above 0.
  public var iso: Int? {
    get { rare.box?.values.iso }
    set { if rare.keeps(newValue) { rare.own().values.iso = newValue } }
  }
  /// Millimetres, above 0.
  public var focalLength: Double? {
    get { rare.box?.values.focalLength }
    set { if rare.keeps(newValue) { rare.own().values.focalLength = newValue } }
  }
  /// Millimetres, 35 mm equivalent.
  public var focalLength35: Double? {
    get { rare.box?.values.focalLength35 }
    set { if rare.keeps(newValue) { rare.own().values.focalLength35 = newValue } }
  }
  /// Above 0; 1 is none.
  public var digitalZoom: Double? {
    get { rare.box?.values.digitalZoom }
    set { if rare.keeps(newValue) { rare.own().values.digitalZoom = newValue } }
  }
  /// Pixels per millimetre of the sensor, across (FocalPlaneXResolution in its unit).
  public var focalPlaneResolution: Double? {
    get { rare.box?.values.focalPlaneResolution }
    set { if rare.keeps(newValue) { rare.own().values.focalPlaneResolution = newValue } }
  }
  /// Metres to what the camera looked at, above 0: Exif's, else a laser range finder's.
  public var subjectDistance: Double? {
    get { rare.box?.values.subjectDistance }
    set { if rare.keeps(newValue) { rare.own().values.subjectDistance = newValue } }
  }
  /// What the maker states of the lens, in pixels of the full-size picture: the design's focal length,
  /// the place of the optical axis from the left and from the top, the focal length of the calibration
  /// (fx of `DewarpData`).
  public var calibratedFocalLength: Double? {
    get { rare.box?.values.calibratedFocalLength }
    set { if rare.keeps(newValue) { rare.own().values.calibratedFocalLength = newValue } }
  }
  public var opticalCenterX: Double? {
    get { rare.box?.values.opticalCenterX }
    set { if rare.keeps(newValue) { rare.own().values.opticalCenterX = newValue } }
  }
  public var opticalCenterY: Double? {
    get { rare.box?.values.opticalCenterY }
    set { if rare.keeps(newValue) { rare.own().values.opticalCenterY = newValue } }
  }
  public var dewarpFocalLength: Double? {
    get { rare.box?.values.dewarpFocalLength }
    set { if rare.keeps(newValue) { rare.own().values.dewarpFocalLength = newValue } }
  }
  /// Metres per second: north, east, down.
  public var flightSpeedX: Double? {
    get { rare.box?.values.flightSpeedX }
    set { if rare.keeps(newValue) { rare.own().values.flightSpeedX = newValue } }
  }
  public var flightSpeedY: Double? {
    get { rare.box?.values.flightSpeedY }
    set { if rare.keeps(newValue) { rare.own().values.flightSpeedY = newValue } }
  }
  public var flightSpeedZ: Double? {
    get { rare.box?.values.flightSpeedZ }
    set { if rare.keeps(newValue) { rare.own().values.flightSpeedZ = newValue } }
  }
  /// Equal in all pictures of one release of the shutter (wide, zoom, thermal).
  public var captureID: String? {
    get { rare.box?.values.captureID }
    set { if rare.keeps(newValue) { rare.own().values.captureID = newValue } }
  }
  /// Where the file keeps a small JPEG of the picture (about 160 pixels), and a larger one.
  public var thumbnail: EmbeddedPicture? {
    get { rare.box?.values.thumbnail }
    set { if rare.keeps(newValue) { rare.own().values.thumbnail = newValue } }
  }
  public var preview: EmbeddedPicture? {
    get { rare.box?.values.preview }
    set { if rare.keeps(newValue) { rare.own().values.preview = newValue } }
  }
  /// How the camera's angles were written. Those above count pitch from the horizon in any case, which is
  /// exact for ``AttitudeConvention/body`` only without a roll: whoever computes takes the raw angles then.
  public var attitudeConvention: AttitudeConvention {
    get { rare.box?.values.attitudeConvention ?? .ned }
    set {
      if rare.keeps(newValue == .ned ? nil : newValue) {
        rare.own().values.attitudeConvention = newValue
      }
    }
  }
  /// The angles as written, degrees, where they do not follow ``AttitudeConvention/ned``; nil otherwise.
  public var rawYaw: Double? {
    get { rare.box?.values.rawYaw }
    set { if rare.keeps(newValue) { rare.own().values.rawYaw = newValue } }
  }
  public var rawPitch: Double? {
    get { rare.box?.values.rawPitch }
    set { if rare.keeps(newValue) { rare.own().values.rawPitch = newValue } }
  }
  public var rawRoll: Double? {
    get { rare.box?.values.rawRoll }
    set { if rare.keeps(newValue) { rare.own().values.rawRoll = newValue } }
  }
  public var target: LaserTarget? {
    get { rare.box?.values.target }
    set { if rare.keeps(newValue) { rare.own().values.target = newValue } }
  }
}

/// The values of these fields behind one reference, copied on write: a record is copied several times on its way into
/// the index.
struct RareValues: Sendable {
  struct Values: Equatable, Sendable {
    var otherPosition: Coordinate?
    var otherSource: PositionSource?
    var mapDatum: String?
    var otherAltitude: Double?
    var lens: String?
    var exposureTime: Double?
    var fNumber: Double?
    var iso: Int?
    var focalLength: Double?
    var focalLength35: Double?
    var digitalZoom: Double?
    var focalPlaneResolution: Double?
    var subjectDistance: Double?
    var calibratedFocalLength: Double?
    var opticalCenterX: Double?
    var opticalCenterY: Double?
    var dewarpFocalLength: Double?
    var flightSpeedX: Double?
    var flightSpeedY: Double?
    var flightSpeedZ: Double?
    var captureID: String?
    var thumbnail: EmbeddedPicture?
    var preview: EmbeddedPicture?
    var attitudeConvention = AttitudeConvention.ned
    var rawYaw: Double?
    var rawPitch: Double?
    var rawRoll: Double?
    var target: LaserTarget?
  }

  /// `@unchecked Sendable`: only ``own()`` leads to changes, and it gives out boxes that nobody else holds.
  final class Box: @unchecked Sendable {
    var values: Values
    init(_ values: Values) { self.values = values }
  }

  /// Nil until a value is set.
  private(set) var box: Box?

  /// False for a nil where there is nothing to replace.
  func keeps<Value>(_ value: Value?) -> Bool { box != nil || value != nil }

  /// For writing: no other record sees the change.
  mutating func own() -> Box {
    if isKnownUniquelyReferenced(&box), let box { return box }
    let own = Box(box?.values ?? Values())
    box = own
    return own
  }
}

extension RareValues: Equatable {
  static func == (a: RareValues, b: RareValues) -> Bool {
    a.box === b.box || (a.box?.values ?? Values()) == (b.box?.values ?? Values())
  }
}

extension RareValues: CustomReflectable {
  var customMirror: Mirror { Mirror(reflecting: box?.values ?? Values()) }
}
