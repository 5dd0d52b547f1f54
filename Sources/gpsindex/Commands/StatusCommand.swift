import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show counts and the last sync of each site.",
    discussion: """
      For every site, photos = located + without_position + failed: its rows in the index. kept counts \
      those whose files are gone and whose rows the deletion guard keeps. listed, in --runs and \
      sync, counts the photos that a sync found. last_sync is the last sync that \
      changed the index, last_attempt the last one of all. --runs lists every sync that brought \
      something, the latest first; changes lists what it brought.
      """)

  @Argument(
    help: ArgumentHelp("Only this site.", valueName: "SITE"), completion: Completions.sites)
  var site: String?

  @Flag(help: "List the syncs that changed photos, the latest first.")
  var runs = false

  @OptionGroup(title: "Output") var output: ListOutputOptions
  @OptionGroup var common: CommonOptions

  private static let columns =
    [Column("site")]
    + ["folders", "photos", "located", "without_position", "failed", "kept"].map {
      Column($0, isNumber: true)
    }
    + ["reasons", "last_sync", "complete", "last_attempt", "outcome", "location"].map { Column($0) }

  private static let tableColumns: Set<String> = [
    "site", "photos", "located", "without_position", "failed", "kept", "reasons", "last_sync",
    "outcome",
  ]

  func run() throws {
    let format = try output.chosenFormat()
    let style = output.csv.words.style
    let reader = try IndexReader(path: try common.indexPath(), takesOlder: true)
    if runs { return try RunListing.print(format, csv: style, reader, site: site, common) }
    let statuses = try reader.status(site: site)
    switch format {
    case .json, .jsonl: try printJSON(statuses, reader, isArray: format == .json)
    case .csv:
      try Listing.print(format, csv: style, Self.columns, statuses.map { Self.fields($0, reader) })
    case .table:
      // One line per site; the other formats have all columns.
      let shown = Self.columns.indices.filter { Self.tableColumns.contains(Self.columns[$0].name) }
      try Listing.print(
        format, csv: style, shown.map { Self.columns[$0] },
        statuses.map { status in
          let fields = Self.fields(status, reader)
          return shown.map { fields[$0] }
        })
    }
    if statuses.isEmpty {
      common.note("the index has no site", advice: "gpsindex site add NAME LOCATION")
    }
  }

  private static func fields(_ status: SiteStatus, _ reader: IndexReader) -> [FieldValue] {
    let counts = [
      status.folders, status.photos, status.located, status.withoutPosition, status.failed,
      status.kept,
    ]
    let sync = status.site.lastSync
    let attempt = reader.lastAttempt(status.site)
    let complete = sync.map { Self.isComplete($0, attempt) }
    var fields: [FieldValue] = [.text(status.site.name)]
    fields += counts.map { .integer(Int64($0)) }
    fields.append(.text(Reasons.text(status.reasons)))
    fields.append(sync.map { .time($0.finishedAt) } ?? .null)
    fields.append(complete.map { .flag($0) } ?? .null)
    fields.append(attempt.map { .time($0.time) } ?? .null)
    let outcome = attempt.map { attempt in
      attempt.outcome.rawValue + (attempt.message.map { ": \($0)" } ?? "")
    }
    fields.append(FieldValue(outcome))
    fields.append(.text(status.site.location))
    return fields
  }

  private func printJSON(_ statuses: [SiteStatus], _ reader: IndexReader, isArray: Bool) throws {
    let objects = statuses.map { status in
      var json = JSONText()
      json.beginObject()
      json.member("site", .text(status.site.name))
      json.member("location", .text(status.site.location))
      json.member("folders", .integer(Int64(status.folders)))
      json.member("photos", .integer(Int64(status.photos)))
      json.member("located", .integer(Int64(status.located)))
      json.member("without_position", .integer(Int64(status.withoutPosition)))
      json.member("failed", .integer(Int64(status.failed)))
      json.member("kept", .integer(Int64(status.kept)))
      json.key("reasons")
      Reasons.write(status.reasons, to: &json)
      json.key("last_sync")
      if var sync = status.site.lastSync {
        sync.complete = Self.isComplete(sync, reader.lastAttempt(status.site))
        SyncSummaryText.write(sync, site: nil, to: &json)
      } else {
        json.null()
      }
      json.key("last_attempt")
      Self.write(reader.lastAttempt(status.site), to: &json)
      json.endObject()
      return json.text
    }
    let lines = objects.joined(separator: isArray ? ",\n" : "\n")
    let newline = objects.isEmpty ? "" : "\n"
    try StandardOutput.write(isArray ? "[\(newline)\(lines)\(newline)]\n" : lines + newline)
  }
}

extension StatusCommand {
  /// A sync without news leaves its outcome beside the index only; and photos that could not be read make a
  /// sync incomplete whose listings were complete.
  private static func isComplete(_ sync: SiteSummary, _ attempt: SiteAttempt?) -> Bool {
    sync.complete && attempt?.outcome != .incomplete
  }

  private static func write(_ attempt: SiteAttempt?, to json: inout JSONText) {
    guard let attempt else { return json.null() }
    json.beginObject()
    json.member("at", .time(attempt.time))
    json.member("outcome", .text(attempt.outcome.rawValue))
    json.member("message", FieldValue(attempt.message))
    json.endObject()
  }
}

/// The reasons of photos without a position, with their counts.
enum Reasons {
  /// All names: reasons for a missing position first, then failures, each in the order of its type.
  private static let names =
    NoPosition.allCases.map(\.rawValue) + Failure.allCases.map(\.rawValue)

  static func sorted(_ reasons: [String: Int]) -> [(name: String, count: Int)] {
    let known = names.compactMap { name in reasons[name].map { (name: name, count: $0) } }
    let others = reasons.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
    return known + others.map { (name: $0.key, count: $0.value) }
  }

  static func text(_ reasons: [String: Int]) -> String {
    sorted(reasons).map { "\($0.name) \($0.count)" }.joined(separator: ", ")
  }

  static func write(_ reasons: [String: Int], to json: inout JSONText) {
    json.beginObject()
    for (name, count) in sorted(reasons) { json.member(name, .integer(Int64(count))) }
    json.endObject()
  }
}
