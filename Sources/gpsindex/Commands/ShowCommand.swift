import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print all that is known of one photo.")

  @Argument(
    help: ArgumentHelp(
      "The photo's path below its site, or as much of its end as makes it the only one; the site's "
        + "name may stand in front.", valueName: "PATH"))
  var path: String

  @Option(help: ArgumentHelp("Of this site.", valueName: "NAME"))
  var site: String?

  @Flag(name: .customLong("json"), help: "Print one JSON object.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let reader = try IndexReader(path: try common.indexPath())
    let record = try site.map { try reader.site(named: $0) }
    let row = try onlyMatch(in: reader, record)
    let location = try record?.location ?? reader.site(named: row.site).location
    let fields = PhotoDetails.fields(of: row, location: location)
    if json {
      var text = JSONText()
      text.beginObject()
      for (name, value) in fields { text.member(name, value) }
      text.endObject()
      try StandardOutput.write(text.text + "\n")
    } else {
      try Listing.printPairs(fields)
    }
  }

  private func onlyMatch(in reader: IndexReader, _ site: SiteRecord?) throws -> PhotoRow {
    let wanted = PathBytes(text: path)
    var rows = try reader.photos(at: wanted)
    if let site { rows = rows.filter { $0.site == site.name } }
    // The whole path beats paths that merely end like it.
    let exact = rows.filter { PathBytes(text: $0.path) == wanted }
    if exact.count == 1 { rows = exact }
    guard let first = rows.first else {
      throw CommandFailure(
        .notFound, "there is no photo \(path) in the index",
        advice: "“gpsindex query” or “gpsindex problems” list the paths")
    }
    guard rows.count == 1 else {
      let examples = rows.prefix(3).map { "\($0.site)/\($0.path)" }.joined(separator: ", ")
      throw CommandFailure.usage(
        "\(rows.count) photos are called \(first.file)", advice: "more of the path: \(examples)")
    }
    return first
  }
}

/// All fields of a photo in a fixed order: those of the outputs first, then the rest.
enum PhotoDetails {
  static func fields(of row: PhotoRow, location: String) -> [(String, FieldValue)] {
    let record = row.record
    let separator = location.hasSuffix("/") || location.hasSuffix(":") ? "" : "/"
    return [
      ("id", .integer(row.id)), ("site", .text(row.site)), ("folder", .text(row.folder)),
      ("file", .text(row.file)), ("path", .text(row.path)),
      ("location", .text(location + separator + row.path)),
      ("status", .text(record.outcome.status)), ("reason", FieldValue(record.outcome.reason)),
      ("lon", record.position.map { .degrees($0.longitude) } ?? .null),
      ("lat", record.position.map { .degrees($0.latitude) } ?? .null),
      ("alt_m", FieldValue(record.altitude)),
      ("alt_reference", FieldValue(record.altitudeReference?.rawValue)),
      ("rel_alt_m", FieldValue(record.relativeAltitude)),
      ("taken_at", record.takenAt.map { .time($0) } ?? .null),
      ("taken_local", FieldValue(record.takenLocal)),
      ("utc_offset_min", FieldValue(record.utcOffsetMinutes.map(Int64.init))),
    ] + camera(record) + attitude(record) + [
      ("fix", FieldValue(record.fix?.rawValue)),
      ("rtk_flag", FieldValue(record.rtkFlag.map(Int64.init))),
      ("rtk_std_lon_m", FieldValue(record.rtkStdLon)),
      ("rtk_std_lat_m", FieldValue(record.rtkStdLat)),
      ("rtk_std_height_m", FieldValue(record.rtkStdHeight)),
      ("source", FieldValue(record.source?.rawValue)), ("flags", .text(record.flags.text)),
      ("other_lon", record.otherPosition.map { .real($0.longitude) } ?? .null),
      ("other_lat", record.otherPosition.map { .real($0.latitude) } ?? .null),
      ("size", FieldValue(row.size)), ("mtime", FieldValue(row.mtime)),
      ("mtime_at", FieldValue(row.mtime.flatMap(ISOTime.text(seconds:)))),
    ]
  }

  private static func camera(_ record: PhotoRecord) -> [(String, FieldValue)] {
    [
      ("camera_make", FieldValue(record.cameraMake)),
      ("camera_model", FieldValue(record.cameraModel)),
      ("serial_number", FieldValue(record.serialNumber)),
      ("image_source", FieldValue(record.imageSource)),
      ("pixel_width", FieldValue(record.pixelWidth.map(Int64.init))),
      ("pixel_height", FieldValue(record.pixelHeight.map(Int64.init))),
      ("focal_length_35_mm", FieldValue(record.focalLength35)),
    ]
  }

  private static func attitude(_ record: PhotoRecord) -> [(String, FieldValue)] {
    [
      ("yaw", FieldValue(record.yaw)), ("pitch", FieldValue(record.gimbalPitch)),
      ("roll", FieldValue(record.gimbalRoll)),
      ("image_direction", FieldValue(record.imageDirection)),
      ("image_direction_magnetic", .flag(record.imageDirectionMagnetic)),
      ("flight_yaw", FieldValue(record.flightYaw)),
      ("flight_pitch", FieldValue(record.flightPitch)),
      ("flight_roll", FieldValue(record.flightRoll)),
    ]
  }
}

enum Listing {
  /// `name  value` lines for people, absent values left out.
  static func printPairs(_ pairs: [(String, FieldValue)]) throws {
    let present = pairs.filter { $0.1 != .null && $0.1 != .text("") }
    let width = present.map(\.0.count).max() ?? 0
    var text = ""
    for (name, value) in present {
      let padding = String(repeating: " ", count: width - name.count + 2)
      text += name + padding + value.shown + "\n"
    }
    try StandardOutput.write(text)
  }

  /// Rows of one shape on standard output.
  static func print(_ format: RecordFormat, _ columns: [Column], _ rows: [[FieldValue]]) throws {
    var writer = makeRecordWriter(format, columns: columns) { try StandardOutput.write($0) }
    try writer.begin()
    for row in rows { try writer.write(row) }
    try writer.end()
  }
}

extension FieldValue {
  /// For a terminal.
  var shown: String {
    switch self {
    case .null: ""
    case .text(let text): terminalText(text)
    case .integer(let number): "\(number)"
    case .real(let number), .degrees(let number): "\(number)"
    case .time(let milliseconds): ISOTime.text(milliseconds: milliseconds) ?? ""
    case .flag(let flag): flag ? "yes" : "no"
    }
  }
}
