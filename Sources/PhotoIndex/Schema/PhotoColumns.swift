import PhotoModel
import SQLite

/// The columns of table `photos` in one order for INSERT, UPDATE and SELECT.
enum PhotoColumns {
  /// In order of binding; `geom` last, so that an update that keeps the position can leave it out (it fires the R*Tree
  /// triggers).
  static let names = [
    "folder_id", "file", "size", "mtime", "racy", "parser_version", "status", "reason",
    "flag_bits", "flags", "lat", "lon", "alt_m", "alt_ref", "rel_alt_m", "taken_at",
    "taken_local", "utc_offset", "camera_make", "camera_model", "source", "fix", "width",
    "height", "focal_35", "direction", "direction_ref", "yaw", "yaw_source", "pitch", "roll",
    "flight_yaw", "flight_pitch", "flight_roll", "rtk_flag", "rtk_std_lon", "rtk_std_lat",
    "rtk_std_h", "serial", "image_source", "other_lat", "other_lon", "kind", "other_source",
    "other_alt_m", "source_bits", "gps_status", "alt_type",
  ]

  /// So many of them say how the folder listed the file; the others, what its bytes said.
  static let namesOfFile = 6

  /// The geometry and the fid are the parameters behind the columns.
  static let insertSQL =
    "INSERT INTO photos (" + (names + ["geom", "fid"]).joined(separator: ", ") + ") VALUES ("
    + (names + ["geom", "fid"]).map { _ in "?" }.joined(separator: ", ") + ")"

  /// The fid is the parameter behind the columns.
  static let updateSQL =
    "UPDATE photos SET " + names.map { "\($0) = ?" }.joined(separator: ", ") + " WHERE fid = ?"
  static let updateWithGeometrySQL =
    "UPDATE photos SET " + (names + ["geom"]).map { "\($0) = ?" }.joined(separator: ", ")
    + " WHERE fid = ?"

  /// `fid` and then ``names``, each as `p.name`, and the columns of table `targets`.
  static let selection =
    (["fid"] + names).map { "p.\($0)" }.joined(separator: ", ")
    + Targets.columns.map { ", (SELECT t.\($0) FROM targets t WHERE t.fid = p.fid)" }.joined()
  static let selectionCount = Int32(1 + names.count + Targets.columns.count)

  /// What ``PhotoDetail/shown`` reads, in an order of its own; see ``PhotoDecoder``.
  static let shownSelection = """
    p.fid, p.folder_id, p.file, p.size, p.mtime, p.status, p.lat, p.lon, p.flag_bits, p.alt_m,
    p.rel_alt_m, p.taken_at, p.taken_local, p.camera_make, p.camera_model, p.source, p.fix, p.yaw,
    p.yaw_source, p.pitch, p.reason
    """

  /// Values of column `status`.
  enum Status {
    static let located: Int64 = 0
    static let withoutPosition: Int64 = 1
    static let failed: Int64 = 2
  }

