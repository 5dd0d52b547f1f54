internal import PhotoModel

/// Joins all decisions to one record. A defect in one field never touches another.
enum RecordBuilder {
  /// How far the header could be followed.
  enum Ending: Sendable {
    /// To the image data, or as far as is worth while.
    case complete
    /// The file ends inside the header, or the header contradicts itself.
    case broken
    /// To the end, and there is metadata packed or placed in a way that is not read.
    case unreadable
  }

  static func record(_ values: MetadataValues) -> PhotoRecord {
    let (exif, xmp, place) = (values.exif, values.xmp, values.place)
    var record = PhotoRecord(outcome: outcome(values))
    record.kind = values.kind
    record.source = place.source
    record.otherPosition = place.other
    record.otherSource = place.otherSource
    record.mapDatum = place.datum
    record.flags = place.flags

    let height = AltitudeDecision(exif: exif, xmp: xmp, fields: values.fields)
    record.altitude = height.altitude
    record.altitudeReference = height.reference
    record.relativeAltitude = height.relative
    record.otherAltitude = height.other
    record.sources[.altitude] = height.source
    record.flags.formUnion(height.flags)

    let time = TimeDecision(exif: exif, xmp: xmp, fields: values.fields, place: place.source)
    record.takenAt = time.takenAt
    record.takenLocal = time.takenLocal
    record.satelliteAt = time.satelliteAt
    record.exposureAt = time.exposureAt
    record.utcOffsetMinutes = time.offsetMinutes
    record.sources[.takenAt] = time.source
    record.sources[.takenLocal] = time.localSource
    record.flags.formUnion(time.flags)

    if place.position != nil, exif?.isVoid == true || xmp[.gpsStatus] == "Invalid" {
      record.flags.insert(.void)
    }
    let lacksFlight = values.isOfDrone && !xmp.hasFlight
    if values.isXmpCut, place.position == nil || lacksFlight { record.flags.insert(.xmpCut) }
    addCamera(exif, xmp, to: &record)
    if record.cameraMake == nil, record.cameraModel == nil,
      xmp[.tiffMake] != nil || xmp[.tiffModel] != nil
    {
      record.cameraMake = xmp[.tiffMake]
      record.cameraModel = xmp[.tiffModel]
      record.sources[.camera] = .xmp
    }
    if let fields = values.fields, record.cameraMake == nil, record.cameraModel == nil {
      record.cameraMake = fields.make
      record.cameraModel = fields.model
      record.sources[.camera] = .container
    }
    addLens(exif?.camera ?? CameraValues(), xmp, to: &record)
    addPictures(values, to: &record)
    addDirections(exif, xmp, to: &record)
    addQuality(xmp, to: &record)
    return record
  }

  private static func outcome(_ values: MetadataValues) -> PhotoRecord.Outcome {
    if let position = values.place.position { return .located(position) }
    if let reason = values.place.reason { return .withoutPosition(reason) }
    if values.ending == .broken || values.exif?.isDamaged == true { return .failed(.damaged) }
    if values.ending == .unreadable { return .withoutPosition(.unsupported) }
    if values.kind == .video { return .withoutPosition(.noGPS) }
    return .withoutPosition(values.exif.map { $0.isBare ? .noExif : .noGPS } ?? .noExif)
  }

  private static func addCamera(
    _ exif: SharedExif?, _ xmp: XmpValues, to record: inout PhotoRecord
  ) {
    record.cameraMake = exif?.make
    record.cameraModel = exif?.model
    record.serialNumber = exif?.serialNumber ?? xmp[.cameraSerial] ?? xmp[.droneSerial]
    if exif?.serialNumber == nil { record.sources[.serial] = .xmpDrone }
    // 0 means unknown (Exif 3.0, FocalLengthIn35mmFilm).
    record.focalLength35 = exif?.focalLength35.flatMap { $0 > 0 ? $0 : nil }
    record.imageSource = xmp[.imageSource]
    record.gpsStatus = xmp[.gpsStatus]
    record.altitudeType = xmp[.altitudeType]
  }

