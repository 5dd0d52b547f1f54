/// Which property of which maker means what: the one table. A new maker is a new row.
///
/// A property is known by its namespace URI and its local name (Namespaces in XML 1.0 §3; XMP part 1
/// §6.2). The prefix is arbitrary; it only decides where the URI does not: see ``XmpSpaces``.
enum XmpVocabulary {
  struct Vendor: Sendable {
    var name: String
    /// The usual prefix.
    var prefix: String
    /// Namespace URIs, without the slash or number sign at the end.
    var uris: [String]
    /// Makers bind their prefixes to varying URIs; the standard's are fixed.
    var isMaker = false
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
    ("CalibratedFocalLength", .calibratedFocalLength),
    ("CalibratedOpticalCenterX", .opticalCenterX), ("CalibratedOpticalCenterY", .opticalCenterY),
    ("DewarpData", .dewarpData), ("CaptureUUID", .captureID),
    ("FlightXSpeed", .flightSpeedX), ("FlightYSpeed", .flightSpeedY),
    ("FlightZSpeed", .flightSpeedZ),
  ]

  private static let xmpKeys: [(name: String, key: XmpKey)] = [
    ("CreateDate", .createDate), ("CreatorTool", .editorMark), ("MetadataDate", .editorMark),
  ]

  static let vendors: [Vendor] = [
    Vendor(
      name: "DJI", prefix: "drone-dji", uris: ["http://www.dji.com/drone-dji/1.0"],
      isMaker: true, keys: djiKeys),
    Vendor(
      name: "DJI, Zenmuse XT S", prefix: "DJI", uris: ["http://www.dji.com"], isMaker: true,
      keys: djiKeys),
    Vendor(
      name: "Autel, newer firmware", prefix: "drone",
      uris: ["http://www.autelrobotics.com/drone/1.0"], isMaker: true, keys: djiKeys),
    Vendor(
      name: "Skydio", prefix: "drone-skydio", uris: ["http://www.skydio.com/drone-skydio/1.0"],
      isMaker: true,
      keys: [
        // Its Yaw, Pitch and Roll count inside of CameraOrientationNED only: XmpKey.nedParent.
        ("Latitude", .latitude), ("Longitude", .longitude),
        ("AbsoluteAltitude", .absoluteAltitude), ("RelativeAltitude", .relativeAltitude),
        ("CalibratedFocalLengthX", .calibratedFocalLength),
      ]),
    Vendor(
      name: "Parrot Anafi", prefix: "drone-parrot",
      uris: ["http://www.parrot.com/drone-parrot/1.0"], isMaker: true,
      keys: [
        ("CameraYawDegree", .gimbalYaw), ("CameraPitchDegree", .gimbalPitch),
        ("CameraRollDegree", .gimbalRoll), ("DroneYawDegree", .flightYaw),
        ("DronePitchDegree", .flightPitch), ("DroneRollDegree", .flightRoll),
        ("SerialNumber", .droneSerial),
      ]),
    Vendor(
      name: "Autel, older firmware; Parrot Bebop and Sequoia; senseFly", prefix: "Camera",
      uris: ["http://pix4d.com/camera/1.0", "http://www.pix4d.com/camera/1.0"], isMaker: true,
      keys: [
        // Pitch 0 = straight down, but see AttitudeDecision.
        ("Yaw", .nadirYaw), ("Pitch", .nadirPitch), ("Roll", .nadirRoll),
        ("AboveGroundAltitude", .aboveGroundAltitude), ("GPSXYAccuracy", .xyAccuracy),
        ("GPSZAccuracy", .zAccuracy),
      ]),
    Vendor(
      name: "XMP's own", prefix: "exif", uris: ["http://ns.adobe.com/exif/1.0"],
      keys: [
        ("GPSLatitude", .exifLatitude), ("GPSLatitudeRef", .exifLatitudeRef),
        ("GPSLongitude", .exifLongitude), ("GPSLongitudeRef", .exifLongitudeRef),
        ("GPSAltitude", .exifAltitude), ("GPSAltitudeRef", .exifAltitudeRef),
        ("GPSTimeStamp", .exifGPSTime), ("GPSDateStamp", .exifGPSDate),
        ("GPSImgDirection", .exifDirection), ("GPSImgDirectionRef", .exifDirectionRef),
        ("GPSMapDatum", .exifDatum), ("DateTimeOriginal", .exifDateTimeOriginal),
        ("DateTimeDigitized", .exifDateTimeDigitized),
      ]),
    Vendor(name: "XMP's own", prefix: "xmp", uris: ["http://ns.adobe.com/xap/1.0"], keys: xmpKeys),
    // The older usual prefix of the same namespace.
    Vendor(name: "XMP's own", prefix: "xap", uris: [], keys: xmpKeys),
    Vendor(
      name: "XMP's own", prefix: "photoshop", uris: ["http://ns.adobe.com/photoshop/1.0"],
      keys: [("DateCreated", .dateCreated)]),
    Vendor(
      name: "XMP's own", prefix: "tiff", uris: ["http://ns.adobe.com/tiff/1.0"],
      keys: [("Make", .tiffMake), ("Model", .tiffModel)]),
    Vendor(
      name: "XMP's own", prefix: "xmpMM", uris: ["http://ns.adobe.com/xap/1.0/mm"],
      keys: [("InstanceID", .editorMark), ("DocumentID", .editorMark), ("History", .editorMark)]),
    Vendor(
      name: "XMP's own", prefix: "xmpNote", uris: ["http://ns.adobe.com/xmp/note"],
      keys: [("HasExtendedXMP", .hasExtendedXMP)]),
    Vendor(name: "XMP's own", prefix: "x", uris: ["adobe:ns:meta"], keys: [("xmptk", .editorMark)]),
    Vendor(
      name: "RDF", prefix: "rdf", uris: ["http://www.w3.org/1999/02/22-rdf-syntax-ns"],
      keys: [("about", .about)]),
  ]

  /// Namespaces of structures that are stepped over.
  static let structures: [Vendor] = [
    Vendor(
      name: "IPTC", prefix: "Iptc4xmpExt", uris: ["http://iptc.org/std/Iptc4xmpExt/2008-02-29"],
      keys: [])
  ]

  /// `prefix:name` of every row.
  static var names: [(name: String, key: XmpKey)] {
    vendors.flatMap { vendor in vendor.keys.map { ("\(vendor.prefix):\($0.name)", $0.key) } }
  }
}
