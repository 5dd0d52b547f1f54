package import PhotoModel

/// All fields of one photo, each with where it came from; docs/fields.md explains them.
package struct PhotoDetails: Sendable {
  package struct Field: Sendable {
    package var name: String
    package var value: FieldValue
    /// Nil for what is the index's own.
    package var source: String?

    init(_ name: String, _ value: FieldValue, _ source: String? = nil) {
      self.name = name
      self.value = value
      // What is absent comes from nowhere.
      self.source = value == .null || value == .text("") ? nil : source
    }
  }

  package static let columns = ["field", "value", "source"].map { Column($0) }

  private let row: PhotoRow
  /// Those of all outputs first, in their order; then the rest.
  package let fields: [Field]

  /// - Parameters:
  ///   - location: of the photo's site.
  ///   - parserVersion, racy, sidecar: how the index keeps the row, where that is known.
  package init(
    _ row: PhotoRow, location: String, parserVersion: Int?, racy: Bool?, sidecar: ListedFile?
  ) {
    self.row = row
    fields =
      Self.place(row, location: location) + Self.heights(row.record) + Self.times(row.record)
      + Self.camera(row.record) + Self.attitude(row.record) + Self.quality(row.record)
      + Self.provenance(row.record) + Self.file(row, parserVersion, racy, sidecar)
  }

  /// One flat object, and `sources` behind it.
  package func json() -> String {
    var text = JSONText()
    text.beginObject()
    for field in fields { text.member(field.name, field.value) }
    text.key("sources")
    text.beginObject()
    for field in fields { if let source = field.source { text.member(field.name, .text(source)) } }
    text.endObject()
    text.endObject()
    return text.text
  }

  /// A GeoJSON feature with the properties of every other feature, in their order, and then the rest.
  package func feature() -> String {
    let first = [
      "site", "folder", "file", "path", "alt_m", "rel_alt_m", "taken_at", "taken_local",
      "camera_make", "camera_model", "yaw", "pitch", "fix", "source", "flags", "size", "mtime",
    ]
    var text = JSONText()
    text.beginObject()
    text.member("type", .text("Feature"))
    text.member("id", .integer(row.id))
    text.key("geometry")
    if let position = row.record.position {
      text.beginObject()
      text.member("type", .text("Point"))
      text.key("coordinates")
      text.beginArray()
      text.value(.degrees(position.longitude))
      text.value(.degrees(position.latitude))
      text.endArray()
      text.endObject()
    } else {
      text.null()
    }
    text.key("properties")
    text.beginObject()
    for name in first {
      if let field = fields.first(where: { $0.name == name }) { text.member(name, field.value) }
    }
    for field in fields where !first.contains(field.name) && field.name != "id" {
      text.member(field.name, field.value)
    }
    text.endObject()
    text.endObject()
    return text.text
  }

  // MARK: The fields

  private static func place(_ row: PhotoRow, location: String) -> [Field] {
    let record = row.record
    let separator = location.hasSuffix("/") || location.hasSuffix(":") ? "" : "/"
    let source = record.source?.rawValue
    return [
      Field("id", .integer(row.id)), Field("site", .text(row.site)),
      Field("folder", .text(row.folder)), Field("file", .text(row.file)),
      Field("path", .text(row.path)), Field("location", .text(location + separator + row.path)),
      Field("kind", .text(record.kind.rawValue)), Field("status", .text(record.outcome.status)),
      Field("reason", FieldValue(record.outcome.reason)),
      Field("lon", record.position.map { .degrees($0.longitude) } ?? .null, source),
      Field("lat", record.position.map { .degrees($0.latitude) } ?? .null, source),
    ]
  }

  private static func heights(_ record: PhotoRecord) -> [Field] {
    let source = record.sources[.altitude].name
    return [
      Field("alt_m", FieldValue(record.altitude), source),
      Field("alt_reference", FieldValue(record.altitudeReference?.rawValue), source),
      Field(
        "rel_alt_m", FieldValue(record.relativeAltitude), record.sources[.relativeAltitude].name),
    ]
  }

  private static func times(_ record: PhotoRecord) -> [Field] {
    let local = record.sources[.takenLocal].name
    return [
      Field(
        "taken_at", record.takenAt.map { .time($0) } ?? .null, record.sources[.takenAt].name),
      Field("taken_local", FieldValue(record.takenLocal), local),
      Field("utc_offset_min", FieldValue(record.utcOffsetMinutes.map(Int64.init)), local),
    ]
  }

  private static func camera(_ record: PhotoRecord) -> [Field] {
    let camera = record.sources[.camera].name
    let exif = ValueSource.exif.name
    return [
      Field("camera_make", FieldValue(record.cameraMake), camera),
      Field("camera_model", FieldValue(record.cameraModel), camera),
      Field("serial_number", FieldValue(record.serialNumber), record.sources[.serial].name),
      Field("image_source", FieldValue(record.imageSource), record.sources[.droneState].name),
      Field("pixel_width", FieldValue(record.pixelWidth.map(Int64.init)), exif),
      Field("pixel_height", FieldValue(record.pixelHeight.map(Int64.init)), exif),
      Field("focal_length_35_mm", FieldValue(record.focalLength35), exif),
    ]
  }

  private static func attitude(_ record: PhotoRecord) -> [Field] {
    let camera = record.sources[.attitude].name
    let direction = record.sources[.direction].name
    let flight = record.sources[.flight].name
    return [
      Field("yaw", FieldValue(record.yaw), record.gimbalYaw == nil ? direction : camera),
      Field("pitch", FieldValue(record.gimbalPitch), camera),
      Field("roll", FieldValue(record.gimbalRoll), camera),
      Field("image_direction", FieldValue(record.imageDirection), direction),
      Field(
        "image_direction_magnetic", .flag(record.imageDirectionMagnetic),
        record.imageDirection == nil ? nil : direction),
      Field("flight_yaw", FieldValue(record.flightYaw), flight),
      Field("flight_pitch", FieldValue(record.flightPitch), flight),
      Field("flight_roll", FieldValue(record.flightRoll), flight),
    ]
  }

  private static func quality(_ record: PhotoRecord) -> [Field] {
    let accuracy = record.sources[.accuracy].name
    let state = record.sources[.droneState].name
    let target = record.sources[.target].name
    return [
      Field("fix", FieldValue(record.fix?.rawValue), accuracy),
      Field("rtk_flag", FieldValue(record.rtkFlag.map(Int64.init)), accuracy),
      Field("rtk_std_lon_m", FieldValue(record.rtkStdLon), accuracy),
      Field("rtk_std_lat_m", FieldValue(record.rtkStdLat), accuracy),
      Field("rtk_std_height_m", FieldValue(record.rtkStdHeight), accuracy),
      Field("gps_status", FieldValue(record.gpsStatus), state),
      Field("altitude_type", FieldValue(record.altitudeType), state),
      Field("target_lon", record.target.map { .degrees($0.coordinate.longitude) } ?? .null, target),
      Field("target_lat", record.target.map { .degrees($0.coordinate.latitude) } ?? .null, target),
      Field("target_alt_m", FieldValue(record.target?.altitude), target),
      Field("target_distance_m", FieldValue(record.target?.distance), target),
    ]
  }

  private static func provenance(_ record: PhotoRecord) -> [Field] {
    let other = record.otherSource?.rawValue
    return [
      Field("source", FieldValue(record.source?.rawValue)),
      Field("flags", .text(record.flags.text)),
      Field("other_lon", record.otherPosition.map { .real($0.longitude) } ?? .null, other),
      Field("other_lat", record.otherPosition.map { .real($0.latitude) } ?? .null, other),
      Field("other_source", FieldValue(other)),
      Field("other_alt_m", FieldValue(record.otherAltitude)),
    ]
  }

  private static func file(
    _ row: PhotoRow, _ parserVersion: Int?, _ racy: Bool?, _ sidecar: ListedFile?
  ) -> [Field] {
    [
      Field("size", FieldValue(row.size), "listing"),
      Field("mtime", FieldValue(row.mtime), "listing"),
      Field("mtime_at", FieldValue(row.mtime.flatMap(ISOTime.text(seconds:))), "listing"),
      Field("sidecar", FieldValue(sidecar?.name.text), "listing"),
      Field("sidecar_size", FieldValue(sidecar?.size), "listing"),
      Field("sidecar_mtime", FieldValue(sidecar?.mtime), "listing"),
      Field("parser_version", FieldValue(parserVersion.map(Int64.init))),
      Field("racy", racy.map { .flag($0) } ?? .null),
    ]
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
