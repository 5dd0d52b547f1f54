import Platform
import GeoFormats
import PhotoIndex
import PhotoModel
import PhotoSource

/// A query of the index, with the destination of its result.
struct PhotoListing {
  let filter: PhotoFilter
  let output: PhotoOutputWords
  let page: PageWords
  let format: OutputFormat
  let isQuiet: Bool
  let indexPath: String
  let failEmpty: Bool

  /// Checks the arguments; does not open the index yet.
  init(_ arguments: QueryArguments) throws {
    var filters = arguments.filters
    if arguments.missing { filters[.missing] = "true" }
    filter = try filters.filter()
    output = arguments.output
    page = arguments.page
    isQuiet = arguments.isQuiet
    failEmpty = arguments.failEmpty
    format = try output.chosenFormat(isTerminal: StandardOutput.isTerminal)
    indexPath = try CommonOptions.indexPath(
      option: arguments.index, environment: Environment.value)
    try check()
  }

  /// Refuses what the format does not support.
  private func check() throws {
    try page.check(for: format)
    if output.heights, !format.hasOptionalHeight {
      throw CommandFailure.usage(
        "--3d is not supported for \(format.rawValue)", advice: "-f geojson --3d")
    }
    try output.csv.check(format.rawValue)
    if filter.which != .located, format.needsPositions {
      throw CommandFailure.usage(
        "\(format.rawValue) contains only photos with a position", advice: "-f csv or -f geojson")
    }
    if format == .kmz, output.file == nil, StandardOutput.isTerminal {
      throw CommandFailure.usage("a terminal shows no kmz", advice: "-o flight.kmz")
    }
    if format.isDatabase, output.file == nil {
      throw CommandFailure.usage(
        "\(format.rawValue) cannot be written to standard output",
        advice: "-o photos.\(format.rawValue)")
    }
  }

  func print() throws {
    let reader = try IndexReader(path: indexPath, takesOlder: true)
    // Before the file is created.
    try reader.confirmSites(of: filter)
    if format.isDatabase, let path = output.file { return try writeGeoPackage(path, reader) }
    if format.isPage { return try writePage(reader) }
    let count = try writeOutput(to: output.file) { sink in
      var options = FormatOptions()
      options.includesHeight = output.heights
      options.terminalColumns = Terminal.outputColumns(output.file)
      options.csv = output.csv.style
      options.includesReason = filter.which != .located
      if format == .urls { options.rootURLs = try Self.rootURLs(reader) }
      var writer = makeWriter(format, options: options, sink: sink)
      try writer.begin()
      let count = try read(reader, hasParts: writer.hasParts) { twin in
        if let twin, let parts = try reader.parts(filter) {
          let listing = PartedListing(parts: parts, format: format, options: options)
          return try listing.write(with: [HandedReader(reader: reader), twin], to: &writer)
        }
        let count = try reader.photos(filter, detail: .shown) { try writer.write($0) }
        for _ in 1..<writer.passes {
          try writer.nextPass()
          try reader.photos(filter, detail: .shown) { try writer.write($0) }
        }
        return count
      }
      try writer.end()
      noteLeftOut(writer.leftOut)
      return count - writer.leftOut
    }
    try finish(count, reader)
  }

  /// Uses a second reader where format and machine support it and the result is large enough to gain time.
  private func read<R>(
    _ reader: IndexReader, hasParts: Bool, _ body: (HandedReader?) throws -> R
  ) throws -> R {
    let small: R? = try reader.reading {
      let isLarge =
        try hasParts && filter.limit == nil && reader.atMost(filter) >= IndexReader.worthParts
        && PartedListing.isWorthIt
      return isLarge ? nil : try body(nil)
    }
    if let small { return small }
    return try reader.readingTwice(body)
  }

  /// Without a filter writes a copy of the whole index, including photos without a position; otherwise a new index of the
  /// matching photos.
  private func writeGeoPackage(_ path: String, _ reader: IndexReader) throws {
    if FileIdentity.isSame(path, indexPath) {
      throw CommandFailure.usage(
        "\(path) is the index itself, which an export does not overwrite", advice: "-o copy.gpkg")
    }
    if filter == PhotoFilter(), !output.heights {
      try reader.snapshot(to: path)
      return try finish(try reader.count(filter), reader, isWhole: true)
    }
    var leftOut = 0
    let count = try reader.export(filter, to: path) { row in
      guard output.heights, row.record.position != nil, row.record.altitude == nil else {
        return true
      }
      leftOut += 1
      return false
    }
    noteLeftOut(leftOut)
    try finish(count, reader)
  }

  private func writePage(_ reader: IndexReader) throws {
    let export = PageExport(
      filter: filter, format: format, words: page, file: output.file, indexPath: indexPath)
    if try export.write(reader, note: { note($0, advice: $1) }) == 0 { try finish(0, reader) }
  }

