package import PhotoModel

/// Writes photos. Order of calls: `begin` once, `write` for each row, `end` once; only then all
/// bytes have reached the sink. Memory does not grow with the number of rows.
package protocol RowWriter {
  mutating func begin() throws
  mutating func write(_ row: PhotoRow) throws
  mutating func end() throws
  /// Rows the format could not carry (GeoJSON with heights: located, but without an altitude).
  var leftOut: Int { get }
}

package func makeWriter(
  _ format: OutputFormat, options: FormatOptions = FormatOptions(), sink: @escaping ByteSink
) -> any RowWriter {
  let records: RecordFormat
  switch format {
  case .geojson: return GeoJSONWriter(options: options, sink: sink)
  case .table: return PhotoTableWriter(withReason: options.includesReason, sink: sink)
  case .csv: records = .csv
  case .json: records = .json
  case .jsonl: records = .jsonl
  }
  return PhotoRecordWriter(records, options: options, sink: sink)
}

/// Photos as rows with all fields: CSV, JSON, JSON lines.
struct PhotoRecordWriter: RowWriter {
  private let shape: PhotoFields
  private var fields: [FieldValue] = []
  private var writer: any RecordWriter

  init(_ format: RecordFormat, options: FormatOptions, sink: @escaping ByteSink) {
    shape = PhotoFields(withLonLat: true, withReason: options.includesReason)
    writer = makeRecordWriter(format, columns: shape.columns, rawCSV: options.rawCSV, sink: sink)
  }

  var leftOut: Int { 0 }
  mutating func begin() throws { try writer.begin() }
  mutating func write(_ row: PhotoRow) throws {
    shape.fill(&fields, from: row)
    try writer.write(fields)
  }
  mutating func end() throws { try writer.end() }
}

/// Photos as an aligned table of the fields that matter on a terminal.
struct PhotoTableWriter: RowWriter {
  private let shape: PhotoTableFields
  private var fields: [FieldValue] = []
  private var writer: TableRecords

  init(withReason: Bool, sink: @escaping ByteSink) {
    shape = PhotoTableFields(withReason: withReason)
    writer = TableRecords(columns: shape.columns, sink: sink)
  }

  var leftOut: Int { 0 }
  mutating func begin() throws { try writer.begin() }
  mutating func write(_ row: PhotoRow) throws {
    shape.fill(&fields, from: row)
    try writer.write(fields)
  }
  mutating func end() throws { try writer.end() }
}

/// Counts per folder: `site, folder, photos, located, without_position, failed` and the extent of
/// the located photos as `west, south, east, north` (degrees, empty without one).
package struct FolderWriter {
  package static let columns =
    [Column("site"), Column("folder")]
    + [
      "photos", "located", "without_position", "failed", "west", "south", "east", "north",
    ].map { Column($0, isNumber: true) }

  private var writer: any RecordWriter

  package init(_ format: RecordFormat, rawCSV: Bool = false, sink: @escaping ByteSink) {
    writer = makeRecordWriter(format, columns: Self.columns, rawCSV: rawCSV, sink: sink)
  }

  package mutating func begin() throws { try writer.begin() }

  package mutating func write(_ row: FolderRow) throws {
    let extent = [row.extent?.west, row.extent?.south, row.extent?.east, row.extent?.north]
    let counts = [row.photos, row.located, row.withoutPosition, row.failed]
    try writer.write(
      [.text(row.site), .text(row.folder)] + counts.map { .integer(Int64($0)) }
        + extent.map { $0.map { .degrees($0) } ?? .null })
  }

  package mutating func end() throws { try writer.end() }
}
