import PhotoModel
import SQLite

/// Reads rows that were selected by ``PhotoColumns/selection(_:)``.
struct PhotoDecoder {
  private let detail: PhotoDetail
  private let columns: [PhotoColumn]
  private let contents: [PhotoColumn.Content]
  let selection: String
  /// The result column of each of ``columns``; the same for all statements with this selection.
  private var resultColumns: [Statement.Column] = []
  private var shown: ShownColumns?

  init(_ detail: PhotoDetail = .all) {
    self.detail = detail
    columns = PhotoColumns.read(detail)
    contents = columns.map(\.content)
    selection = PhotoColumns.selection(detail)
  }

  /// Reads the current row. Reuses the buffer to avoid copying a record of fifty fields.
  mutating func read(_ rows: Statement, into photo: inout PhotoBuffer) {
    switch detail {
    case .all, .flight: readByTable(rows, into: &photo)
    case .shown:
      let columns = shown ?? ShownColumns(rows)
      shown = columns
      columns.read(rows, into: &photo)
    }
  }

  /// As ``PhotoColumns`` has it, whatever the detail.
  mutating func readByTable(_ rows: Statement, into photo: inout PhotoBuffer) {
    if resultColumns.isEmpty { resultColumns = columns.map { rows.column($0.resultName) } }
    for index in contents.indices {
      contents[index].read(rows, resultColumns[index], into: &photo)
    }
  }
}

/// Reads the columns of ``PhotoDetail/shown`` by code that knows them: lists of a million rows take a tenth more time with a
/// closure per column. A test compares it with the table.
private struct ShownColumns {
  private let fid, file, size, mtime, status, reason, flags, lat, lon: Statement.Column
  private let alt, relAlt, takenAt, takenLocal, make, model: Statement.Column
  private let source, fix, yaw, yawSource, pitch: Statement.Column
  private let stdLon, stdLat, stdHeight: Statement.Column

  init(_ rows: Statement) {
    fid = rows.column("fid")
    file = rows.column("file")
    size = rows.column("size")
    mtime = rows.column("mtime")
    status = rows.column("status")
    reason = rows.column("reason")
    flags = rows.column("flag_bits")
    lat = rows.column("lat")
    lon = rows.column("lon")
    alt = rows.column("alt_m")
    relAlt = rows.column("rel_alt_m")
    takenAt = rows.column("taken_at")
    takenLocal = rows.column("taken_local")
    make = rows.column("camera_make")
    model = rows.column("camera_model")
    source = rows.column("source")
    fix = rows.column("fix")
    yaw = rows.column("yaw")
    yawSource = rows.column("yaw_source")
    pitch = rows.column("pitch")
    stdLon = rows.column("rtk_std_lon")
    stdLat = rows.column("rtk_std_lat")
    stdHeight = rows.column("rtk_std_h")
  }

  func read(_ rows: Statement, into photo: inout PhotoBuffer) {
    photo.row.id = rows.integer(fid)
    photo.row.file = rows.text(file)
    photo.row.size = rows.optionalInteger(size)
    photo.row.mtime = rows.optionalInteger(mtime)
    readRecord(rows, into: &photo.row.record, &photo.caches)
  }

  private func readRecord(
    _ rows: Statement, into record: inout PhotoRecord, _ caches: inout ColumnCaches
  ) {
    let status = rows.integer(status)
    record.outcome =
      status == PhotoStatus.located
      ? .located(Coordinate(latitude: rows.real(lat), longitude: rows.real(lon)))
      : PhotoStatus.outcome(status, reason: rows.text(reason))
    record.flags = PhotoFlags(rawValue: UInt32(truncatingIfNeeded: rows.integer(flags)))
    record.altitude = rows.optionalReal(alt)
    record.relativeAltitude = rows.optionalReal(relAlt)
    record.takenAt = rows.withBytes(takenAt) { caches.days.milliseconds($0) }
    record.takenLocal = rows.optionalText(takenLocal)
    caches.makes.put(rows, make, into: &record.cameraMake)
    caches.models.put(rows, model, into: &record.cameraModel)
    record.source = caches.sources.value(rows, source)
    record.fix = caches.fixes.value(rows, fix)
    let yaw = rows.optionalReal(yaw)
    let isOfGimbal =
      yaw != nil && rows.withBytes(yawSource) { $0.count == YawSource.gimbal.utf8.count }
    record.gimbalYaw = isOfGimbal ? yaw : nil
    record.imageDirection = isOfGimbal ? nil : yaw
    record.gimbalPitch = rows.optionalReal(pitch)
    record.rtkStdLon = rows.optionalReal(stdLon)
    record.rtkStdLat = rows.optionalReal(stdLat)
    record.rtkStdHeight = rows.optionalReal(stdHeight)
  }
}