  /// Binds everything but `geom` and `fid`.
  static func bind(_ change: PhotoChange, folder: Int64, to statement: Statement) {
    var index: Int32 = 1
    func next() -> Int32 {
      defer { index += 1 }
      return index
    }
    let record = change.record
    statement.bind(folder, at: next())
    statement.bind(change.file.name.text, at: next())
    statement.bind(change.file.size, at: next())
    statement.bind(change.file.mtime, at: next())
    statement.bind(change.racy ? 1 : 0, at: next())
    statement.bind(change.parserVersion, at: next())
    statement.bind(record.outcome.status, at: next())
    statement.bind(record.outcome.reason, at: next())
    statement.bind(Int64(record.flags.rawValue), at: next())
    statement.bind(record.flags.isEmpty ? nil : record.flags.text, at: next())
    statement.bind(record.position?.latitude, at: next())
    statement.bind(record.position?.longitude, at: next())
    statement.bind(record.altitude, at: next())
    statement.bind(record.altitudeReference?.rawValue, at: next())
    statement.bind(record.relativeAltitude, at: next())
    statement.bind(record.takenAt.flatMap(Timestamp.text), at: next())
    statement.bind(record.takenLocal, at: next())
    statement.bind(record.utcOffsetMinutes, at: next())
    statement.bind(record.cameraMake, at: next())
    statement.bind(record.cameraModel, at: next())
    statement.bind(record.source?.rawValue, at: next())
    statement.bind(record.fix?.rawValue, at: next())
    statement.bind(record.pixelWidth, at: next())
    statement.bind(record.pixelHeight, at: next())
    statement.bind(record.focalLength35, at: next())
    statement.bind(record.imageDirection, at: next())
    statement.bind(record.imageDirectionMagnetic ? "M" : nil, at: next())
    statement.bind(record.yaw, at: next())
    statement.bind(
      record.yaw == nil ? nil : record.gimbalYaw == nil ? "exif" : "gimbal", at: next())
    statement.bind(record.gimbalPitch, at: next())
    statement.bind(record.gimbalRoll, at: next())
    statement.bind(record.flightYaw, at: next())
    statement.bind(record.flightPitch, at: next())
    statement.bind(record.flightRoll, at: next())
    statement.bind(record.rtkFlag, at: next())
    statement.bind(record.rtkStdLon, at: next())
    statement.bind(record.rtkStdLat, at: next())
    statement.bind(record.rtkStdHeight, at: next())
    statement.bind(record.serialNumber, at: next())
    statement.bind(record.imageSource, at: next())
    statement.bind(record.otherPosition?.latitude, at: next())
    statement.bind(record.otherPosition?.longitude, at: next())
    statement.bind(record.kind == .photo ? nil : record.kind.rawValue, at: next())
    statement.bind(record.otherSource?.rawValue, at: next())
    statement.bind(record.otherAltitude, at: next())
    statement.bind(record.sources.bits, at: next())
    statement.bind(record.gpsStatus, at: next())
    statement.bind(record.altitudeType, at: next())
    assert(Int(index) == names.count + 1)
  }

  static func geometry(_ record: PhotoRecord) -> [UInt8]? {
    record.position.map { GeometryBlob.point($0, altitude: record.altitude) }
  }
}

extension PhotoRecord.Outcome {
  var status: Int64 {
    switch self {
    case .located: PhotoColumns.Status.located
    case .withoutPosition: PhotoColumns.Status.withoutPosition
    case .failed: PhotoColumns.Status.failed
    }
  }

  var reason: String? {
    switch self {
    case .located: nil
    case .withoutPosition(let reason): reason.rawValue
    case .failed(let failure): failure.rawValue
    }
  }
}

/// Reads rows selected by ``PhotoColumns/selection``. Texts that repeat from row to row (cameras) are
/// made once.
struct PhotoDecoder {
  private let detail: PhotoDetail

  init(_ detail: PhotoDetail = .all) { self.detail = detail }

  var selection: String {
    switch detail {
    case .all: PhotoColumns.selection
    case .shown: PhotoColumns.shownSelection
    }
  }

  private var makes = RepeatedText()
  private var sources = RepeatedName<PositionSource>()
  private var fixes = RepeatedName<FixQuality>()
  private var models = RepeatedText()
  private var serials = RepeatedText()
  private var states = RepeatedText()
  private var types = RepeatedText()
  private var days = RepeatedDay()

  struct Row {
    var fid: Int64
    var folder: Int64
    /// ``PathBytes/text`` form.
    var file: String
    var size: Int64?
    var mtime: Int64?
    var racy: Bool
    var parserVersion: Int
    var record: PhotoRecord
  }

  mutating func row(_ s: Statement) -> Row {
    let fid = s.integer(0)
    let folder = s.integer(1)
    let file = s.text(2)
    return Row(
      fid: fid, folder: folder, file: file, size: s.optionalInteger(3),
      mtime: s.optionalInteger(4), racy: s.integer(5) != 0,
      parserVersion: Int(clamping: s.integer(6)), record: record(s))
  }

