public import PhotoModel

/// The formats counts per folder can be written in; the raw values are the names of `--format`.
public enum FolderFormat: String, Sendable, CaseIterable {
  case table, csv, json, jsonl, geojson
}

/// Counts per folder: `site, folder, photos, located, without_position, failed` and the extent of
/// the located photos as `west, south, east, north` (degrees, empty without one); in GeoJSON the
/// extent is the geometry.
public struct FolderWriter {
  package static let columns =
    countColumns + ["west", "south", "east", "north"].map { Column($0, isNumber: true) }

  fileprivate static let countColumns =
    [Column("site"), Column("folder")]
    + ["photos", "located", "without_position", "failed"].map { Column($0, isNumber: true) }

  private var writer: any FolderRowWriter

  public init(_ format: FolderFormat, rawCSV: Bool = false, sink: @escaping ByteSink) {
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
    writer = FolderRecords(
      writer: makeRecordWriter(records, columns: Self.columns, rawCSV: rawCSV, sink: sink))
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

  mutating func begin() throws { try writer.begin() }
  mutating func write(_ row: FolderRow) throws {
    let extent = [row.extent?.west, row.extent?.south, row.extent?.east, row.extent?.north]
    try writer.write(row.countFields + extent.map { $0.map { .degrees($0) } ?? .null })
  }
  mutating func end() throws { try writer.end() }
}

/// A FeatureCollection (RFC 7946) of the folders' extents: counter-clockwise rectangles (§3.1.6),
/// `null` for a folder without a located photo, of no area for a single one.
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
    if let box = row.extent { appendRectangle(box) } else { output.bytes.append("null") }
    output.bytes.append(#","properties":{"#)
    output.bytes.appendJSONMembers(FolderWriter.countColumns, row.countFields)
    output.bytes.append("}}")
    try output.flushIfFull()
  }

  mutating func end() throws {
    output.bytes.append(isFirst ? "]}\n" : "\n]}\n")
    try output.flush()
  }

  private mutating func appendRectangle(_ box: BoundingBox) {
    output.bytes.append(#"{"type":"Polygon","coordinates":[["#)
    let corners = [
      (box.west, box.south), (box.east, box.south), (box.east, box.north), (box.west, box.north),
      (box.west, box.south),
    ]
    for (index, (x, y)) in corners.enumerated() {
      output.bytes.append(index == 0 ? "[" : ",[")
      output.bytes.appendDegrees(x)
      output.bytes.append(UInt8(ascii: ","))
      output.bytes.appendDegrees(y)
      output.bytes.append(UInt8(ascii: "]"))
    }
    output.bytes.append("]]}")
  }
}
