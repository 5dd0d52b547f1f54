package import PhotoModel

/// The fields of a photo in the order that scripts may rely on; every row carries all of them.
struct PhotoFields {
  let columns: [Column]
  private let withLonLat: Bool
  private let withReason: Bool

  /// - Parameters:
  ///   - withLonLat: `lon`, `lat` behind `path`, for formats without a geometry.
  ///   - withReason: `reason` at the end, for queries that ask for photos without a position.
  init(withLonLat: Bool, withReason: Bool) {
    self.withLonLat = withLonLat
    self.withReason = withReason
    var columns = ["site", "folder", "file", "path"].map { Column($0) }
    if withLonLat { columns += ["lon", "lat"].map { Column($0, isNumber: true) } }
    columns += ["alt_m", "rel_alt_m"].map { Column($0, isNumber: true) }
    columns += ["taken_at", "taken_local", "camera_make", "camera_model"].map { Column($0) }
    columns += ["yaw", "pitch"].map { Column($0, isNumber: true) }
    columns += ["fix", "source", "flags"].map { Column($0) }
    columns += ["size", "mtime"].map { Column($0, isNumber: true) }
    if withReason { columns.append(Column("reason")) }
    self.columns = columns
  }

  /// Replaces `fields` by those of `row`, in the order of ``columns``.
  func fill(_ fields: inout [FieldValue], from row: PhotoRow) {
    let record = row.record
    fields.removeAll(keepingCapacity: true)
    fields.append(.text(row.site))
    fields.append(.text(row.folder))
    fields.append(.text(row.file))
    fields.append(.text(row.path))
    if withLonLat {
      fields.append(record.position.map { .degrees($0.longitude) } ?? .null)
      fields.append(record.position.map { .degrees($0.latitude) } ?? .null)
    }
    fields.append(FieldValue(record.altitude))
    fields.append(FieldValue(record.relativeAltitude))
    fields.append(record.takenAt.map { .time($0) } ?? .null)
    fields.append(FieldValue(record.takenLocal))
    fields.append(FieldValue(record.cameraMake))
    fields.append(FieldValue(record.cameraModel))
    fields.append(FieldValue(record.yaw))
    fields.append(FieldValue(record.gimbalPitch))
    fields.append(FieldValue(record.fix?.rawValue))
    fields.append(FieldValue(record.source?.rawValue))
    fields.append(.text(record.flags.text))
    fields.append(FieldValue(row.size))
    fields.append(FieldValue(row.mtime))
    if withReason { fields.append(FieldValue(record.outcome.reason)) }
  }
}

extension PhotoRecord.Outcome {
  /// Why there is no position, by the name the index stores; nil for a located photo.
  package var reason: String? {
    switch self {
    case .located: nil
    case .withoutPosition(let reason): reason.rawValue
    case .failed(let failure): failure.rawValue
    }
  }
}

/// What fits on a terminal: place, time, quality.
struct PhotoTableFields {
  let columns: [Column]
  private let withReason: Bool

  init(withReason: Bool) {
    self.withReason = withReason
    var columns = ["site", "path"].map { Column($0) }
    columns += ["lon", "lat", "alt_m"].map { Column($0, isNumber: true) }
    columns += ["taken", "fix", "flags"].map { Column($0) }
    if withReason { columns.append(Column("reason")) }
    self.columns = columns
  }

  func fill(_ fields: inout [FieldValue], from row: PhotoRow) {
    let record = row.record
    fields.removeAll(keepingCapacity: true)
    fields.append(.text(row.site))
    fields.append(.text(row.path))
    fields.append(record.position.map { .degrees($0.longitude) } ?? .null)
    fields.append(record.position.map { .degrees($0.latitude) } ?? .null)
    fields.append(FieldValue(record.altitude))
    fields.append(record.takenAt.map { .time($0) } ?? FieldValue(record.takenLocal))
    fields.append(FieldValue(record.fix?.rawValue))
    fields.append(.text(record.flags.text))
    if withReason { fields.append(FieldValue(record.outcome.reason)) }
  }
}
