import PhotoModel
import SQLite

/// The columns themselves. Where one depends on another (the position on the status), it stands behind that one.
extension PhotoColumns {
  static let ofFile: [PhotoColumn] = [
    .init("fid", "INTEGER NOT NULL", shown: true, .readOnly { $2.row.id = $0.integer($1) }),
    .init("folder_id", "INTEGER NOT NULL", .readOnly { $2.folder = $0.integer($1) }),
    .init("seq", "INTEGER NOT NULL DEFAULT 0", .readOnly { $2.seq = $0.integer($1) }),
    .init(
      "first_seen_at", "INTEGER NOT NULL DEFAULT 0",
      .readOnly { $2.firstSeenAt = $0.integer($1) }),
    .init(
      "file", "TEXT NOT NULL", shown: true, ofFile: true,
      .textBy(get: { $0.file.name.text }, read: { $2.row.file = $0.text($1) })),
    .init(
      "size", "INTEGER", shown: true, ofFile: true,
      .integerBy(get: { $0.file.size }, read: { $2.row.size = $0.optionalInteger($1) })),
    .init(
      "mtime", "INTEGER", shown: true, ofFile: true,
      .integerBy(get: { $0.file.mtime }, read: { $2.row.mtime = $0.optionalInteger($1) })),
    .init(
      "racy", "BOOLEAN NOT NULL DEFAULT 0", ofFile: true,
      .integerBy(get: { $0.racy ? 1 : 0 }, read: { $2.racy = $0.integer($1) != 0 })),
    .init(
      "parser_version", "INTEGER NOT NULL DEFAULT 0", ofFile: true,
      .integerBy(
        get: { Int64($0.parserVersion) },
        read: { $2.parserVersion = Int(clamping: $0.integer($1)) })),
  ]

  static let ofOutcome: [PhotoColumn] = [
    .init(
      "status", "TINYINT NOT NULL", shown: true,
      .integerBy(get: { $0.record.outcome.status }, read: { $2.status = $0.integer($1) })),
    .init(
      "reason", "TEXT", shown: true,
      .textBy(get: { $0.record.outcome.reason }) { rows, column, photo in
        if photo.status == PhotoStatus.located { return }
        photo.row.record.outcome = PhotoStatus.outcome(photo.status, reason: rows.text(column))
      }),
    .init(
      "flag_bits", "INTEGER NOT NULL DEFAULT 0", shown: true,
      .integerBy(get: { Int64($0.record.flags.rawValue) }) {
        $2.row.record.flags = PhotoFlags(rawValue: UInt32(truncatingIfNeeded: $0.integer($1)))
      }),
    .init(
      "flags", "TEXT",
      .derived { $0.record.flags.isEmpty ? nil : $0.record.flags.text }),
    .init(
      "lat", "DOUBLE", shown: true,
      .realBy(
        get: { $0.record.position?.latitude }, read: { $2.latitude = $0.real($1) })),
    .init(
      "lon", "DOUBLE", shown: true,
      .realBy(get: { $0.record.position?.longitude }) { rows, column, photo in
        guard photo.status == PhotoStatus.located else { return }
        photo.row.record.outcome = .located(
          Coordinate(latitude: photo.latitude, longitude: rows.real(column)))
      }),
    .init(
      "source", "TEXT", shown: true,
      .textBy(get: { $0.record.source?.rawValue }) {
        $2.row.record.source = $2.caches.sources.value($0, $1)
      }),
  ]

  static let ofHeight: [PhotoColumn] = [
    .init(
      "alt_m", "DOUBLE", shown: true,
      .real(get: { $0.record.altitude }, set: { $0.altitude = $1 })),
    .init(
      "alt_ref", "TEXT",
      .text(
        get: { $0.record.altitudeReference?.rawValue },
        set: { $0.altitudeReference = $1.flatMap(AltitudeReference.init) })),
    .init(
      "rel_alt_m", "DOUBLE", shown: true,
      .real(get: { $0.record.relativeAltitude }, set: { $0.relativeAltitude = $1 })),
  ]

  static let ofTime: [PhotoColumn] = [
    .init(
      "taken_at", "DATETIME", shown: true,
      .textBy(get: { $0.record.takenAt.flatMap(Timestamp.text) }) {
        rows, column, photo in
        let time = rows.withBytes(column) { photo.caches.days.milliseconds($0) }
        photo.row.record.takenAt = time
      }),
    .init(
      "taken_local", "TEXT", shown: true,
      .text(get: { $0.record.takenLocal }, set: { $0.takenLocal = $1 })),
    .init(
      "utc_offset", "INTEGER",
      .integer(
        get: { $0.record.utcOffsetMinutes.map(Int64.init) },
        set: { $0.utcOffsetMinutes = $1.map { Int(clamping: $0) } })),
    .init(
      "satellite_at", "DATETIME",
      .textBy(get: { $0.record.satelliteAt.flatMap(Timestamp.text) }) {
        rows, column, photo in
        let time = rows.withBytes(column) { photo.caches.days.milliseconds($0) }
        photo.row.record.satelliteAt = time
      }),
    .init(
      "exposure_at", "DATETIME",
      .textBy(get: { $0.record.exposureAt.flatMap(Timestamp.text) }) {
        rows, column, photo in
        let time = rows.withBytes(column) { photo.caches.days.milliseconds($0) }
        photo.row.record.exposureAt = time
      }),
  ]

