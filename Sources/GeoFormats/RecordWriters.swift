import PhotoModel

/// How rows without geometry can be written.
package enum RecordFormat: String, Sendable, CaseIterable {
  case table, csv, json, jsonl
}

/// Writes rows of one shape. Order of calls: `begin` once, `write` for each row, `end` once; only
/// then all bytes have reached the sink.
package protocol RecordWriter {
  mutating func begin() throws
  /// - Precondition: as many fields as columns.
  mutating func write(_ fields: [FieldValue]) throws
  mutating func end() throws
}

/// How CSV is written for a spreadsheet.
public struct CSVStyle: Sendable, Equatable {
  /// No apostrophe before cells that a spreadsheet would run as a formula.
  public var isRaw = false
  /// Begins with a byte order mark, by which Excel knows UTF-8.
  public var hasByteOrderMark = false
  /// Decimal commas, and semicolons between cells, as Excel expects in languages with a decimal comma.
  public var hasDecimalCommas = false

  public init(
    isRaw: Bool = false, hasByteOrderMark: Bool = false, hasDecimalCommas: Bool = false
  ) {
    self.isRaw = isRaw
    self.hasByteOrderMark = hasByteOrderMark
    self.hasDecimalCommas = hasDecimalCommas
  }
}

package func makeRecordWriter(
  _ format: RecordFormat, columns: [Column], csv: CSVStyle = CSVStyle(),
  terminalColumns: Int? = nil, sink: @escaping ByteSink
) -> any RecordWriter {
  switch format {
  case .table: TableRecords(columns: columns, terminalColumns: terminalColumns, sink: sink)
  case .csv: CSVRecords(columns: columns, style: csv, sink: sink)
  case .json: JSONRecords(columns: columns, isArray: true, sink: sink)
  case .jsonl: JSONRecords(columns: columns, isArray: false, sink: sink)
  }
}

/// An array of objects, one per line; or just the objects, one per line (NDJSON).
struct JSONRecords: RecordWriter {
  private let columns: [Column]
  private let isArray: Bool
  private var isFirst = true
  private var output: BlockOutput

  init(columns: [Column], isArray: Bool, sink: @escaping ByteSink) {
    self.columns = columns
    self.isArray = isArray
    output = BlockOutput(sink)
  }

  mutating func begin() throws {
    if isArray { output.bytes.append(UInt8(ascii: "[")) }
  }

  mutating func write(_ fields: [FieldValue]) throws {
    if isArray { output.bytes.append(isFirst ? "\n" : ",\n") }
    isFirst = false
    output.bytes.append(UInt8(ascii: "{"))
    output.bytes.appendJSONMembers(columns, fields)
    output.bytes.append(UInt8(ascii: "}"))
    if !isArray { output.bytes.append(UInt8(ascii: "\n")) }
    try output.flushIfFull()
  }

  mutating func end() throws {
    if isArray { output.bytes.append(isFirst ? "]\n" : "\n]\n") }
    try output.flush()
  }
}

/// RFC 4180: CRLF, quotes where needed, a header line.
///
/// Text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, TAB or CR)
/// gets a leading apostrophe (CWE-1236), unless raw cells are asked for; numbers never do. A NUL,
/// which no file name but perhaps a camera's text can hold, is left out: readers end there.
struct CSVRecords: RecordWriter {
  private let columns: [Column]
  private let style: CSVStyle
  private let separator: UInt8
  private var output: BlockOutput

  init(columns: [Column], style: CSVStyle = CSVStyle(), sink: @escaping ByteSink) {
    self.columns = columns
    self.style = style
    separator = UInt8(ascii: style.hasDecimalCommas ? ";" : ",")
    output = BlockOutput(sink)
  }

  mutating func begin() throws {
    if style.hasByteOrderMark { output.bytes += [0xEF, 0xBB, 0xBF] }
    for (index, column) in columns.enumerated() {
      if index > 0 { output.bytes.append(separator) }
      output.bytes.append(column.name)
    }
    output.bytes.append("\r\n")
  }

  mutating func write(_ fields: [FieldValue]) throws {
    for (index, field) in fields.enumerated() {
      if index > 0 { output.bytes.append(separator) }
      append(field)
    }
    output.bytes.append("\r\n")
    try output.flushIfFull()
  }

  /// The same for the fields of a photo, without a list of values in between: faster by a tenth.
  mutating func write(_ row: PhotoRow, _ fields: [PhotoField.Value]) throws {
    for index in fields.indices {
      if index > 0 { output.bytes.append(separator) }
      switch fields[index] {
      case .text(let get): if let text = get(row) { append(text) }
      case .integer(let get): if let number = get(row) { output.bytes.appendInteger(number) }
      case .real(let get): if let number = get(row) { append(number, isDegrees: false) }
      case .degrees(let get): if let number = get(row) { append(number, isDegrees: true) }
      case .time(let get): if let time = get(row) { output.bytes.appendTime(time) }
      case .flag, .textOrTime, .ofIndex: append(fields[index].of(row))
      }
    }
    output.bytes.append("\r\n")
    try output.flushIfFull()
  }

  mutating func end() throws { try output.flush() }

  mutating func append(part: UnsafeRawBufferPointer) throws {
    try output.append(part: part, behindOthers: true, separated: false)
  }

  private mutating func append(_ field: FieldValue) {
    switch field {
    case .null: break
    case .text(let text): append(text)
    case .integer(let number): output.bytes.appendInteger(number)
    case .real(let number): append(number, isDegrees: false)
    case .degrees(let number): append(number, isDegrees: true)
    case .time(let milliseconds): output.bytes.appendTime(milliseconds)
    case .flag(let flag): output.bytes.append(flag ? "true" : "false")
    }
  }

  private mutating func append(_ number: Double, isDegrees: Bool) {
    let start = output.bytes.count
    if isDegrees { output.bytes.appendDegrees(number) } else { output.bytes.appendReal(number) }
    guard style.hasDecimalCommas else { return }
    for index in start..<output.bytes.count where output.bytes[index] == UInt8(ascii: ".") {
      output.bytes[index] = UInt8(ascii: ",")
    }
  }

  private mutating func append(_ text: String) {
    let utf8 = text.utf8
    guard let first = utf8.first(where: { $0 != 0 }), let last = utf8.last else { return }
    let isFormula =
      switch first {
      case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D:
        !style.isRaw
      default: false
      }
    // Blanks at the ends are kept by the quotes: some readers trim bare cells.
    let needsQuotes =
      first == 0x20 || last == 0x20
      || utf8.contains { $0 == separator || $0 == UInt8(ascii: "\"") || $0 < 0x20 }
    if needsQuotes { output.bytes.append(UInt8(ascii: "\"")) }
    if isFormula { output.bytes.append(UInt8(ascii: "'")) }
    for byte in utf8 where byte != 0 {
      if byte == UInt8(ascii: "\"") { output.bytes.append(byte) }
      output.bytes.append(byte)
    }
    if needsQuotes { output.bytes.append(UInt8(ascii: "\"")) }
  }
}
