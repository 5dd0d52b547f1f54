import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

struct FoldersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "folders", abstract: "Count photos per folder.",
    discussion: """
      With filters it counts matching photos only, and leaves out folders without one. --bbox, \
      --near and --polygon count only photos with a position.

        gpsindex folders nas
        gpsindex folders --bbox 8.4,47.3,8.6,47.5 -f json
        gpsindex folders -f geojson -o extents.geojson
      """)

  @OptionGroup var siteNames: SiteArguments
  @OptionGroup(title: "Filters") var filters: FilterOptions
  @Flag(help: "Table: also print the extent of each folder.")
  var extents = false

  @OptionGroup(title: "Output") var output: FolderOutputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let filter = try filters.words(siteNames).filter()
    let format = try output.chosenFormat()
    let reader = try IndexReader(path: try common.indexPath(), takesOlder: true)
    let rows = try reader.folders(filter)
    try writeOutput(to: output.target.file) { sink in
      var writer = FolderWriter(
        format, csv: output.csv.words.style, hasExtents: extents,
        terminalColumns: Terminal.outputColumns(output.target.file), sink: sink)
      try writer.begin()
      for row in rows { try writer.write(row) }
      try writer.end()
    }
    if rows.isEmpty {
      let hint = try EmptyResult.hint(filter, reader)
      common.note(
        "no folder matches the filters" + EmptyResult.reason(hint), advice: hint?.advice ?? "")
    } else {
      try common.noteFolders(filter, reader)
    }
  }
}

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check the integrity of the index.",
    discussion:
      "Reads the whole index and changes nothing. Exits with code 65 when it finds damage.")

  @Flag(name: .customLong("json"), help: "Print the findings as JSON.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let path = try common.indexPath()
    let findings = try IndexReader(path: path, takesOlder: true).check()
    if json {
      var text = JSONText()
      text.beginObject()
      text.member("index", .text(path))
      text.member("ok", .flag(findings.isEmpty))
      text.key("findings")
      text.beginArray()
      for finding in findings { text.value(finding) }
      text.endArray()
      text.endObject()
      try StandardOutput.write(text.text + "\n")
    } else {
      let lines = findings.isEmpty ? ["\(path): ok"] : findings
      try StandardOutput.write(lines.map { terminalText($0) + "\n" }.joined())
    }
    guard findings.isEmpty else {
      throw CommandFailure(
        .badData, "the index \(path) is damaged: \(findings.count) findings; no photo is affected",
        advice: "mv \(NextCommand.quoted(path)) \(NextCommand.quoted(path + ".damaged")), "
          + "then gpsindex sync LOCATION")
    }
  }
}
