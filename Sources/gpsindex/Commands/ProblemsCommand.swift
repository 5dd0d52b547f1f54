import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

struct ProblemsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "problems", abstract: "List photos without a position, with the reason.",
    discussion: "Includes photos that could not be read or decoded.")

  @OptionGroup var siteNames: SiteArguments
  @OptionGroup(title: "Filters") var filters: FilterOptions

  @Option(
    help: ArgumentHelp(
      "Only photos with this reason, such as zero or damaged. Repeatable; any matches.",
      valueName: "NAME"))
  var reason: [String] = []

  @Flag(help: "Print the number of photos per site, folder and reason.")
  var counts = false

  @OptionGroup(title: "Output") var output: ProblemOutputOptions
  @OptionGroup var common: CommonOptions

  private static let columns =
    ["site", "path", "status", "reason"].map { Column($0) }
    + ["size", "mtime"].map { Column($0, isNumber: true) } + [Column("folder")]
  private static let countColumns =
    ["site", "folder", "status", "reason"].map { Column($0) } + [Column("photos", isNumber: true)]

  private var words: FilterWords {
    var words = filters.words(siteNames)
    words[all: .reason] = reason
    return words
  }

  /// The checked filter.
  func filter() throws -> PhotoFilter {
    try words.refusePlaces(for: "problems")
    return try words.filter()
  }

  func run() throws {
    let filter = try self.filter()
    let format = try output.chosenFormat()
    guard let format = RecordFormat(rawValue: format.rawValue) else {
      guard !counts else {
        throw CommandFailure.usage(
          "--counts is not supported for \(format.rawValue)",
          advice: "-f table, -f csv, -f json or -f jsonl")
      }
      return try listing().print()
    }
    let reader = try IndexReader(path: try common.indexPath(), takesOlder: true)
    try reader.confirmSites(of: filter)
    let count = try writeOutput(to: output.target.file) { sink in
      var writer = makeRecordWriter(
        format, columns: counts ? Self.countColumns : Self.columns,
        csv: output.csv.words.style,
        terminalColumns: Terminal.outputColumns(output.target.file), sink: sink)
      return try counts
        ? Self.writeCounts(reader, filter, &writer) : Self.write(reader, filter, &writer)
    }
    if count == 0 {
      var asked = filter
      asked.which = .missing
      let hint = try EmptyResult.hint(asked, reader)
      common.note("no problems found" + EmptyResult.reason(hint), advice: hint?.advice ?? "")
    } else {
      try common.noteFolders(filter, reader)
    }
    try noteKeptRows(reader, filter)
  }

  /// Kept rows with a position are no rows of this list.
  private func noteKeptRows(_ reader: IndexReader, _ filter: PhotoFilter) throws {
    let kept = try reader.status().filter {
      filter.sites.isEmpty || filter.sites.contains(where: $0.site.name.hasSameBytes)
    }.reduce(0) { $0 + $1.kept }
    guard kept > 0 else { return }
    common.note(
      "the deletion guard keeps \(Plural.photos(kept)) without a file",
      advice: NextCommand.text(
        ["query"] + filter.sites + ["--flag", "file-gone"], index: common.index))
  }

  /// The same photos as features, or as a new index.
  private func listing() throws -> PhotoListing {
    try PhotoListing(
      QueryArguments(
        filters: words, missing: true, output: output.words, index: common.index,
        isQuiet: common.quiet))
  }

  private static func write(
    _ reader: IndexReader, _ filter: PhotoFilter, _ writer: inout any RecordWriter
  ) throws -> Int {
    try writer.begin()
    let count = try reader.problems(filter) { row in
      try writer.write([
        .text(row.site), .text(row.path), .text(row.record.outcome.status),
        FieldValue(row.record.outcome.reason), FieldValue(row.size), FieldValue(row.mtime),
        .text(row.folder),
      ])
    }
    try writer.end()
    return count
  }

  private static func writeCounts(
    _ reader: IndexReader, _ filter: PhotoFilter, _ writer: inout any RecordWriter
  ) throws -> Int {
    try writer.begin()
    var place = (site: "", folder: "")
    var reasons: [String: Int] = [:]
    func flush() throws {
      for (name, count) in Reasons.sorted(reasons) {
        let status = NoPosition(rawValue: name) == nil ? "failed" : "without-position"
        try writer.write([
          .text(place.site), .text(place.folder), .text(status), .text(name),
          .integer(Int64(count)),
        ])
      }
      reasons = [:]
    }
    // The photos of a folder are adjacent.
    let count = try reader.problems(filter) { row in
      if place != (row.site, row.folder) {
        try flush()
        place = (row.site, row.folder)
      }
      reasons[row.record.outcome.reason ?? "", default: 0] += 1
    }
    try flush()
    try writer.end()
    return count
  }
}
