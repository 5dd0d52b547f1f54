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
  // XMP's own Exif properties.
  case exifLatitude, exifLatitudeRef, exifLongitude, exifLongitudeRef
  case exifAltitude, exifAltitudeRef, exifDateTimeOriginal
  case createDate
  case hasExtendedXMP

  /// Names as written in the file: prefix and local name; namespaces are bound too variously to
  /// be of use.
  static let names: [(StaticString, XmpKey)] = [
    ("drone-dji:GpsLatitude", .gpsLatitude), ("drone-dji:GpsLongitude", .gpsLongitude),
    ("drone-dji:GpsLongtitude", .gpsLongitude), ("drone-dji:Latitude", .latitude),
    ("drone-dji:Longitude", .longitude), ("drone-dji:AbsoluteAltitude", .absoluteAltitude),
    ("drone-dji:RelativeAltitude", .relativeAltitude), ("drone-dji:AltitudeType", .altitudeType),
    ("drone-dji:GpsStatus", .gpsStatus), ("drone-dji:RtkFlag", .rtkFlag),
    ("drone-dji:RtkStdLon", .rtkStdLon), ("drone-dji:RtkStdLat", .rtkStdLat),
    ("drone-dji:RtkStdHgt", .rtkStdHeight), ("drone-dji:GimbalYawDegree", .gimbalYaw),
    ("drone-dji:GimbalPitchDegree", .gimbalPitch), ("drone-dji:GimbalRollDegree", .gimbalRoll),
    ("drone-dji:FlightYawDegree", .flightYaw), ("drone-dji:FlightPitchDegree", .flightPitch),
    ("drone-dji:FlightRollDegree", .flightRoll), ("drone-dji:ImageSource", .imageSource),
    ("drone-dji:UTCAtExposure", .utcAtExposure),
    ("drone-dji:CameraSerialNumber", .cameraSerial),
    ("drone-dji:DroneSerialNumber", .droneSerial),
    // Autel, newer firmware
    ("drone:GpsLatitude", .gpsLatitude), ("drone:GpsLongitude", .gpsLongitude),
    ("drone:GpsLongtitude", .gpsLongitude), ("drone:AbsoluteAltitude", .absoluteAltitude),
    ("drone:RelativeAltitude", .relativeAltitude), ("drone:GimbalYawDegree", .gimbalYaw),
    ("drone:GimbalPitchDegree", .gimbalPitch), ("drone:GimbalRollDegree", .gimbalRoll),
    ("drone:FlightYawDegree", .flightYaw), ("drone:FlightPitchDegree", .flightPitch),
    ("drone:FlightRollDegree", .flightRoll),
    // Skydio; its Yaw, Pitch and Roll count only inside of CameraOrientationNED
    ("drone-skydio:Latitude", .latitude), ("drone-skydio:Longitude", .longitude),
    ("drone-skydio:AbsoluteAltitude", .absoluteAltitude),
    ("drone-skydio:RelativeAltitude", .relativeAltitude),
    // Parrot Anafi
    ("drone-parrot:CameraYawDegree", .gimbalYaw), ("drone-parrot:CameraPitchDegree", .gimbalPitch),
    ("drone-parrot:CameraRollDegree", .gimbalRoll), ("drone-parrot:DroneYawDegree", .flightYaw),
    ("drone-parrot:DronePitchDegree", .flightPitch), ("drone-parrot:DroneRollDegree", .flightRoll),
    ("drone-parrot:SerialNumber", .droneSerial),
    // Parrot Bebop and Sequoia, senseFly, older Autel
    ("Camera:Yaw", .nadirYaw), ("Camera:Pitch", .nadirPitch), ("Camera:Roll", .nadirRoll),
    ("Camera:AboveGroundAltitude", .aboveGroundAltitude), ("Camera:GPSXYAccuracy", .xyAccuracy),
    ("Camera:GPSZAccuracy", .zAccuracy),
    ("exif:GPSLatitude", .exifLatitude), ("exif:GPSLatitudeRef", .exifLatitudeRef),
    ("exif:GPSLongitude", .exifLongitude), ("exif:GPSLongitudeRef", .exifLongitudeRef),
    ("exif:GPSAltitude", .exifAltitude), ("exif:GPSAltitudeRef", .exifAltitudeRef),
    ("exif:DateTimeOriginal", .exifDateTimeOriginal), ("xmp:CreateDate", .createDate),
    ("xmpNote:HasExtendedXMP", .hasExtendedXMP),
  ]

  /// Skydio's camera attitude: its children are called Yaw, Pitch and Roll.
  static let nedParent = XmpName("drone-skydio:CameraOrientationNED")
  static let rdfRoot = XmpName("rdf:RDF")
  /// Structures of places that are not the camera's.
  static let otherPlaces = [
    XmpName("Iptc4xmpExt:LocationCreated"), XmpName("Iptc4xmpExt:LocationShown"),
  ]
  private static let nedChildren: [(XmpName, XmpKey)] = [
    (XmpName("drone-skydio:Yaw"), .gimbalYaw), (XmpName("drone-skydio:Pitch"), .gimbalPitch),
    (XmpName("drone-skydio:Roll"), .gimbalRoll),
  ]

  /// ``names`` by hash, open addressing; a quarter of the slots is taken.
  private static let slots: [(name: XmpName, key: XmpKey)?] = {
    var slots = [(name: XmpName, key: XmpKey)?](repeating: nil, count: 256)
    for (text, key) in names {
      let name = XmpName(text)
      var i = name.slot
      while slots[i] != nil { i = (i + 1) & 255 }
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
      i = (i + 1) & 255
    }
    return nil
  }
}

/// A written XML name by its 64-bit FNV-1a hash: compared millions of times, never shown.
struct XmpName: Equatable, Sendable {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  init() {}

  init(_ text: StaticString) {
    for byte in "\(text)".utf8 { add(byte) }
  }

  init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(byte) }
  }

  /// Its place among 256.
  var slot: Int { Int(hash >> 56 ^ hash & 255) }

  @inline(__always)
  mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}

/// The values of the wanted keys, as written; the first non-empty value of a key counts.
struct XmpValues: Sendable {
  /// Empty until there is a value: most photos that are looked at have none.
  private var texts = [String?]()

  var isEmpty: Bool { texts.isEmpty }

  subscript(key: XmpKey) -> String? { texts.isEmpty ? nil : texts[key.rawValue] }

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