  private static func addDirections(
    _ exif: SharedExif?, _ xmp: XmpValues, to record: inout PhotoRecord
  ) {
    if let direction = exif?.imageDirection, (0...360).contains(direction) {
      record.imageDirection = direction == 360 ? 0 : direction
      record.imageDirectionMagnetic = exif?.imageDirectionMagnetic ?? false
    }
    if record.imageDirection == nil, record.source == .xmpExif || record.source == .xmpDrone {
      addDirection(ofPacket: xmp, to: &record)
    }
    let attitude = AttitudeDecision(xmp, make: exif?.make ?? xmp[.tiffMake])
    record.gimbalYaw = attitude.yaw.map(normalized)
    record.gimbalPitch = attitude.pitch
    record.gimbalRoll = attitude.roll
    if let raw = attitude.raw {
      record.attitudeConvention = .body
      (record.rawYaw, record.rawPitch, record.rawRoll) = (raw.yaw, raw.pitch, raw.roll)
    }
    record.flightYaw = AttitudeDecision.angle(xmp, .flightYaw).map(normalized)
    record.flightPitch = AttitudeDecision.angle(xmp, .flightPitch)
    record.flightRoll = AttitudeDecision.angle(xmp, .flightRoll)
    record.flightSpeedX = speed(xmp, .flightSpeedX)
    record.flightSpeedY = speed(xmp, .flightSpeedY)
    record.flightSpeedZ = speed(xmp, .flightSpeedZ)
  }

  /// Metres per second; more than sound is a sentinel.
  private static func speed(_ xmp: XmpValues, _ key: XmpKey) -> Double? {
    xmp.number(key).flatMap { abs($0) <= 343 ? $0 : nil }
  }

  /// A packet's own direction counts where the position is the packet's.
  private static func addDirection(ofPacket xmp: XmpValues, to record: inout PhotoRecord) {
    guard let direction = xmp.number(.exifDirection), (0...360).contains(direction) else { return }
    record.imageDirection = direction == 360 ? 0 : direction
    record.imageDirectionMagnetic = xmp[.exifDirectionRef]?.first.map { "Mm".contains($0) } ?? false
    record.sources[.direction] = .xmpExif
  }

  /// 0..<360.
  private static func normalized(_ degrees: Double) -> Double {
    let turned = degrees < 0 ? degrees + 360 : degrees
    return turned >= 360 ? turned - 360 : turned
  }

  private static func addQuality(_ xmp: XmpValues, to record: inout PhotoRecord) {
    if let flag = xmp.number(.rtkFlag).flatMap({ Int(exactly: $0) }), (0...255).contains(flag) {
      record.rtkFlag = flag
      switch flag {
      case 0: record.fix = FixQuality.none
      case 16: record.fix = .single
      case 32...49: record.fix = .float
      case 50: record.fix = .fixed
      default: break
      }
    }
    record.rtkStdLon = metres(xmp, .rtkStdLon) ?? metres(xmp, .xyAccuracy)
    record.rtkStdLat = metres(xmp, .rtkStdLat) ?? metres(xmp, .xyAccuracy)
    record.rtkStdHeight = metres(xmp, .rtkStdHeight) ?? metres(xmp, .zAccuracy)
    record.target = target(xmp)
  }

  /// Without an echo the range finder says so (`LRFStatus`), or writes zeros.
  private static func target(_ xmp: XmpValues) -> LaserTarget? {
    guard xmp[.targetStatus].map({ $0 == "Normal" }) ?? true,
      case .degrees(let latitude, _) = xmp.decimalAxis(.targetLatitude, limit: 90),
      case .degrees(let longitude, _) = xmp.decimalAxis(.targetLongitude, limit: 180),
      latitude != 0 || longitude != 0
    else { return nil }
    return LaserTarget(
      coordinate: Coordinate(latitude: latitude, longitude: longitude),
      altitude: xmp.number(.targetAltitude).flatMap { (-500...12_000).contains($0) ? $0 : nil },
      distance: metres(xmp, .targetDistance))
  }

  /// An accuracy or a distance, up to 100 km: 0 is what is written when nothing is known, and negative
  /// values and sentinels are none.
  static func metres(_ xmp: XmpValues, _ key: XmpKey) -> Double? {
    xmp.number(key).flatMap { $0 > 0 && $0 <= 100_000 ? $0 : nil }
  }
}
