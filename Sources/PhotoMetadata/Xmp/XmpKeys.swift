/// The XMP properties that are read. Vendors' names for one meaning share a key.
enum XmpKey: Int, CaseIterable, Sendable {
  // Position of the drone, decimal degrees; the GPS-prefixed names come before the plain ones.
  case gpsLatitude, gpsLongitude, latitude, longitude
  case absoluteAltitude, relativeAltitude, aboveGroundAltitude, altitudeType, gpsStatus
  case rtkFlag, rtkStdLon, rtkStdLat, rtkStdHeight, xyAccuracy, zAccuracy
  /// Camera attitude with pitch 0 = horizon.
  case gimbalYaw, gimbalPitch, gimbalRoll
  /// Camera attitude with pitch 0 = nadir (`Camera:`).
  case nadirYaw, nadirPitch, nadirRoll
  case flightYaw, flightPitch, flightRoll
  case imageSource, utcAtExposure, cameraSerial, droneSerial
  /// The lens in pixels of the full-size picture, and the number of the release.
  case calibratedFocalLength, opticalCenterX, opticalCenterY, dewarpData, captureID
  case flightSpeedX, flightSpeedY, flightSpeedZ
  /// Where the laser range finder points.
  case targetLatitude, targetLongitude, targetAltitude, targetDistance, targetStatus
  // XMP's own Exif properties.
  case exifLatitude, exifLatitudeRef, exifLongitude, exifLongitudeRef
  case exifAltitude, exifAltitudeRef, exifGPSTime, exifGPSDate
  case exifDirection, exifDirectionRef, exifDatum
  case exifDateTimeOriginal, exifDateTimeDigitized
  case createDate, dateCreated, tiffMake, tiffModel
  /// Whose data it is, by `rdf:about`: `DJI Meta Data`.
  case about
  /// What programs leave in a packet, and cameras do not.
  case editorMark
  case hasExtendedXMP

  /// Skydio's camera attitude: its children are called Yaw, Pitch and Roll.
  static let nedParent = XmpName("drone-skydio:CameraOrientationNED")
  static let rdfRoot = XmpName("rdf:RDF")
  static let rdfValue = XmpName("rdf:value")
  static let rdfItem = XmpName("rdf:li")
  /// Structures of places that are not the camera's.
  static let otherPlaces = [
    XmpName("Iptc4xmpExt:LocationCreated"), XmpName("Iptc4xmpExt:LocationShown"),
  ]
  private static let nedChildren: [(XmpName, XmpKey)] = [
    (XmpName("drone-skydio:Yaw"), .gimbalYaw), (XmpName("drone-skydio:Pitch"), .gimbalPitch),
    (XmpName("drone-skydio:Roll"), .gimbalRoll),
  ]

  fileprivate static let slotCount = 512

  /// The ``XmpVocabulary`` by hash, open addressing; a quarter of the slots is taken.
  private static let slots: [(name: XmpName, key: XmpKey)?] = {
    var slots = [(name: XmpName, key: XmpKey)?](repeating: nil, count: slotCount)
    for (text, key) in XmpVocabulary.names {
      let name = XmpName(text.utf8)
      var i = name.slot
      while slots[i] != nil { i = (i + 1) & (slotCount - 1) }
      slots[i] = (name, key)
    }
    return slots
  }()

  /// - Parameter insideNED: whether the name stands inside of ``nedParent``.
  static func key(_ name: XmpName, insideNED: Bool) -> XmpKey? {
    if insideNED, let child = nedChildren.first(where: { $0.0 == name }) { return child.1 }
    var i = name.slot
    while let entry = slots[i] {
      if entry.name == name { return entry.key }
      i = (i + 1) & (slotCount - 1)
    }
    return nil
  }
}

/// A name by its 64-bit FNV-1a hash: compared millions of times, never shown.
struct XmpName: Hashable, Sendable {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  init() {}

  init(_ text: StaticString) {
    for byte in "\(text)".utf8 { add(byte) }
  }

  init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(byte) }
  }

  /// Its place among the slots.
  fileprivate var slot: Int {
    Int(truncatingIfNeeded: (hash >> 48 ^ hash) & UInt64(XmpKey.slotCount - 1))
  }

  @inline(__always)
  mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}

/// The values of the wanted keys, as written; the first non-empty value of a key counts.
struct XmpValues: Sendable {
  /// Empty until there is a value: most photos that are looked at have none.
  private var texts = [String?]()

  var isEmpty: Bool { texts.isEmpty }

  subscript(key: XmpKey) -> String? { texts.isEmpty ? nil : texts[key.rawValue] }

  /// Properties of a drone are among them: they come before XMP's own.
  var isOfDrone: Bool {
    !isEmpty && texts[..<XmpKey.exifLatitude.rawValue].contains { $0 != nil }
  }

  /// A relative altitude and an attitude.
  var hasFlight: Bool {
    (self[.relativeAltitude] ?? self[.aboveGroundAltitude]) != nil
      && (self[.gimbalPitch] ?? self[.nadirPitch]) != nil
  }

  mutating func set(_ key: XmpKey, _ bytes: some Collection<UInt8>) {
    guard self[key] == nil, let text = cleanText(bytes) else { return }
    if texts.isEmpty { texts = [String?](repeating: nil, count: XmpKey.allCases.count) }
    texts[key.rawValue] = text
  }

  /// Takes over what is not known yet.
  mutating func merge(_ other: XmpValues) {
    if texts.isEmpty || other.texts.isEmpty {
      if texts.isEmpty { texts = other.texts }
      return
    }
    for i in texts.indices where texts[i] == nil { texts[i] = other.texts[i] }
  }
}
