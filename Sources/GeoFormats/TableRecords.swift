/// Aligned columns for people. Control characters are made visible, degrees are rounded to seven
/// decimals and other numbers to two.
///
/// The widths come from the header and the first ``sampleSize`` rows, which are held back; later
/// rows flow through, so a table of a million rows needs no more memory. A later cell that is wider
/// shifts the rest of its line.
struct TableRecords: RecordWriter {
  static let sampleSize = 500

  private let columns: [Column]
  private var sample: [[String]] = []
  private var widths: [Int]
  private var isFlowing = false
  private var output: BlockOutput

  init(columns: [Column], sink: @escaping ByteSink) {
    self.columns = columns
    widths = columns.map { $0.name.utf8.count }
    output = BlockOutput(sink)
  }

  mutating func begin() throws {}

  mutating func write(_ fields: [FieldValue]) throws {
    let cells = fields.map(Self.cell)
    if isFlowing {
      appendLine(cells)
      try output.flushIfFull()
      return
    }
    for (index, cell) in cells.enumerated() {
      widths[index] = max(widths[index], terminalWidth(cell))
    }
    sample.append(cells)
    if sample.count == Self.sampleSize { try flow() }
  }

  mutating func end() throws {
    if !isFlowing { try flow() }
    try output.flush()
  }

  private mutating func flow() throws {
    isFlowing = true
    appendLine(columns.map(\.name))
    for cells in sample { appendLine(cells) }
    sample = []
    try output.flushIfFull()
  }

  private mutating func appendLine(_ cells: [String]) {
    var pending = 0
    for (index, cell) in cells.enumerated() {
      if index > 0 { pending += 2 }
      let padding = max(0, widths[index] - terminalWidth(cell))
      if columns[index].isNumber { pending += padding }
      if !cell.isEmpty {
        output.bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: pending))
        pending = 0
        output.bytes.append(cell)
      }
      if !columns[index].isNumber { pending += padding }
    }
    output.bytes.append(UInt8(ascii: "\n"))
  }

  private static func cell(_ field: FieldValue) -> String {
    var bytes = [UInt8]()
    switch field {
    case .null: break
    case .text(let text): return terminalText(text)
    case .integer(let number): bytes.appendInteger(number)
    case .real(let number): bytes.appendRounded(number, decimals: 2)
    case .degrees(let number): bytes.appendRounded(number, decimals: 7)
    case .time(let milliseconds): bytes.appendTime(milliseconds)
    case .flag(let flag): bytes.append(flag ? "yes" : "no")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