  /// The current row in the place of the one before, without copying a record of forty fields about.
  mutating func read(_ s: Statement, into row: inout PhotoRow) {
    guard case .shown = detail else {
      row = self.row(s).photo(site: row.site, folder: row.folder)
      return
    }
    row.id = s.integer(0)
    row.file = s.text(2)
    row.size = s.optionalInteger(3)
    row.mtime = s.optionalInteger(4)
    row.record.outcome = outcome(s, status: 5, reason: 20, latitude: 6, longitude: 7)
    row.record.flags = PhotoFlags(rawValue: UInt32(truncatingIfNeeded: s.integer(8)))
    row.record.altitude = s.optionalReal(9)
    row.record.relativeAltitude = s.optionalReal(10)
    row.record.takenAt = s.withBytes(11) { days.milliseconds($0) }
    row.record.takenLocal = s.optionalText(12)
    makes.put(s, 13, into: &row.record.cameraMake)
    models.put(s, 14, into: &row.record.cameraModel)
    row.record.source = sources.value(s, 15)
    row.record.fix = fixes.value(s, 16)
    let yaw = s.optionalReal(17)
    let isOfGimbal = yaw != nil && s.withBytes(18) { $0.count == 6 }
    row.record.gimbalYaw = isOfGimbal ? yaw : nil
    row.record.imageDirection = isOfGimbal ? nil : yaw
    row.record.gimbalPitch = s.optionalReal(19)
  }

  private mutating func record(_ s: Statement) -> PhotoRecord {
    var record = PhotoRecord(
      outcome: outcome(s, status: 7, reason: 8, latitude: 11, longitude: 12))
    record.flags = PhotoFlags(rawValue: UInt32(truncatingIfNeeded: s.integer(9)))
    record.altitude = s.optionalReal(13)
    record.altitudeReference = s.optionalText(14).flatMap(AltitudeReference.init)
    record.relativeAltitude = s.optionalReal(15)
    record.takenAt = s.isNull(16) ? nil : s.withBytes(16) { Timestamp.milliseconds($0) }
    record.takenLocal = s.optionalText(17)
    record.utcOffsetMinutes = s.optionalInteger(18).map { Int(clamping: $0) }
    record.cameraMake = makes.text(s, 19)
    record.cameraModel = models.text(s, 20)
    record.source = s.optionalText(21).flatMap(PositionSource.init)
    record.fix = s.optionalText(22).flatMap(FixQuality.init)
    record.pixelWidth = s.optionalInteger(23).map { Int(clamping: $0) }
    record.pixelHeight = s.optionalInteger(24).map { Int(clamping: $0) }
    record.focalLength35 = s.optionalReal(25)
    record.imageDirection = s.optionalReal(26)
    record.imageDirectionMagnetic = !s.isNull(27)
    if !s.isNull(28), s.text(29) == "gimbal" { record.gimbalYaw = s.real(28) }
    record.gimbalPitch = s.optionalReal(30)
    record.gimbalRoll = s.optionalReal(31)
    record.flightYaw = s.optionalReal(32)
    record.flightPitch = s.optionalReal(33)
    record.flightRoll = s.optionalReal(34)
    record.rtkFlag = s.optionalInteger(35).map { Int(clamping: $0) }
    record.rtkStdLon = s.optionalReal(36)
    record.rtkStdLat = s.optionalReal(37)
    record.rtkStdHeight = s.optionalReal(38)
    record.serialNumber = serials.text(s, 39)
    record.imageSource = s.optionalText(40)
    if let latitude = s.optionalReal(41), let longitude = s.optionalReal(42) {
      record.otherPosition = Coordinate(latitude: latitude, longitude: longitude)
    }
    record.kind = s.optionalText(43).flatMap(MediaKind.init) ?? .photo
    record.otherSource = s.optionalText(44).flatMap(PositionSource.init)
    record.otherAltitude = s.optionalReal(45)
    record.sources = FieldSources(bits: s.integer(46))
    record.gpsStatus = states.text(s, 47)
    record.altitudeType = types.text(s, 48)
    record.target = Targets.target(s, from: 49)
    return record
  }

  /// A status or reason that no version of this program writes counts as damaged.
  private func outcome(
    _ s: Statement, status: Int32, reason: Int32, latitude: Int32, longitude: Int32
  ) -> PhotoRecord.Outcome {
    switch s.integer(status) {
    case PhotoColumns.Status.located:
      .located(Coordinate(latitude: s.real(latitude), longitude: s.real(longitude)))
    case PhotoColumns.Status.withoutPosition:
      NoPosition(rawValue: s.text(reason)).map { .withoutPosition($0) } ?? .failed(.damaged)
    default:
      .failed(Failure(rawValue: s.text(reason)) ?? .damaged)
    }
  }
}
