import ArgumentParser
import GeoFormats
import PhotoModel

/// Where data goes. The help lists it after `--format`, which differs by command.
struct TargetOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Write to this file, atomically; - is standard output.",
      valueName: "FILE"), completion: .file())
  var output: String?

  @Flag(name: .customLong("json"), help: "Same as -f json; errors are JSON, too.")
  var json = false

  /// The file to write, nil for standard output.
  var file: String? { output == "-" ? nil : output }

  /// Refuses a name that is empty, such as that of an unset variable.
  static func check(_ output: String?, option: String = "-o") throws {
    guard let output, output.isEmpty else { return }
    throw CommandFailure.usage("\(option) names no file", advice: "\(option) FILE")
  }
}

/// Destination and format of photos.
struct PhotoOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "\(PhotoOutputOptions.formatNames). Default: the extension of -o, else table on a terminal "
        + "and geojson on a pipe.", valueName: "FORMAT"), completion: Completions.formats)
  var format: String?

  @OptionGroup var target: TargetOptions

  @Flag(
    name: .customLong("3d"),
    help: ArgumentHelp(
      "GeoJSON, KML: write the altitude as third coordinate. These, GPX and GeoPackage: leave out "
        + "photos without an altitude, and count them."))
  var heights = false

  @OptionGroup var csv: CSVOptions

  static let formatNames = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")

  var words: PhotoOutputWords {
    PhotoOutputWords(
      format: format, output: target.output, json: target.json, heights: heights,
      csv: csv.words)
  }
}

/// The values of ``PhotoOutputOptions`` as they were typed.
struct PhotoOutputWords: Equatable {
  var format: String?
  var output: String?
  var json = false
  var heights = false
  var csv = CSVWords()

  /// The file to write, nil for standard output.
  var file: String? { output == "-" ? nil : output }

  func chosenFormat(isTerminal: Bool) throws -> OutputFormat {
    try TargetOptions.check(output)
    if let format {
      guard let found = OutputFormat(name: format) else {
        throw Choice.unknown(format, among: OutputFormat.allCases.map(\.rawValue))
      }
      if json, found != .json { throw Choice.contradiction(format) }
      return found
    }
    if json { return .json }
    if let file {
      if let found = OutputFormat(fileName: file) { return found }
      guard let ending = OutputFormat.fileExtension(of: file) else {
        return csv.selectsCSV ? .csv : .geojson
      }
      throw CommandFailure.usage(
        "unknown file extension “.\(ending)” of -o",
        advice: "-f with one of \(PhotoOutputOptions.formatNames)")
    }
    if csv.selectsCSV { return .csv }
    return isTerminal ? .table : .geojson
  }
}

/// Destination and format of counts per folder.
struct FolderOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "\(FolderOutputOptions.formatNames) (extents as polygons). Default: the extension of -o, "
        + "else table.", valueName: "FORMAT"))
  var format: String?

  @OptionGroup var target: TargetOptions

  @OptionGroup var csv: CSVOptions

  static let formatNames = FolderFormat.allCases.map(\.rawValue).joined(separator: ", ")

  func chosenFormat() throws -> FolderFormat {
    try TargetOptions.check(target.output)
    let format = try format(csv.words.selectsCSV ? .csv : .table)
    try csv.words.check(format.rawValue)
    return format
  }

  private func format(_ standard: FolderFormat) throws -> FolderFormat {
    if let format {
      guard let found = FolderFormat(rawValue: format.lowercased()) else {
        throw Choice.unknown(format, among: FolderFormat.allCases.map(\.rawValue))
      }
      if target.json, found != .json { throw Choice.contradiction(format) }
      return found
    }
    if target.json { return .json }
    guard let file = target.file, let ending = OutputFormat.fileExtension(of: file) else {
      return standard
    }
    guard let found = OutputFormat(fileName: file).flatMap({ FolderFormat(rawValue: $0.rawValue) })
    else {
      throw CommandFailure.usage(
        "unknown file extension “.\(ending)” of -o for folders",
        advice: "-f with one of \(Self.formatNames)")
    }
    return found
  }
}

/// Destination and format of changes.
struct ChangeOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "\(ChangeOutputOptions.formatNames). Default: the extension of -o, else table.",
      valueName: "FORMAT"))
  var format: String?

  @OptionGroup var target: TargetOptions

  @OptionGroup var csv: CSVOptions

  static let formatNames = ChangeFormat.allCases.map(\.rawValue).joined(separator: ", ")

  func chosenFormat() throws -> ChangeFormat {
    try TargetOptions.check(target.output)
    let format = try format(csv.words.selectsCSV ? .csv : .table)
    try csv.words.check(format.rawValue)
    return format
  }

  private func format(_ standard: ChangeFormat) throws -> ChangeFormat {
    if format != nil || target.json {
      return try Choice.format(
        format, json: target.json, default: standard, among: ChangeFormat.self)
    }
    guard let file = target.file, let ending = OutputFormat.fileExtension(of: file) else {
      return standard
    }
    guard let found = OutputFormat(fileName: file).flatMap({ ChangeFormat(rawValue: $0.rawValue) })
    else {
      throw CommandFailure.usage(
        "unknown file extension “.\(ending)” of -o for changes",
        advice: "-f with one of \(Self.formatNames)")
    }
    return found
  }
}

/// Format of other lists.
struct ListOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp("table, csv, json or jsonl. Default: table.", valueName: "FORMAT"))
  var format: String?

  @Flag(name: .customLong("json"), help: "Same as -f json; errors are JSON, too.")
  var json = false

  @OptionGroup var csv: CSVOptions

  func chosenFormat() throws -> RecordFormat {
    try csv.words.format(format, json: json, among: RecordFormat.self, .table, .csv)
  }
}

/// Destination and format of photos without a position.
struct ProblemOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "\(ProblemOutputOptions.formatNames). Default: the extension of -o, else table.",
      valueName: "FORMAT"))
  var format: String?

  @OptionGroup var target: TargetOptions

  @OptionGroup var csv: CSVOptions

  static let formatNames = OutputFormat.allCases.filter { !$0.needsPositions }.map(\.rawValue)
    .joined(separator: ", ")

  var words: PhotoOutputWords {
    PhotoOutputWords(
      format: format, output: target.output, json: target.json, csv: csv.words)
  }

  func chosenFormat() throws -> OutputFormat {
    let format =
      if format == nil, !target.json, target.file == nil, !csv.words.selectsCSV {
        OutputFormat.table
      } else {
        try words.chosenFormat(isTerminal: true)
      }
    try csv.words.check(format.rawValue)
    return format
  }
}

enum Choice {
  static func format<Format>(
    _ name: String?, json: Bool, default standard: Format, among: Format.Type
  ) throws -> Format where Format: RawRepresentable<String> & CaseIterable {
    guard let name = name ?? (json ? "json" : nil) else { return standard }
    guard let found = Format(rawValue: name.lowercased()) else {
      throw unknown(name, among: Format.allCases.map(\.rawValue))
    }
    if json, found.rawValue != "json" { throw contradiction(name) }
    return found
  }

  static func unknown(_ format: String, among names: [String]) -> CommandFailure {
    let nearest = Similar.nearest(to: format, in: names)
    return .usage(
      "unknown format “\(format)”",
      advice: nearest.map { "-f \($0)" } ?? "-f with one of \(names.joined(separator: ", "))")
  }

  static func contradiction(_ format: String) -> CommandFailure {
    .usage("--json and -f \(format) exclude each other", advice: "-f json, or -f \(format)")
  }
}