  private func note(_ line: String, advice: String = "") {
    if !isQuiet { Messages.note(line, advice: advice) }
  }

  private func noteLeftOut(_ count: Int) {
    guard count > 0 else { return }
    switch format {
    case .paths:
      note(
        "left out \(Plural.photos(count)) with a line feed in the path", advice: "-f paths0")
    case .urls: note("left out \(Plural.photos(count)) of sites without a valid location")
    default: note("--3d left out \(Plural.photos(count)) without an altitude")
    }
  }

  /// By the name of the site. A location that is not valid has no URL.
  private static func rootURLs(_ reader: IndexReader) throws -> [ExactText: String] {
    var urls: [ExactText: String] = [:]
    for site in try reader.sites() {
      urls[ExactText(site.name)] = (try? SitePlace(site))?.url
    }
    return urls
  }

  func printCount() throws {
    let reader = try IndexReader(path: indexPath, takesOlder: true)
    let count = try reader.count(filter)
    try writeOutput(to: output.file) { sink in
      var text = "\(count)\n"
      if output.json || format == .json && output.format != nil {
        var json = JSONText()
        json.beginObject()
        json.member("count", .integer(Int64(count)))
        json.endObject()
        text = json.text + "\n"
      }
      try Array(text.utf8).withUnsafeBytes(sink)
    }
    try finish(count, reader, what: "the count of ")
  }

  /// - Parameter isWhole: the output is a copy of the index.
  private func finish(
    _ count: Int, _ reader: IndexReader, what: String = "", isWhole: Bool = false
  ) throws {
    if let path = output.file {
      let rest = what.isEmpty ? try withoutPosition(reader, isWhole: isWhole) : ""
      note("wrote \(what)\(Plural.photos(count)) to \(path)\(rest)")
    }
    guard count == 0 else {
      if !isQuiet {
        for (line, advice) in try EmptyResult.folderNotes(filter, reader) {
          note(line, advice: advice)
        }
      }
      return
    }
    let hint = try swappedHint(reader) ?? EmptyResult.hint(filter, reader)
    note("no photo matches the filters" + EmptyResult.reason(hint), advice: hint?.advice ?? "")
    if failEmpty { throw EarlyEnd(status: .other) }
  }

  /// Without a filter, a copy of the index contains the photos without a position; every other file does not.
  private func withoutPosition(_ reader: IndexReader, isWhole: Bool) throws -> String {
    guard filter == PhotoFilter(), !output.heights else { return "" }
    var missing = filter
    missing.which = .missing
    let count = try reader.count(missing)
    if isWhole {
      return count == 0
        ? ": the whole index" : ", and \(count) without a position: the whole index"
    }
    return count == 0
      ? "" : "; \(count) without a position \(count == 1 ? "is" : "are") not in it (--missing)"
  }

  /// Exchanged latitude and longitude are the most likely cause of an empty result.
  private func swappedHint(_ reader: IndexReader) throws -> EmptyResult.Hint? {
    var question = filter
    let instead: String
    if let box = filter.box {
      let swapped = FilterPlaces.swapped(box)
      guard swapped != box, FilterPlaces.isValid(swapped) else { return nil }
      question.box = swapped
      instead = "--bbox \(FilterPlaces.text(swapped))"
    } else if let near = filter.near {
      let swapped = near.center.swapped
      guard swapped != near.center, swapped.isValid else { return nil }
      question.near?.center = swapped
      instead =
        "--near \(FilterPlaces.text(swapped.longitude)),\(FilterPlaces.text(swapped.latitude))"
    } else if let polygon = filter.polygon {
      let swapped = polygon.polygons.map { $0.map { $0.map(\.swapped) } }
      guard swapped.allSatisfy({ $0.allSatisfy { $0.allSatisfy(\.isValid) } }) else { return nil }
      question.polygon = Polygons(swapped)
      instead = "--polygon FILE.geojson with longitude and latitude exchanged"
    } else {
      return nil
    }
    let count = try reader.count(question)
    guard count > 0 else { return nil }
    return EmptyResult.Hint(
      why: "longitude comes first; with the numbers exchanged \(Plural.photos(count)) "
        + (count == 1 ? "matches" : "match"), advice: instead)
  }
}

extension Coordinate {
  /// Longitude and latitude exchanged; may be invalid.
  fileprivate var swapped: Coordinate { Coordinate(latitude: longitude, longitude: latitude) }
}

enum Plural {
  static func photos(_ count: Int) -> String { count == 1 ? "1 photo" : "\(count) photos" }
  static func files(_ count: Int) -> String { count == 1 ? "1 file" : "\(count) files" }
  static func sites(_ count: Int) -> String { count == 1 ? "1 site" : "\(count) sites" }
  static func folders(_ count: Int) -> String { count == 1 ? "1 folder" : "\(count) folders" }
}
