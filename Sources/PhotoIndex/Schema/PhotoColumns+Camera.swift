import PhotoModel
import SQLite

/// What the camera was set to, how it is built, and where the file keeps smaller pictures.
extension PhotoColumns {
  static let ofExposure: [PhotoColumn] = [
    .init(
      "exposure_s", "DOUBLE",
      .real(get: { $0.record.exposureTime }, set: { $0.exposureTime = $1 })),
    .init("f_number", "DOUBLE", .real(get: { $0.record.fNumber }, set: { $0.fNumber = $1 })),
    .init(
      "iso", "INTEGER",
      .integer(
        get: { $0.record.iso.map(Int64.init) },
        set: { $0.iso = $1.map { Int(clamping: $0) } })),
    .init(
      "focal_mm", "DOUBLE", .real(get: { $0.record.focalLength }, set: { $0.focalLength = $1 })),
    .init(
      "focal_35", "DOUBLE",
      .real(get: { $0.record.focalLength35 }, set: { $0.focalLength35 = $1 })),
  ]

  static let ofPictures: [PhotoColumn] = [
    .init(
      "thumbnail_offset", "INTEGER",
      .integer(
        get: { $0.record.thumbnail?.offset },
        set: { $0.thumbnail = $1.map { EmbeddedPicture(offset: $0, length: 0) } })),
    .init(
      "thumbnail_length", "INTEGER",
      .integer(
        get: { $0.record.thumbnail?.length },
        set: { $0.thumbnail = $0.thumbnail?.with(length: $1) })),
    .init(
      "preview_offset", "INTEGER",
      .integer(
        get: { $0.record.preview?.offset },
        set: { $0.preview = $1.map { EmbeddedPicture(offset: $0, length: 0) } })),
    .init(
      "preview_length", "INTEGER",
      .integer(
        get: { $0.record.preview?.length },
        set: { $0.preview = $0.preview?.with(length: $1) })),
  ]

  static let ofRawAttitude: [PhotoColumn] = [
    .init(
      "attitude_convention", "TEXT",
      .text(
        get: { $0.record.attitudeConvention == .ned ? nil : $0.record.attitudeConvention.rawValue },
        set: { $0.attitudeConvention = $1.flatMap(AttitudeConvention.init) ?? .ned })),
    .init("raw_yaw", "DOUBLE", .real(get: { $0.record.rawYaw }, set: { $0.rawYaw = $1 })),
    .init("raw_pitch", "DOUBLE", .real(get: { $0.record.rawPitch }, set: { $0.rawPitch = $1 })),
    .init("raw_roll", "DOUBLE", .real(get: { $0.record.rawRoll }, set: { $0.rawRoll = $1 })),
    .init(
      "flight_speed_x", "DOUBLE",
      .real(get: { $0.record.flightSpeedX }, set: { $0.flightSpeedX = $1 })),
    .init(
      "flight_speed_y", "DOUBLE",
      .real(get: { $0.record.flightSpeedY }, set: { $0.flightSpeedY = $1 })),
    .init(
      "flight_speed_z", "DOUBLE",
      .real(get: { $0.record.flightSpeedZ }, set: { $0.flightSpeedZ = $1 })),
  ]

  static let ofCalibration: [PhotoColumn] = [
    .init(
      "calibrated_focal_px", "DOUBLE",
      .real(get: { $0.record.calibratedFocalLength }, set: { $0.calibratedFocalLength = $1 })),
    .init(
      "optical_center_x", "DOUBLE",
      .real(get: { $0.record.opticalCenterX }, set: { $0.opticalCenterX = $1 })),
    .init(
      "optical_center_y", "DOUBLE",
      .real(get: { $0.record.opticalCenterY }, set: { $0.opticalCenterY = $1 })),
    .init(
      "dewarp_focal_px", "DOUBLE",
      .real(get: { $0.record.dewarpFocalLength }, set: { $0.dewarpFocalLength = $1 })),
    .init(
      "focal_plane_px_mm", "DOUBLE",
      .real(get: { $0.record.focalPlaneResolution }, set: { $0.focalPlaneResolution = $1 })),
    .init(
      "digital_zoom", "DOUBLE",
      .real(get: { $0.record.digitalZoom }, set: { $0.digitalZoom = $1 })),
    .init(
      "subject_m", "DOUBLE",
      .real(get: { $0.record.subjectDistance }, set: { $0.subjectDistance = $1 })),
    .init("capture_id", "TEXT", .text(get: { $0.record.captureID }, set: { $0.captureID = $1 })),
  ]
}

extension EmbeddedPicture {
  /// An offset without a length is no place.
  fileprivate func with(length: Int64?) -> EmbeddedPicture? {
    length.map { EmbeddedPicture(offset: offset, length: $0) }
  }
}
