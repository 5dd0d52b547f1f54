import GeoFormats
import PhotoIndex
import PhotoModel

/// `status --runs`: the history of syncs that changed what a photo's row says.
enum RunListing {
  private static let columns =
    [Column("sync", isNumber: true), Column("site"), Column("started_at"), Column("finished_at")]
    + [Column("outcome")]
    + [
      "new", "changed", "moved", "removed", "kept", "listed", "located", "without_position",
      "failed", "first_seq", "last_seq",
    ].map { Column($0, isNumber: true) }
  private static let tableColumns: Set<String> = [
    "sync", "site", "started_at", "outcome", "new", "changed", "moved", "removed", "listed",
    "last_seq",
  ]

  static func print(
    _ format: RecordFormat, csv: CSVStyle, _ reader: IndexReader, site: String?,
    _ common: CommonOptions
  ) throws {
    let id = try site.map { try reader.site(named: $0).id }
    let runs = try reader.runs(site: id)
    let shown = columns.indices.filter {
      format != .table || tableColumns.contains(columns[$0].name)
    }
    try Listing.print(
      format, csv: csv, shown.map { columns[$0] },
      runs.map { run in
        let fields = fields(run)
        return shown.map { fields[$0] }
      })
    if runs.isEmpty {
      common.note("no sync has changed a photo yet", advice: "gpsindex sync")
    } else {
      common.note(
        "list what one of them and all later ones brought: "
          + NextCommand.text(["changes", "--since"], index: common.index)
          + " N, with N one below its first_seq (-f json)")
    }
  }

  private static func fields(_ run: SyncRunRecord) -> [FieldValue] {
    // Until a run has ended, the index does not have its counts.
    let hasCounts = run.outcome != nil && run.outcome != .siteRemoved && run.outcome != .failed
    let counts = [
      run.counters.new, run.counters.changed, run.counters.moved, run.counters.removed,
      run.counters.kept, run.counters.listed, run.counters.located, run.counters.withoutPosition,
      run.counters.failed,
    ]
    let head: [FieldValue] = [
      .integer(run.id), .text(run.site), run.startedAt.map { .time($0) } ?? .null,
      run.finishedAt.map { .time($0) } ?? .null, FieldValue(run.outcome?.rawValue),
    ]
    return head + counts.map { hasCounts ? .integer(Int64($0)) : .null }
      + [.integer(run.firstSeq), .integer(run.lastSeq)]
  }
}
