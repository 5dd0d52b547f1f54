import ArgumentParser
import PhotoModel

struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "List matching photos.",
    discussion: """
      Uses the index only and opens no connection. A photo must match all filters. Without filters \
      it lists all photos that have a position.

        gpsindex query --bbox 8.4,47.3,8.6,47.5
        gpsindex query --near 8.54,47.37 --radius 200m --since 2024-05-01 -f csv
        gpsindex query --site nas --folder 'flight1*' -o flight.geojson
        gpsindex query --missing -f table
      """)

  @OptionGroup var siteNames: SiteArguments
  @OptionGroup(title: "Filters") var filters: FilterOptions

  @Flag(help: "List photos without a position instead, with the reason.")
  var missing = false

  @Flag(help: "Print only the number of photos.")
  var count = false

  @Flag(name: .customLong("fail-empty"), help: "Exit with code 1 when nothing matches.")
  var failEmpty = false

  @OptionGroup(title: "Output") var output: PhotoOutputOptions
  @OptionGroup var common: CommonOptions

  var arguments: QueryArguments {
    QueryArguments(
      filters: filters.words(siteNames), missing: missing, count: count, failEmpty: failEmpty,
      output: output.words, index: common.index, isQuiet: common.quiet)
  }

  func run() throws { try arguments.run() }
}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Export matching photos to a file.",
    discussion: """
      Takes the options of query and requires -o. The file extension selects the format.

        gpsindex export -o photos.geojson
        gpsindex export --site nas --3d -o nas.kml
        gpsindex export -o copy.gpkg
        gpsindex export --folder flight1 --thumbnails -o flight.html
      """)

  @OptionGroup var siteNames: SiteArguments
  @OptionGroup(title: "Filters") var filters: FilterOptions

  @Flag(help: "List photos without a position instead, with the reason.")
  var missing = false

  @Flag(name: .customLong("fail-empty"), help: "Exit with code 1 when nothing matches.")
  var failEmpty = false

  @OptionGroup(title: "Output") var output: PhotoOutputOptions
  @OptionGroup(title: "Output") var page: PageOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    guard output.target.output != nil else {
      throw CommandFailure.usage("export needs -o FILE", advice: "-o photos.geojson")
    }
    try QueryArguments(
      filters: filters.words(siteNames), missing: missing, failEmpty: failEmpty,
      output: output.words, page: page.words, index: common.index, isQuiet: common.quiet
    ).run()
  }
}