  static let ofCamera: [PhotoColumn] = [
    .init(
      "camera_make", "TEXT", shown: true,
      .textBy(get: { $0.record.cameraMake }) {
        $2.caches.makes.put($0, $1, into: &$2.row.record.cameraMake)
      }),
    .init(
      "camera_model", "TEXT", shown: true,
      .textBy(get: { $0.record.cameraModel }) {
        $2.caches.models.put($0, $1, into: &$2.row.record.cameraModel)
      }),
    .init(
      "serial", "TEXT",
      .textBy(get: { $0.record.serialNumber }) {
        $2.caches.serials.put($0, $1, into: &$2.row.record.serialNumber)
      }),
    .init(
      "width", "INTEGER",
      .integer(
        get: { $0.record.pixelWidth.map(Int64.init) },
        set: { $0.pixelWidth = $1.map { Int(clamping: $0) } })),
    .init(
      "height", "INTEGER",
      .integer(
        get: { $0.record.pixelHeight.map(Int64.init) },
        set: { $0.pixelHeight = $1.map { Int(clamping: $0) } })),
    .init(
      "orientation", "INTEGER",
      .integer(
        get: { $0.record.orientation.map(Int64.init) },
        set: { $0.orientation = $1.map { Int(clamping: $0) } })),
  ]

  static let ofDatumAndLens: [PhotoColumn] = [
    .init("map_datum", "TEXT", .text(get: { $0.record.mapDatum }, set: { $0.mapDatum = $1 })),
    .init("lens", "TEXT", .text(get: { $0.record.lens }, set: { $0.lens = $1 })),
  ]

  static let ofAttitude: [PhotoColumn] = [
    .init(
      "yaw", "DOUBLE", shown: true,
      .real(get: { $0.record.yaw }, set: { $0.gimbalYaw = $1 })),
    .init(
      "yaw_source", "TEXT", shown: true,
      .textBy(get: { $0.record.yaw == nil ? nil : $0.record.yawSource }) {
        rows, column, photo in
        let yaw = photo.row.record.gimbalYaw
        let isOfGimbal = yaw != nil && rows.withBytes(column) { isSame($0, YawSource.gimbal) }
        photo.row.record.gimbalYaw = isOfGimbal ? yaw : nil
        // Where column `direction` is not read, ``PhotoRecord/yaw`` takes it from here.
        photo.row.record.imageDirection = isOfGimbal ? nil : yaw
      }),
    .init(
      "direction", "DOUBLE",
      .real(get: { $0.record.imageDirection }, set: { $0.imageDirection = $1 })),
    .init(
      "direction_ref", "TEXT",
      .textBy(get: { $0.record.imageDirectionMagnetic ? "M" : nil }) {
        $2.row.record.imageDirectionMagnetic = !$0.isNull($1)
      }),
    .init(
      "pitch", "DOUBLE", shown: true,
      .real(get: { $0.record.gimbalPitch }, set: { $0.gimbalPitch = $1 })),
    .init("roll", "DOUBLE", .real(get: { $0.record.gimbalRoll }, set: { $0.gimbalRoll = $1 })),
    .init(
      "flight_yaw", "DOUBLE", .real(get: { $0.record.flightYaw }, set: { $0.flightYaw = $1 })),
    .init(
      "flight_pitch", "DOUBLE",
      .real(get: { $0.record.flightPitch }, set: { $0.flightPitch = $1 })),
    .init(
      "flight_roll", "DOUBLE", .real(get: { $0.record.flightRoll }, set: { $0.flightRoll = $1 })),
  ]

