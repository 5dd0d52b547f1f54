import ArgumentParser
import GeoFormats

/// How CSV is written, for every command that writes it.
struct CSVOptions: ParsableArguments {
  @Flag(
    name: .customLong("raw-csv"),
    help: "CSV: do not put an apostrophe before cells that a spreadsheet would run as a formula.")
  var rawCSV = false

  @Flag(
    help: "CSV: begin with a byte order mark, so that Excel reads names in UTF-8. Selects csv.")
  var excel = false

  @Flag(
    name: .customLong("decimal-comma"),
    help: "CSV: decimal commas, and semicolons between cells, for a spreadsheet that expects them.")
  var decimalComma = false

  var words: CSVWords { CSVWords(isRaw: rawCSV, excel: excel, decimalComma: decimalComma) }
}

/// The values of ``CSVOptions`` as they were typed.
struct CSVWords: Equatable {
  var isRaw = false
  var excel = false
  var decimalComma = false

  var style: CSVStyle {
    CSVStyle(isRaw: isRaw, hasByteOrderMark: excel, hasDecimalCommas: decimalComma)
  }

  /// Where nothing else says the format, these options do.
  var selectsCSV: Bool { excel || decimalComma }

  /// Refuses them for another format.
  func check(_ format: String) throws {
    for (isSet, option) in [(excel, "--excel"), (decimalComma, "--decimal-comma")]
    where isSet && format != "csv" {
      throw CommandFailure.usage(
        "\(option) is not supported for \(format)", advice: "-f csv \(option)")
    }
  }

  /// The value of `-f`, else `csv` where these options select it, else `standard`.
  func format<Format>(
    _ name: String?, json: Bool, among formats: Format.Type, _ standard: Format, _ csv: Format
  ) throws -> Format where Format: RawRepresentable<String> & CaseIterable {
    let format = try Choice.format(
      name, json: json, default: selectsCSV ? csv : standard, among: formats)
    try check(format.rawValue)
    return format
  }
}
