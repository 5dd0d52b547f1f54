import ArgumentParser
import GeoFormats
import PhotoModel

/// Where data goes. Stands below `--format`, whose help is each command's own.
struct TargetOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Write to this file, which appears complete or not at all; - is standard output.",
      valueName: "FILE"), completion: .file())
  var output: String?

  @Flag(name: .customLong("json"), help: "The same as -f json; errors are JSON, too.")
  var json = false

  /// The file to write, nil for standard output.
  var file: String? { output == "-" ? nil : output }
}

/// Where photos are written, and how.
struct PhotoOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "\(PhotoOutputOptions.formatNames). Default: the ending of -o, else table on a terminal and "
        + "geojson on a pipe.", valueName: "FORMAT"), completion: Completions.formats)
  var format: String?

  @OptionGroup var target: TargetOptions

  @Flag(
    name: .customLong("3d"),
    help: ArgumentHelp(
      "GeoJSON, KML: altitude as third ordinate; these, GPX and GeoPackage: photos without one are "
        + "left out and counted."))
  var heights = false

  @Flag(
    name: .customLong("raw-csv"),
    help: "CSV: no apostrophe before cells that a spreadsheet would run as a formula.")
  var rawCSV = false

  static let formatNames = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")

  var words: PhotoOutputWords {
    PhotoOutputWords(
      format: format, output: target.output, json: target.json, heights: heights, rawCSV: rawCSV)
  }
}

/// The same, as they were given.
struct PhotoOutputWords: Equatable {
  var format: String?
  var output: String?
  var json = false
  var heights = false
  var rawCSV = false

  /// The file to write, nil for standard output.
  var file: String? { output == "-" ? nil : output }

  func chosenFormat(isTerminal: Bool) throws -> OutputFormat {
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
      guard let ending = OutputFormat.fileExtension(of: file) else { return .geojson }
      throw CommandFailure.usage(
        "the ending “.\(ending)” of -o says no format",
        advice: "-f with \(PhotoOutputOptions.formatNames)")
    }
    return isTerminal ? .table : .geojson
  }
}

/// Where counts per folder are written, and how.
struct FolderOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "\(FolderOutputOptions.formatNames) (extents as polygons). Default: the ending of -o, else "
        + "table.", valueName: "FORMAT"))
  var format: String?

  @OptionGroup var target: TargetOptions

  static let formatNames = FolderFormat.allCases.map(\.rawValue).joined(separator: ", ")

  func chosenFormat() throws -> FolderFormat {
    if let format {
      guard let found = FolderFormat(rawValue: format.lowercased()) else {
        throw Choice.unknown(format, among: FolderFormat.allCases.map(\.rawValue))
      }
      if target.json, found != .json { throw Choice.contradiction(format) }
      return found
    }
    if target.json { return .json }
    guard let file = target.file, let ending = OutputFormat.fileExtension(of: file) else {
      return .table
    }
    guard let found = OutputFormat(fileName: file).flatMap({ FolderFormat(rawValue: $0.rawValue) })
    else {
      throw CommandFailure.usage(
        "the ending “.\(ending)” of -o says no format for folders",
        advice: "-f with \(Self.formatNames)")
    }
    return found
  }
}

/// Where other lists are written, and how.
struct ListOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp("table, csv, json or jsonl. Default: table.", valueName: "FORMAT"))
  var format: String?

  @Flag(name: .customLong("json"), help: "The same as -f json; errors are JSON, too.")
  var json = false

  func chosenFormat() throws -> RecordFormat {
    try Choice.format(format, json: json, default: .table, among: RecordFormat.self)
  }
}

/// Where photos without a position are listed, and how.
struct ProblemOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "\(ProblemOutputOptions.formatNames). Default: the ending of -o, else table.",
      valueName: "FORMAT"))
  var format: String?

  @OptionGroup var target: TargetOptions

  static let formatNames = OutputFormat.allCases.filter { !$0.needsPositions }.map(\.rawValue)
    .joined(separator: ", ")

  var words: PhotoOutputWords {
    PhotoOutputWords(format: format, output: target.output, json: target.json)
  }

  func chosenFormat() throws -> OutputFormat {
    if format == nil, !target.json, target.file == nil { return .table }
    return try words.chosenFormat(isTerminal: true)
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
      "the format “\(format)” is unknown",
      advice: nearest.map { "-f \($0)" } ?? "one of \(names.joined(separator: ", "))")
  }

  static func contradiction(_ format: String) -> CommandFailure {
    .usage("--json and -f \(format) contradict each other", advice: "one of them")
  }
}
