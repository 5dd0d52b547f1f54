import GeoFormats
import PhotoIndex
import PhotoModel

/// A question to the index and where its answer goes.
struct PhotoListing {
  let filter: PhotoFilter
  let output: PhotoOutputOptions
  let format: OutputFormat
  let common: CommonOptions
  let indexPath: String
  var failEmpty = false

  /// Only checks; the index is opened when the answer is asked for.
  init(
    filters: FilterOptions, missing: Bool, output: PhotoOutputOptions, common: CommonOptions
  ) throws {
    var filter = try filters.filter()
    if missing {
      try filters.refusePlaces(for: "--missing")
      filter.which = .missing
    }
    self.filter = filter
    self.output = output
    self.common = common
    format = try output.chosenFormat(isTerminal: StandardOutput.isTerminal)
    if output.heights, format != .geojson {
      throw CommandFailure.usage("--3d is for geojson only", advice: "-f geojson --3d")
    }
    indexPath = try common.indexPath()
  }

  func print() throws {
    let reader = try IndexReader(path: indexPath)
    // The file is created only when the question makes sense.
    if let site = filter.site { _ = try reader.site(named: site) }
    let count = try write { sink in
      var options = FormatOptions()
      options.includesHeight = output.heights
      options.rawCSV = output.rawCSV
      options.includesReason = filter.which != .located
      var writer = makeWriter(format, options: options, sink: sink)
      try writer.begin()
      let count = try reader.photos(filter) { try writer.write($0) }
      try writer.end()
      if writer.leftOut > 0 {
        common.note("--3d left out \(Plural.photos(writer.leftOut)) without an altitude")
      }
      return count
    }
    try finish(count, reader)
  }

  func printCount() throws {
    let reader = try IndexReader(path: indexPath)
    let count = try reader.count(filter)
    try write { sink in
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
    try finish(count, reader)
  }

  /// To standard output, or to a file that appears when all is written.
  private func write<R>(_ body: (@escaping ByteSink) throws -> R) throws -> R {
    guard let path = output.file else { return try body { try StandardOutput.write($0) } }
    let file = try AtomicFile(path)
    let result = try body { try file.write($0) }
    try file.commit()
    return result
  }

  private func finish(_ count: Int, _ reader: IndexReader) throws {
    if let path = output.file { common.note("\(Plural.photos(count)) written to \(path)") }
    guard count == 0 else { return }
    if output.file == nil { common.note("no photo passes the filters") }
    if let hint = try swappedBoxHint(reader) { common.note(hint) }
    if failEmpty { throw EarlyEnd(status: .other) }
  }

  /// Latitude and longitude are exchanged more often than a box is empty by intent.
  private func swappedBoxHint(_ reader: IndexReader) throws -> String? {
    guard let box = filter.box else { return nil }
    let swapped = Geography.swapped(box)
    guard swapped != box, Geography.isValid(swapped) else { return nil }
    var question = filter
    question.box = swapped
    let count = try reader.count(question)
    guard count > 0 else { return nil }
    return "did you mean --bbox \(text: swapped)? Longitude comes first; "
      + "there \(count == 1 ? "is" : "are") \(Plural.photos(count))"
  }
}

enum Plural {
  static func photos(_ count: Int) -> String { count == 1 ? "1 photo" : "\(count) photos" }
}

extension FilterOptions {
  /// Photos without a position lie nowhere; a place would silently exclude them all.
  func refusePlaces(for purpose: String) throws {
    guard let placeOption else { return }
    throw CommandFailure.usage(
      "\(placeOption) excludes photos without a position, which \(purpose) asks for",
      advice: "--site, --folder, --since or --until instead")
  }
}
