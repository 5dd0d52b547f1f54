import GeoFormats
import PhotoIndex
import PhotoModel
import Sync

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How changes can be written.
enum ChangeFormat: String, CaseIterable {
  case table, json, jsonl, csv, geojson
}

/// Writes entries of the change log.
struct ChangeWriter {
  private static let columns =
    [
      Column("change"), Column("time"), Column("site"), Column("path"), Column("from"),
      Column("status"),
    ] + ["lat", "lon"].map { Column($0, isNumber: true) }
    + [
      Column("taken_at"), Column("id", isNumber: true), Column("seq", isNumber: true),
      Column("sync", isNumber: true), Column("sync_started_at"), Column("sync_outcome"),
    ]
  /// One line per photo; the other formats have all columns.
  private static let tableColumns: Set<String> = [
    "change", "time", "site", "path", "from", "seq", "sync",
  ]

  private enum Target {
    case records(any RecordWriter, shown: [Int])
    case features(FeatureRecords)
  }

  private var target: Target

  init(
    _ format: ChangeFormat, csv: CSVStyle, terminalColumns: Int?, sink: @escaping ByteSink
  ) {
    guard let records = RecordFormat(rawValue: format.rawValue) else {
      target = .features(FeatureRecords(name: "changes", columns: Self.columns, sink: sink))
      return
    }
    let shown = Self.columns.indices.filter {
      format != .table || Self.tableColumns.contains(Self.columns[$0].name)
    }
    target = .records(
      makeRecordWriter(
        records, columns: shown.map { Self.columns[$0] }, csv: csv,
        terminalColumns: terminalColumns, sink: sink), shown: shown)
  }

  mutating func begin() throws {
    switch target {
    case .records(var writer, let shown):
      try writer.begin()
      target = .records(writer, shown: shown)
    case .features(var writer):
      try writer.begin()
      target = .features(writer)
    }
  }

  mutating func write(_ entry: ChangeEntry) throws {
    let fields = Self.fields(entry)
    switch target {
    case .records(var writer, let shown):
      try writer.write(shown.map { fields[$0] })
      target = .records(writer, shown: shown)
    case .features(var writer):
      try writer.write(fields, at: entry.row?.record.position)
      target = .features(writer)
    }
  }

  mutating func end() throws {
    switch target {
    case .records(var writer, _): try writer.end()
    case .features(var writer): try writer.end()
    }
  }

  private static func fields(_ entry: ChangeEntry) -> [FieldValue] {
    let record = entry.row?.record
    return [
      .text(entry.kind.rawValue), entry.time.map { .time($0) } ?? .null, .text(entry.site),
      entry.photo == nil ? .null : .text(entry.path), FieldValue(entry.from),
      FieldValue(record?.outcome.status), record?.position.map { .degrees($0.latitude) } ?? .null,
      record?.position.map { .degrees($0.longitude) } ?? .null,
      record?.takenAt.map { .time($0) } ?? FieldValue(record?.takenLocal),
      FieldValue(entry.photo?.id), .integer(entry.seq), FieldValue(entry.run?.id),
      entry.run?.startedAt.map { .time($0) } ?? .null, FieldValue(entry.run?.outcome?.rawValue),
    ]
  }
}

/// The first changes of a sync, as lines of its summary.
enum ChangeText {
  private static let named = 5

  /// The number before a sync; nil for an index that is not there yet.
  static func lastSeq(index: String) throws -> Int64? {
    guard access(index, F_OK) == 0 else { return nil }
    return try IndexReader(path: index).changeState().lastSeq
  }

  /// - Parameter seq: of the index before the sync. After the first sync of a site, all photos are new: none is named.
  static func lines(
    after seq: Int64?, _ run: SyncSummary, _ site: SiteRecord, _ request: SyncRequest,
    index: String?
  ) throws -> [String] {
    guard let seq, run.new + run.changed + run.moved + run.removed > 0,
      run.new < run.listed || run.removed > 0
    else { return [] }
    var lines: [String] = []
    let reader = try IndexReader(path: request.indexPath)
    try reader.changeLog(since: seq, site: site.id, limit: named + 1) { lines.append(line($0)) }
    guard lines.count > named else { return lines }
    let all = ["changes", site.name, "--since", String(seq)]
    return Array(lines.prefix(named)) + ["  all of them: " + NextCommand.text(all, index: index)]
  }

  static func line(_ entry: ChangeEntry) -> String {
    let from = entry.from.map { ", was \($0)" } ?? ""
    return "  \(entry.kind.rawValue): \(entry.path)\(from)"
  }
}
