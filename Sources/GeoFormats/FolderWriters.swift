public import PhotoModel

/// The formats counts per folder can be written in; the raw values are the names of `--format`.
public enum FolderFormat: String, Sendable, CaseIterable {
  case table, csv, json, jsonl, geojson
}

/// Counts per folder: `site, folder, photos, located, without_position, failed` and the extent of
/// the located photos as `west, south, east, north` (degrees, empty without one; west > east where it crosses 180°,
/// RFC 7946 §5.2); in GeoJSON the extent is the geometry.
public struct FolderWriter {
  package static let columns =
    countColumns + ["west", "south", "east", "north"].map { Column($0, isNumber: true) }

  fileprivate static let countColumns =
    [Column("site"), Column("folder")]
    + ["photos", "located", "without_position", "failed"].map { Column($0, isNumber: true) }

  private var writer: any FolderRowWriter

  /// - Parameter hasExtents: in a table; the other formats always have them.
  public init(
    _ format: FolderFormat, csv: CSVStyle = CSVStyle(), hasExtents: Bool = true,
    terminalColumns: Int? = nil,
    sink: @escaping ByteSink
  ) {
    let records: RecordFormat
    switch format {
    case .geojson:
      writer = FolderGeoJSON(sink: sink)
      return
    case .table: records = .table
    case .csv: records = .csv
    case .json: records = .json
    case .jsonl: records = .jsonl
    }
    let hasExtents = hasExtents || format != .table
    writer = FolderRecords(
      writer: makeRecordWriter(
        records, columns: hasExtents ? Self.columns : Self.countColumns, csv: csv,
        terminalColumns: terminalColumns, sink: sink),
      hasExtents: hasExtents)
  }

  public mutating func begin() throws { try writer.begin() }
  public mutating func write(_ row: FolderRow) throws { try writer.write(row) }
  public mutating func end() throws { try writer.end() }
}

private protocol FolderRowWriter {
  mutating func begin() throws
  mutating func write(_ row: FolderRow) throws
  mutating func end() throws
}

extension FolderRow {
  fileprivate var countFields: [FieldValue] {
    [.text(site), .text(folder)]
      + [photos, located, withoutPosition, failed].map { .integer(Int64($0)) }
  }
}

private struct FolderRecords: FolderRowWriter {
  var writer: any RecordWriter
  let hasExtents: Bool

  mutating func begin() throws { try writer.begin() }
  mutating func write(_ row: FolderRow) throws {
    guard hasExtents else { return try writer.write(row.countFields) }
    let extent = [row.extent?.west, row.extent?.south, row.extent?.east, row.extent?.north]
    try writer.write(row.countFields + extent.map { $0.map { .degrees($0) } ?? .null })
  }
  mutating func end() throws { try writer.end() }
}

/// A FeatureCollection (RFC 7946) of the folders' extents: counter-clockwise rectangles (§3.1.6),
/// two of them where an extent crosses 180° (§3.1.9), `null` for a folder without a located photo.
private struct FolderGeoJSON: FolderRowWriter {
  private var isFirst = true
  private var output: BlockOutput

  init(sink: @escaping ByteSink) { output = BlockOutput(sink) }

  mutating func begin() throws {
    output.bytes.append(#"{"type":"FeatureCollection","name":"folders","features":["#)
  }

  mutating func write(_ row: FolderRow) throws {
    output.bytes.append(isFirst ? "\n" : ",\n")
    isFirst = false
    output.bytes.append(#"{"type":"Feature","geometry":"#)
    if let box = row.extent {
      var geometry = JSONText()
      geometry.multiRectangle(box)
      output.bytes += geometry.bytes
    } else {
      output.bytes.append("null")
    }
    output.bytes.append(#","properties":{"#)
    output.bytes.appendJSONMembers(FolderWriter.countColumns, row.countFields)
    output.bytes.append("}}")
    try output.flushIfFull()
  }

  mutating func end() throws {
    output.bytes.append(isFirst ? "]}\n" : "\n]}\n")
    try output.flush()
  }
}