  static let ofAccuracy: [PhotoColumn] = [
    .init(
      "fix", "TEXT", shown: true,
      .textBy(get: { $0.record.fix?.rawValue }) {
        $2.row.record.fix = $2.caches.fixes.value($0, $1)
      }),
    .init(
      "rtk_flag", "INTEGER",
      .integer(
        get: { $0.record.rtkFlag.map(Int64.init) },
        set: { $0.rtkFlag = $1.map { Int(clamping: $0) } })),
    .init(
      "rtk_std_lon", "DOUBLE", shown: true,
      .real(get: { $0.record.rtkStdLon }, set: { $0.rtkStdLon = $1 })),
    .init(
      "rtk_std_lat", "DOUBLE", shown: true,
      .real(get: { $0.record.rtkStdLat }, set: { $0.rtkStdLat = $1 })),
    .init(
      "rtk_std_h", "DOUBLE", shown: true,
      .real(get: { $0.record.rtkStdHeight }, set: { $0.rtkStdHeight = $1 })),
    .init(
      "gps_status", "TEXT",
      .textBy(get: { $0.record.gpsStatus }) {
        $2.caches.gpsStates.put($0, $1, into: &$2.row.record.gpsStatus)
      }),
    .init(
      "alt_type", "TEXT",
      .textBy(get: { $0.record.altitudeType }) {
        $2.caches.altitudeTypes.put($0, $1, into: &$2.row.record.altitudeType)
      }),
    .init(
      "image_source", "TEXT",
      .text(get: { $0.record.imageSource }, set: { $0.imageSource = $1 })),
  ]

  static let ofOthers: [PhotoColumn] = [
    .init(
      "other_lat", "DOUBLE",
      .real(
        get: { $0.record.otherPosition?.latitude },
        set: { $0.otherPosition = $1.map { Coordinate(latitude: $0, longitude: .nan) } })),
    .init(
      "other_lon", "DOUBLE",
      .real(
        get: { $0.record.otherPosition?.longitude },
        set: { record, longitude in
          guard let latitude = record.otherPosition?.latitude else { return }
          record.otherPosition = longitude.map { Coordinate(latitude: latitude, longitude: $0) }
        })),
    .init(
      "other_source", "TEXT",
      .text(
        get: { $0.record.otherSource?.rawValue },
        set: { $0.otherSource = $1.flatMap(PositionSource.init) })),
    .init(
      "other_alt_m", "DOUBLE",
      .real(get: { $0.record.otherAltitude }, set: { $0.otherAltitude = $1 })),
  ]

  static let ofSources: [PhotoColumn] = [
    .init(
      "source_bits", "INTEGER",
      .integer(
        get: { $0.record.sources.bits }, set: { $0.sources = FieldSources(bits: $1 ?? 0) }))
  ]

  static let ofKind: [PhotoColumn] = [
    .init(
      "kind", "TEXT",
      .text(
        get: { $0.record.kind == .photo ? nil : $0.record.kind.rawValue },
        set: { $0.kind = $1.flatMap(MediaKind.init) ?? .photo }))
  ]

  /// Of table `targets`, which ``LaserTargets`` writes.
  static let ofTarget: [PhotoColumn] = [
    .init(
      "lat", "DOUBLE NOT NULL", in: .targets,
      .readOnly { rows, column, photo in
        photo.row.record.target = rows.optionalReal(column).map {
          LaserTarget(coordinate: Coordinate(latitude: $0, longitude: .nan))
        }
      }),
    .init(
      "lon", "DOUBLE NOT NULL", in: .targets,
      .readOnly { rows, column, photo in
        guard let longitude = rows.optionalReal(column) else {
          photo.row.record.target = nil
          return
        }
        photo.row.record.target?.coordinate.longitude = longitude
      }),
    .init(
      "alt_m", "DOUBLE", in: .targets,
      .readOnly { $2.row.record.target?.altitude = $0.optionalReal($1) }),
    .init(
      "distance_m", "DOUBLE", in: .targets,
      .readOnly { $2.row.record.target?.distance = $0.optionalReal($1) }),
  ]
}

/// Values of column `status`, and what they mean together with `reason`.
enum PhotoStatus {
  static let located: Int64 = 0
  static let withoutPosition: Int64 = 1
  static let failed: Int64 = 2

  /// Of a row that is not located. A status or reason that no version of this program writes counts as damaged.
  static func outcome(_ status: Int64, reason: String) -> PhotoRecord.Outcome {
    if status == withoutPosition {
      return NoPosition(rawValue: reason).map { .withoutPosition($0) } ?? .failed(.damaged)
    }
    return .failed(Failure(rawValue: reason) ?? .damaged)
  }
}

extension PhotoRecord.Outcome {
  /// Column `status`.
  var status: Int64 {
    switch self {
    case .located: PhotoStatus.located
    case .withoutPosition: PhotoStatus.withoutPosition
    case .failed: PhotoStatus.failed
    }
  }
}

/// Values of column `yaw_source`.
enum YawSource {
  static let gimbal = "gimbal"
  static let exif = "exif"
}

extension PhotoRecord {
  fileprivate var yawSource: String { gimbalYaw == nil ? YawSource.exif : YawSource.gimbal }
}
