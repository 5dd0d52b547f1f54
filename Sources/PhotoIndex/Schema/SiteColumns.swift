import PhotoModel
import SQLite

/// One column of table `site`: its name, what is written to it and how it is read.
struct SiteColumn<Value>: Sendable {
  let name: String
  let get: @Sendable (Value) -> SQLValue
  let read: @Sendable (Statement, Statement.Column, inout Value) -> Void

  init(
    _ name: String, get: @escaping @Sendable (Value) -> SQLValue,
    read: @escaping @Sendable (Statement, Statement.Column, inout Value) -> Void
  ) {
    self.name = name
    self.get = get
    self.read = read
  }
}

/// The table of columns of a site. The index may come from a stranger: a setting that no option would take is none, and
/// counts are never negative.
enum SiteColumns {
  /// What `site add` stores.
  static let settings: [SiteColumn<SiteRecord>] = [
    .init("name", get: { .text($0.name) }, read: { $2.name = $0.text($1) }),
    .init("location", get: { .text($0.location) }, read: { $2.location = $0.text($1) }),
    // For the view photos_named; follows from the location.
    .init("url", get: { .text(PhotoURL.root($0.location)) }, read: { _, _, _ in }),
    .init(
      "identity", get: { SQLValue($0.settings.identity) },
      read: { $2.settings.identity = $0.optionalText($1) }),
    .init(
      "known_hosts", get: { SQLValue($0.settings.knownHosts) },
      read: { $2.settings.knownHosts = $0.optionalText($1) }),
    .init(
      "transport", get: { SQLValue($0.settings.transportText) },
      read: { $2.settings.transportText = $0.optionalText($1) }),
    .init(
      "timeout_s", get: { SQLValue($0.settings.timeoutSeconds) },
      read: {
        $2.settings.timeoutSeconds = $0.optionalReal($1).flatMap {
          (1...3600).contains($0) ? $0 : nil
        }
      }),
    .init(
      "connections", get: { SQLValue($0.settings.connections.map(Int64.init)) },
      read: { $2.settings.connections = setting($0, $1, 1...16) }),
    .init(
      "in_flight", get: { SQLValue($0.settings.inFlight.map(Int64.init)) },
      read: { $2.settings.inFlight = setting($0, $1, 1...4096) }),
    .init(
      "accept_new", get: { SQLValue($0.settings.acceptNew.map { Int64($0 ? 1 : 0) }) },
      read: { $2.settings.acceptNew = $0.optionalInteger($1).map { $0 != 0 } }),
    .init(
      "exclude", get: { SQLValue($0.settings.exclude.map(SiteSettings.text)) },
      read: { $2.settings.exclude = $0.optionalText($1).map(SiteSettings.list) }),
    .init(
      "include_ext", get: { SQLValue($0.settings.includedExtensions.map(SiteSettings.text)) },
      read: { $2.settings.includedExtensions = $0.optionalText($1).map(SiteSettings.list) }),
  ]

  /// The last sync. Its reasons are JSON, see ``reasons``.
  static let summary: [SiteColumn<SiteSummary>] = [
    .init(
      time, get: { SQLValue(Timestamp.text($0.finishedAt)) },
      read: { rows, column, summary in
        guard let time = finishedAt(rows, column) else { return }
        summary.finishedAt = time
      }),
    .init(
      "sync_complete", get: { .integer($0.complete ? 1 : 0) },
      read: { $2.complete = $0.integer($1) != 0 }),
    .init("sync_seconds", get: { .real($0.seconds) }, read: { $2.seconds = $0.real($1) }),
    .init(
      "sync_round_trip_ms", get: { SQLValue($0.roundTripMilliseconds) },
      read: { $2.roundTripMilliseconds = $0.optionalReal($1) }),
    .init(
      "sync_connections", get: { SQLValue($0.connections.map(Int64.init)) },
      read: { $2.connections = $0.optionalCount($1) }),
    counter("sync_listed", \.listed), counter("sync_new", \.new),
    counter("sync_changed", \.changed),
    counter("sync_moved", \.moved), counter("sync_removed", \.removed),
    counter("sync_located", \.located), counter("sync_without_position", \.withoutPosition),
    counter("sync_failed", \.failed), counter("sync_files_opened", \.filesOpened),
    counter("sync_data_requests", \.dataRequests),
    .init(
      "sync_bytes_received", get: { .integer(Int64($0.counters.bytesReceived)) },
      read: { $2.counters.bytesReceived = Int(clamping: max(0, $0.integer($1))) }),
    .init(
      "sync_bytes_sent", get: { .integer(Int64($0.counters.bytesSent)) },
      read: { $2.counters.bytesSent = Int(clamping: max(0, $0.integer($1))) }),
    counter("sync_kept", \.kept),
  ]

  /// When the last sync ended; NULL before the first.
  private static let time = "sync_at"
  /// A JSON object: number of photos by reason.
  private static let reasons = "sync_reasons"

  static let selection =
    (["id"] + settings.map(\.name) + summary.map(\.name) + [reasons]).joined(separator: ", ")

  /// Reads ``selection``.
  static func site(_ row: Statement, _ connection: Connection) throws -> SiteRecord {
    var site = SiteRecord(id: row.integer("id"), name: "", location: "")
    for column in settings { column.read(row, row.column(column.name), &site) }
    guard let time = finishedAt(row, row.column(time)) else { return site }
    var sync = SiteSummary(finishedAt: time, complete: false, seconds: 0)
    for column in summary { column.read(row, row.column(column.name), &sync) }
    let counts = try connection.prepare(
      """
      SELECT key AS reason, value AS photos
      FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END)
      """)
    counts.bind(row.text(reasons))
    while try counts.step() {
      sync.counters.reasons[counts.text("reason")] = counts.count("photos")
    }
    site.lastSync = sync
    return site
  }

  private static func finishedAt(_ row: Statement, _ column: Statement.Column) -> Int64? {
    row.withBytes(column) { Timestamp.milliseconds($0) }
  }

  private static func setting(
    _ row: Statement, _ column: Statement.Column, _ range: ClosedRange<Int>
  ) -> Int? {
    row.optionalInteger(column).flatMap { range.contains(Int(clamping: $0)) ? Int($0) : nil }
  }

  private static func counter(
    _ name: String, _ path: any WritableKeyPath<SyncCounters, Int> & Sendable
  ) -> SiteColumn<SiteSummary> {
    SiteColumn(
      name, get: { .integer(Int64($0.counters[keyPath: path])) },
      read: { $2.counters[keyPath: path] = $0.count($1) })
  }
}
