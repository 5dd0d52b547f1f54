import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show all fields of one photo.")

  @Argument(
    help: ArgumentHelp(
      "Path of the photo below its site, or a unique end of it. The name of the site may precede "
        + "the path.", valueName: "PATH"))
  var path: String

  @Option(
    help: ArgumentHelp("Only photos of this site.", valueName: "NAME"),
    completion: Completions.sites)
  var site: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("table, json, jsonl, csv or geojson. Default: table.", valueName: "FORMAT"))
  var format: String?

  @Flag(name: .customLong("json"), help: "Same as -f json; errors are JSON, too.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let format = try Choice.format(format, json: json, default: .table, among: DetailFormat.self)
    let reader = try IndexReader(path: try common.indexPath(), takesOlder: true)
    let record = try site.map { try reader.site(named: $0) }
    let row = try onlyMatch(in: reader, record)
    let location = try record?.location ?? reader.site(named: row.site).location
    let details = PhotoDetails(row, location: location, state: try reader.state(of: row.id))
    switch format {
    case .table: try Listing.print(.table, PhotoDetails.columns, details.rows(absent: false))
    case .csv: try Listing.print(.csv, PhotoDetails.columns, details.rows(absent: true))
    case .json, .jsonl: try StandardOutput.write(details.json() + "\n")
    case .geojson: try StandardOutput.write(details.feature() + "\n")
    }
    if row.record.flags.contains(.fileGone) {
      common.note(
        "file-gone: the last sync did not find the file, and the deletion guard keeps the row; to remove "
          + "all such rows: "
          + NextCommand.text(["sync", row.site, "--allow-mass-delete"], index: common.index))
    }
  }

  private func onlyMatch(in reader: IndexReader, _ site: SiteRecord?) throws -> PhotoRow {
    let wanted = PathBytes(text: path)
    var rows = try reader.photos(at: wanted)
    if let site { rows = rows.filter { $0.site.hasSameBytes(as: site.name) } }
    // A whole path takes precedence over paths that only end with it.
    let exact = rows.filter { PathBytes(text: $0.path) == wanted }
    if exact.count == 1 { rows = exact }
    guard let first = rows.first else {
      throw CommandFailure(
        .notFound, "the index has no photo \(path)",
        advice: "gpsindex query -f csv, or gpsindex problems, which list the paths")
    }
    guard rows.count == 1 else {
      let examples = rows.prefix(3).map { "\($0.site)/\($0.path)" }.joined(separator: ", ")
      throw CommandFailure.usage(
        "\(rows.count) photos match \(first.file)", advice: "a longer path, such as \(examples)")
    }
    return first
  }
}

enum Listing {
  /// Prints `name  value` lines, without absent values.
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

  /// Prints rows on standard output.
  static func print(_ format: RecordFormat, _ columns: [Column], _ rows: [[FieldValue]]) throws {
    var writer = makeRecordWriter(format, columns: columns) { try StandardOutput.write($0) }
    try writer.begin()
    for row in rows { try writer.write(row) }
    try writer.end()
  }
}

extension FieldValue {
  /// The text for a terminal.
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
