/// Which property of which maker means what: the one table. A new maker is a new row.
///
/// Names are matched as written, prefix and local name: namespaces are bound too variously to be of use
/// (`Camera:` alone has three).
enum XmpVocabulary {
  struct Vendor: Sendable {
    var name: String
    /// The written prefix.
    var prefix: String
    var keys: [(name: String, key: XmpKey)]
  }

  /// Signed decimal degrees; metres; camera pitch 0 = horizon.
  private static let djiKeys: [(name: String, key: XmpKey)] = [
    ("GpsLatitude", .gpsLatitude), ("GpsLongitude", .gpsLongitude),
    ("GpsLongtitude", .gpsLongitude),  // as spelt by older firmware, and by Autel
    ("Latitude", .latitude), ("Longitude", .longitude),
    ("AbsoluteAltitude", .absoluteAltitude), ("RelativeAltitude", .relativeAltitude),
    ("AltitudeType", .altitudeType), ("GpsStatus", .gpsStatus),
    ("RtkFlag", .rtkFlag), ("RtkStdLon", .rtkStdLon), ("RtkStdLat", .rtkStdLat),
    ("RtkStdHgt", .rtkStdHeight),
    ("GimbalYawDegree", .gimbalYaw), ("GimbalPitchDegree", .gimbalPitch),
    ("GimbalRollDegree", .gimbalRoll),
    ("FlightYawDegree", .flightYaw), ("FlightPitchDegree", .flightPitch),
    ("FlightRollDegree", .flightRoll),
    ("ImageSource", .imageSource), ("UTCAtExposure", .utcAtExposure),
    ("CameraSerialNumber", .cameraSerial), ("DroneSerialNumber", .droneSerial),
    ("LRFTargetLat", .targetLatitude), ("LRFTargetLon", .targetLongitude),
    ("LRFTargetAbsAlt", .targetAltitude), ("LRFTargetDistance", .targetDistance),
    ("LRFStatus", .targetStatus),
  ]

  static let vendors: [Vendor] = [
    Vendor(name: "DJI", prefix: "drone-dji", keys: djiKeys),
    Vendor(name: "Autel, newer firmware", prefix: "drone", keys: djiKeys),
    Vendor(
      name: "Skydio", prefix: "drone-skydio",
      keys: [
        // Its Yaw, Pitch and Roll count inside of CameraOrientationNED only: XmpKey.nedParent.
        ("Latitude", .latitude), ("Longitude", .longitude),
        ("AbsoluteAltitude", .absoluteAltitude), ("RelativeAltitude", .relativeAltitude),
      ]),
    Vendor(
      name: "Parrot Anafi", prefix: "drone-parrot",
      keys: [
        ("CameraYawDegree", .gimbalYaw), ("CameraPitchDegree", .gimbalPitch),
        ("CameraRollDegree", .gimbalRoll), ("DroneYawDegree", .flightYaw),
        ("DronePitchDegree", .flightPitch), ("DroneRollDegree", .flightRoll),
        ("SerialNumber", .droneSerial),
      ]),
    Vendor(
      name: "Autel, older firmware; Parrot Bebop and Sequoia; senseFly", prefix: "Camera",
      keys: [
        // Camera pitch 0 = straight down.
        ("Yaw", .nadirYaw), ("Pitch", .nadirPitch), ("Roll", .nadirRoll),
        ("AboveGroundAltitude", .aboveGroundAltitude), ("GPSXYAccuracy", .xyAccuracy),
        ("GPSZAccuracy", .zAccuracy),
      ]),
    Vendor(
      name: "XMP's own", prefix: "exif",
      keys: [
        ("GPSLatitude", .exifLatitude), ("GPSLatitudeRef", .exifLatitudeRef),
        ("GPSLongitude", .exifLongitude), ("GPSLongitudeRef", .exifLongitudeRef),
        ("GPSAltitude", .exifAltitude), ("GPSAltitudeRef", .exifAltitudeRef),
        ("DateTimeOriginal", .exifDateTimeOriginal),
      ]),
    Vendor(name: "XMP's own", prefix: "xmp", keys: [("CreateDate", .createDate)]),
    Vendor(
      name: "XMP's own", prefix: "xmpNote", keys: [("HasExtendedXMP", .hasExtendedXMP)]),
  ]

  /// `prefix:name` of every row.
  static var names: [(name: String, key: XmpKey)] {
    vendors.flatMap { vendor in vendor.keys.map { ("\(vendor.prefix):\($0.name)", $0.key) } }
  }
}
