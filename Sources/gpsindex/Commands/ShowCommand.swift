import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel
import Platform

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show all fields of one photo.")

  @Argument(
    help: ArgumentHelp(
      "Path of the photo below its site, or a unique end of it, also without the file extension. The "
        + "name of the site may precede the path. Or the URL of the photo, or its path on this machine.",
      valueName: "PATH"))
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

  @OptionGroup var csv: CSVOptions

  @Flag(help: "Write the embedded thumbnail of the photo, a JPEG, to the file of -o instead.")
  var thumbnail = false

  @Flag(help: "Write the larger embedded preview to the file of -o instead.")
  var preview = false

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "With --thumbnail or --preview: write to this file, atomically; - is standard output.",
      valueName: "FILE"), completion: .file())
  var output: String?

  @OptionGroup var reach: ReachOptions

  private var common: CommonOptions { reach.common }

  func run() throws {
    try TargetOptions.check(output)
    if let kind = try ShownPicture.kind(self) { return try ShownPicture.write(kind, self) }
    let style = csv.words.style
    let format = try csv.words.format(format, json: json, among: DetailFormat.self, .table, .csv)
    let reader = try IndexReader(path: try common.indexPath(), takesOlder: true)
    let record = try site.map { try reader.site(named: $0) }
    let row = try onlyMatch(in: reader, record)
    let details = PhotoDetails(row, state: try reader.state(of: row.id))
    switch format {
    case .table:
      try Listing.print(.table, csv: style, PhotoDetails.columns, details.rows(absent: false))
    case .csv:
      try Listing.print(.csv, csv: style, PhotoDetails.columns, details.rows(absent: true))
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

  /// By its URL, by its path on this machine, by its path in the index, and only then without its file extension. A whole path
  /// in the index takes precedence over a relative one on this machine, and that over paths that only end with it.
  private func candidates(in reader: IndexReader) throws -> [PhotoRow] {
    let byURL = try photos(byURL: reader)
    if !byURL.isEmpty { return byURL }
    let wanted = PathBytes(text: path)
    let rows = try reader.photos(at: wanted)
    let exact = rows.filter { PathBytes(text: $0.path) == wanted }
    if exact.count == 1 { return exact }
    // A current folder that is gone has no files.
    if let place = try? Environment.absolute(path) {
      let here = try photos(onThisMachine: place, reader)
      if !here.isEmpty { return here }
    }
    return try rows.isEmpty ? reader.photos(at: wanted, anyEnding: true) : rows
  }

  /// `sftp://…`, `file://…`, `user@host:path`, or a path on this machine that looks like one.
  private func photos(byURL reader: IndexReader) throws -> [PhotoRow] {
    if ["/", "./", "../", "~/"].contains(where: { path.utf8.starts(with: $0.utf8) }) {
      return try photos(onThisMachine: try Environment.absolute(path), reader)
    }
    if path.contains("://") { return try photos(at: path, reader) }
    guard path.utf8.contains(UInt8(ascii: ":")) else { return [] }
    return try photos(at: String(PhotoURL.root(path).dropLast()), reader)
  }

  private func photos(onThisMachine path: String, _ reader: IndexReader) throws -> [PhotoRow] {
    try photos(at: String(PhotoURL.root(Self.plain(path)).dropLast()), reader)
  }

  private func photos(at url: String, _ reader: IndexReader) throws -> [PhotoRow] {
    guard let wanted = PercentCoding.decoded(url) else { return [] }
    let name = PathBytes(text: wanted).lastComponent
    return try reader.photos(at: name).filter { row in
      guard let own = row.url.flatMap({ PercentCoding.decoded($0) }) else { return false }
      return own.hasSameBytes(as: wanted) || Self.withoutUser(own).hasSameBytes(as: wanted)
    }
  }

  /// Without `.` and `..`.
  private static func plain(_ path: String) -> String {
    var names: [Substring] = []
    for name in path.utf8.split(separator: UInt8(ascii: "/")).map({ Substring($0) }) {
      switch name {
      case ".": continue
      case "..": _ = names.popLast()
      default: names.append(name)
      }
    }
    return "/" + names.joined(separator: "/")
  }

  /// `sftp://host/path` of `sftp://user@host/path`: who copies a URL may leave the user out.
  private static func withoutUser(_ url: String) -> String {
    let scheme = "sftp://"
    guard url.utf8.starts(with: scheme.utf8) else { return url }
    let rest = url.utf8.dropFirst(scheme.utf8.count)
    guard let at = rest.prefix(while: { $0 != UInt8(ascii: "/") }).lastIndex(of: UInt8(ascii: "@"))
    else { return url }
    return scheme + String(Substring(rest[rest.index(after: at)...]))
  }

  func onlyMatch(in reader: IndexReader, _ site: SiteRecord?) throws -> PhotoRow {
    let rows = try candidates(in: reader).filter { row in
      site.map { row.site.hasSameBytes(as: $0.name) } ?? true
    }
    guard let first = rows.first else {
      // The ending may be written in other letters.
      let stem = String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex))
      let similar =
        try stem == path ? [] : reader.photos(at: PathBytes(text: stem), anyEnding: true)
      throw CommandFailure(
        .notFound, "the index has no photo \(path)",
        advice: similar.first.map { "gpsindex show \(NextCommand.quoted("\($0.site)/\($0.path)"))" }
          ?? "gpsindex query -f csv, or gpsindex problems, which list the paths")
    }
    guard rows.count == 1 else {
      let examples = rows.prefix(3).map {
        "gpsindex show \(NextCommand.quoted("\($0.site)/\($0.path)"))"
      }
      throw CommandFailure.usage(
        "the paths of \(rows.count) photos end with “\(path)”",
        advice: examples.joined(separator: ", or "))
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
  static func print(
    _ format: RecordFormat, csv: CSVStyle, _ columns: [Column], _ rows: [[FieldValue]]
  ) throws {
    var writer = makeRecordWriter(
      format, columns: columns, csv: csv, terminalColumns: Terminal.outputColumns(nil)
    ) { try StandardOutput.write($0) }
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
