package import PhotoModel

/// The table of output fields. Every format takes its fields from here, in this order, on which scripts may rely;
/// docs/fields.md explains them. A new field of a photo is one entry.
package enum PhotoFields {
  package static let all: [PhotoField] =
    ofPlace + ofHeight + ofTime + ofCamera + ofExposure + ofCalibration + ofPictures + ofAttitude
    + ofAccuracy + ofTarget + ofDecisions + ofFile

  /// Those of a list, `reason` at the end where it asks for photos without a position.
  static func list(_ format: PhotoField.Formats, withReason: Bool) -> [PhotoField] {
    let fields = all.filter { $0.formats.contains(format) }
    return fields.filter { !$0.formats.contains(.onRequest) }
      + (withReason ? fields.filter { $0.formats.contains(.onRequest) } : [])
  }

  static let details = all.filter { $0.formats.contains(.details) }

  static let ofPlace: [PhotoField] = [
    .init("id", .integer { $0.id }),
    .init("site", in: .everywhere, .text { $0.site }),
    .init("folder", in: .lists, .text { $0.folder }),
    .init("file", in: .lists, .text { $0.file }),
    .init("path", in: .everywhere, .text { $0.path }),
    .init("location", in: .lists, .text { $0.url }),
    .init("kind", .text { $0.record.kind.rawValue }),
    .init("status", .text { $0.record.outcome.status }),
    .init(
      "reason", in: [.everywhere, .onRequest], .text { $0.record.outcome.reason }),
    .init(
      "lon", unit: "degrees", in: [.records, .table, .details], from: .position,
      .degrees { $0.record.position?.longitude }),
    .init(
      "lat", unit: "degrees", in: [.records, .table, .details], from: .position,
      .degrees { $0.record.position?.latitude }),
  ]

  static let ofHeight: [PhotoField] = [
    .init(
      "alt_m", unit: "metres", in: .everywhere, from: .group(.altitude),
      .real { $0.record.altitude }),
    .init(
      "alt_reference", from: .group(.altitude), .text { $0.record.altitudeReference?.rawValue }),
    .init(
      "rel_alt_m", unit: "metres", in: .lists, from: .group(.relativeAltitude),
      .real { $0.record.relativeAltitude }),
    .init("map_datum", from: .position, .text { $0.record.mapDatum }),
  ]

  static let ofTime: [PhotoField] = [
    .init("taken_at", in: .lists, from: .group(.takenAt), .time { $0.record.takenAt }),
    .init("taken_local", in: .lists, from: .group(.takenLocal), .text { $0.record.takenLocal }),
    .init("taken", in: .table, .textOrTime { ($0.record.takenLocal, $0.record.takenAt) }),
    .init(
      "utc_offset_min", unit: "minutes", from: .group(.takenLocal),
      .integer { $0.record.utcOffsetMinutes.map(Int64.init) }),
    .init("satellite_at", from: .exif, .time { $0.record.satelliteAt }),
    .init("exposure_at", from: .group(.droneState), .time { $0.record.exposureAt }),
  ]

  static let ofCamera: [PhotoField] = [
    .init(
      "camera_make", in: .lists, from: .group(.camera), .text { $0.record.cameraMake }),
    .init(
      "camera_model", in: .lists, from: .group(.camera), .text { $0.record.cameraModel }),
    .init("serial_number", from: .group(.serial), .text { $0.record.serialNumber }),
    .init("image_source", from: .group(.droneState), .text { $0.record.imageSource }),
    .init(
      "pixel_width", unit: "pixels", from: .exif,
      .integer { $0.record.pixelWidth.map(Int64.init) }),
    .init(
      "pixel_height", unit: "pixels", from: .exif,
      .integer { $0.record.pixelHeight.map(Int64.init) }),
    .init("orientation", from: .exif, .integer { $0.record.orientation.map(Int64.init) }),
    .init("lens", from: .exif, .text { $0.record.lens }),
  ]

  static let ofExposure: [PhotoField] = [
    .init("exposure_s", unit: "seconds", from: .exif, .real { $0.record.exposureTime }),
    .init("f_number", unit: "ratio", from: .exif, .real { $0.record.fNumber }),
    .init("iso", from: .exif, .integer { $0.record.iso.map(Int64.init) }),
    .init("focal_length_mm", unit: "millimetres", from: .exif, .real { $0.record.focalLength }),
    .init(
      "focal_length_35_mm", unit: "millimetres", from: .exif, .real { $0.record.focalLength35 }),
    .init("digital_zoom", unit: "ratio", from: .exif, .real { $0.record.digitalZoom }),
    .init(
      "focal_plane_px_per_mm", unit: "pixels per millimetre", from: .exif,
      .real { $0.record.focalPlaneResolution }),
    .init("subject_distance_m", unit: "metres", .real { $0.record.subjectDistance }),
  ]

  static let ofCalibration: [PhotoField] = [
    .init(
      "calibrated_focal_length_px", unit: "pixels", from: .group(.calibration),
      .real { $0.record.calibratedFocalLength }),
    .init(
      "optical_center_x_px", unit: "pixels", from: .group(.calibration),
      .real { $0.record.opticalCenterX }),
    .init(
      "optical_center_y_px", unit: "pixels", from: .group(.calibration),
      .real { $0.record.opticalCenterY }),
    .init(
      "dewarp_focal_length_px", unit: "pixels", from: .group(.calibration),
      .real { $0.record.dewarpFocalLength }),
    .init("capture_id", from: .group(.calibration), .text { $0.record.captureID }),
  ]

  static let ofPictures: [PhotoField] = [
    .init("thumbnail_offset", unit: "bytes", .integer { $0.record.thumbnail?.offset }),
    .init("thumbnail_length", unit: "bytes", .integer { $0.record.thumbnail?.length }),
    .init("preview_offset", unit: "bytes", .integer { $0.record.preview?.offset }),
    .init("preview_length", unit: "bytes", .integer { $0.record.preview?.length }),
  ]

  static let ofAttitude: [PhotoField] = [
    .init(
      "yaw", unit: "degrees", in: .lists,
      from: .of { $0.gimbalYaw == nil ? .direction : .attitude }, .real { $0.record.yaw }),
    .init(
      "pitch", unit: "degrees", in: .lists, from: .group(.attitude),
      .real { $0.record.gimbalPitch }),
    .init("roll", unit: "degrees", from: .group(.attitude), .real { $0.record.gimbalRoll }),
    .init(
      "attitude_convention", from: .group(.attitude),
      .text { $0.record.hasAttitude ? $0.record.attitudeConvention.rawValue : nil }),
    .init("raw_yaw", unit: "degrees", from: .group(.attitude), .real { $0.record.rawYaw }),
    .init("raw_pitch", unit: "degrees", from: .group(.attitude), .real { $0.record.rawPitch }),
    .init("raw_roll", unit: "degrees", from: .group(.attitude), .real { $0.record.rawRoll }),
    .init(
      "image_direction", unit: "degrees", from: .group(.direction),
      .real { $0.record.imageDirection }),
    .init(
      "image_direction_magnetic", from: .of { $0.imageDirection == nil ? nil : .direction },
      .flag { $0.record.imageDirectionMagnetic }),
    .init("flight_yaw", unit: "degrees", from: .group(.flight), .real { $0.record.flightYaw }),
    .init("flight_pitch", unit: "degrees", from: .group(.flight), .real { $0.record.flightPitch }),
    .init("flight_roll", unit: "degrees", from: .group(.flight), .real { $0.record.flightRoll }),
    .init(
      "flight_speed_x", unit: "metres per second", from: .group(.flight),
      .real { $0.record.flightSpeedX }),
    .init(
      "flight_speed_y", unit: "metres per second", from: .group(.flight),
      .real { $0.record.flightSpeedY }),
    .init(
      "flight_speed_z", unit: "metres per second", from: .group(.flight),
      .real { $0.record.flightSpeedZ }),
  ]

  static let ofAccuracy: [PhotoField] = [
    .init("fix", in: .everywhere, from: .group(.accuracy), .text { $0.record.fix?.rawValue }),
    .init("rtk_flag", from: .group(.accuracy), .integer { $0.record.rtkFlag.map(Int64.init) }),
    .init(
      "rtk_std_lon_m", unit: "metres", in: .lists, from: .group(.accuracy),
      .real { $0.record.rtkStdLon }),
    .init(
      "rtk_std_lat_m", unit: "metres", in: .lists, from: .group(.accuracy),
      .real { $0.record.rtkStdLat }),
    .init(
      "rtk_std_height_m", unit: "metres", in: .lists, from: .group(.accuracy),
      .real { $0.record.rtkStdHeight }),
    .init("gps_status", from: .group(.droneState), .text { $0.record.gpsStatus }),
    .init("altitude_type", from: .group(.droneState), .text { $0.record.altitudeType }),
  ]

  static let ofTarget: [PhotoField] = [
    .init(
      "target_lon", unit: "degrees", from: .group(.target),
      .degrees { $0.record.target?.coordinate.longitude }),
    .init(
      "target_lat", unit: "degrees", from: .group(.target),
      .degrees { $0.record.target?.coordinate.latitude }),
    .init(
      "target_alt_m", unit: "metres", from: .group(.target), .real { $0.record.target?.altitude }),
    .init(
      "target_distance_m", unit: "metres", from: .group(.target),
      .real { $0.record.target?.distance }),
  ]

  static let ofDecisions: [PhotoField] = [
    .init("source", in: .lists, .text { $0.record.source?.rawValue }),
    .init("flags", in: .everywhere, .text { $0.record.flags.text }),
    .init(
      "other_lon", unit: "degrees", from: .otherPosition,
      .real { $0.record.otherPosition?.longitude }),
    .init(
      "other_lat", unit: "degrees", from: .otherPosition,
      .real { $0.record.otherPosition?.latitude }),
    .init("other_source", from: .otherPosition, .text { $0.record.otherSource?.rawValue }),
    .init("other_alt_m", unit: "metres", .real { $0.record.otherAltitude }),
  ]

  static let ofFile: [PhotoField] = [
    .init("size", unit: "bytes", in: .lists, from: .listing, .integer { $0.size }),
    .init("mtime", unit: "seconds", in: .lists, from: .listing, .integer { $0.mtime }),
    .init("mtime_at", from: .listing, .text { $0.mtime.flatMap(ISOTime.text(seconds:)) }),
    .init("sidecar", from: .listing, .ofIndex { FieldValue($0.sidecar?.name.text) }),
    .init("sidecar_size", from: .listing, .ofIndex { FieldValue($0.sidecar?.size) }),
    .init("sidecar_mtime", from: .listing, .ofIndex { FieldValue($0.sidecar?.mtime) }),
    .init("parser_version", .ofIndex { FieldValue($0.parserVersion.map(Int64.init)) }),
    .init("racy", .ofIndex { $0.racy.map { .flag($0) } ?? .null }),
    .init("missing_since", .ofIndex { FieldValue($0.missingSince) }),
  ]
}

/// Photos as rows of values, for formats without a faster way of their own.
struct PhotoRows {
  let columns: [Column]
  let fields: [PhotoField.Value]

  init(_ format: PhotoField.Formats, withReason: Bool) {
    let list = PhotoFields.list(format, withReason: withReason)
    columns = list.map(\.column)
    fields = list.map(\.value)
  }

  /// Replaces `values` by those of `row`, in the order of ``columns``.
  func fill(_ values: inout [FieldValue], from row: PhotoRow) {
    values.removeAll(keepingCapacity: true)
    for field in fields { values.append(field.of(row)) }
  }
}

extension PhotoRecord.Outcome {
  /// `located`, `without-position` or `failed`.
  package var status: String {
    switch self {
    case .located: "located"
    case .withoutPosition: "without-position"
    case .failed: "failed"
    }
  }
}
