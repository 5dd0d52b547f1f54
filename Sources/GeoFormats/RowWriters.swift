public import PhotoModel

/// Writes photos. Order of calls: `begin` once, `write` for each row, `end` once; only then all
/// bytes have reached the sink. Memory does not grow with the number of rows (GPX: of a folder).
public protocol RowWriter {
  mutating func begin() throws
  mutating func write(_ row: PhotoRow) throws
  mutating func end() throws
  /// How often all rows are to be handed over, each time the same ones in the same order;
  /// ``nextPass()`` stands between two passes.
  var passes: Int { get }
  mutating func nextPass() throws
  /// Rows the format could not carry (with heights asked for: located, but without an altitude).
  var leftOut: Int { get }

  /// Several writers can share the work: each writes some rows that follow each other as a part,
  /// ``beginPart()``, `write`, ``endPart()``, and one of them, between its `begin` and `end`, puts
  /// the parts together in their order.
  var hasParts: Bool { get }
  mutating func beginPart()
  mutating func endPart() throws
  mutating func append(part: UnsafeRawBufferPointer, leftOut: Int) throws
}

extension RowWriter {
  public var hasParts: Bool { false }
  public mutating func beginPart() { preconditionFailure("this format has no parts") }
  public mutating func endPart() throws {}
  public mutating func append(part: UnsafeRawBufferPointer, leftOut: Int) throws {}
  public var passes: Int { 1 }
  public mutating func nextPass() throws {}
}

/// Photos as an array of objects, one per line; or just the objects, one per line (NDJSON).
struct PhotoJSONRecords: RowWriter {
  private let isArray: Bool
  private var members: PhotoJSON
  private var isFirst = true
  private var output: BlockOutput

  init(isArray: Bool, options: FormatOptions, sink: @escaping ByteSink) {
    self.isArray = isArray
    members = PhotoJSON(.records, withReason: options.includesReason)
    output = BlockOutput(sink)
  }

  var leftOut: Int { 0 }

  mutating func begin() throws {
    if isArray { output.bytes.append(UInt8(ascii: "[")) }
  }

  mutating func write(_ row: PhotoRow) throws {
    if isArray { output.bytes.append(isFirst ? "\n" : ",\n") }
    isFirst = false
    output.bytes.append(UInt8(ascii: "{"))
    members.append(row, to: &output.bytes)
    output.bytes.append(isArray ? "}" : "}\n")
    try output.flushIfFull()
  }

  mutating func end() throws {
    if isArray { output.bytes.append(isFirst ? "]\n" : "\n]\n") }
    try output.flush()
  }

  var hasParts: Bool { true }
  mutating func beginPart() { isFirst = false }
  mutating func endPart() throws { try output.flush() }
  mutating func append(part: UnsafeRawBufferPointer, leftOut: Int) throws {
    try output.append(part: part, behindOthers: !isFirst, separated: isArray)
    isFirst = isFirst && part.isEmpty
  }
}

/// Photos as CSV with all fields.
struct PhotoCSVRecords: RowWriter {
  private let shape: PhotoRows
  private var writer: CSVRecords

  init(options: FormatOptions, sink: @escaping ByteSink) {
    shape = PhotoRows(.records, withReason: options.includesReason)
    writer = CSVRecords(columns: shape.columns, style: options.csv, sink: sink)
  }

  var leftOut: Int { 0 }
  mutating func begin() throws { try writer.begin() }
  mutating func write(_ row: PhotoRow) throws {
    try writer.write(row, shape.fields)
  }
  mutating func end() throws { try writer.end() }

  var hasParts: Bool { true }
  mutating func beginPart() {}
  mutating func endPart() throws { try writer.end() }
  mutating func append(part: UnsafeRawBufferPointer, leftOut: Int) throws {
    try writer.append(part: part)
  }
}

/// Photos as an aligned table of the fields that matter on a terminal.
struct PhotoTableWriter: RowWriter {
  private let shape: PhotoRows
  private var fields: [FieldValue] = []
  private var writer: TableRecords

  init(options: FormatOptions, sink: @escaping ByteSink) {
    shape = PhotoRows(.table, withReason: options.includesReason)
    writer = TableRecords(
      columns: shape.columns, terminalColumns: options.terminalColumns, sink: sink)
  }

  var leftOut: Int { 0 }
  mutating func begin() throws { try writer.begin() }
  mutating func write(_ row: PhotoRow) throws {
    shape.fill(&fields, from: row)
    try writer.write(fields)
  }
  mutating func end() throws { try writer.end() }
}
