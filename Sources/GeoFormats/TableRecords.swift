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
  /// Columns that the terminal has no room for.
  private var hidden: Set<Int> = []
  private var isFlowing = false
  /// Columns of the terminal that a line may take; nil: any number.
  private let terminalColumns: Int?
  private var output: BlockOutput

  init(columns: [Column], terminalColumns: Int? = nil, sink: @escaping ByteSink) {
    self.columns = columns
    self.terminalColumns = terminalColumns
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
    fit()
    appendLine(columns.map(\.name))
    for cells in sample { appendLine(cells) }
    sample = []
    try output.flushIfFull()
  }

  /// Where a text that is too long loses characters.
  private enum Cut {
    /// Of paths and locations both ends tell most.
    case middle
    /// Of sentences and lists the beginning does.
    case end
  }

  private static let cuts: [String: Cut] = [
    "path": .middle, "folder": .middle, "location": .middle, "value": .middle,
    "reasons": .end, "outcome": .end,
  ]
  private static let narrowest = 12
  /// What says most of a row: other columns make way until this much of it fits.
  private static let preferred = ["outcome": 40]
  /// What a narrow terminal does without, first to last. Wider terminals and all other formats have it.
  private static let expendable = [
    "folder", "mtime", "reasons", "size", "without_position", "kept",
  ]

  /// Leaves out columns while not even short texts fit, then takes from the widest text until a line fits.
  private mutating func fit() {
    guard let terminalColumns else { return }
    for name in Self.expendable where leastWidth > terminalColumns {
      // A path contains its folder; alone it tells where a row belongs.
      if name == "folder", !columns.contains(where: { $0.name == "path" }) { continue }
      if let index = columns.firstIndex(where: { $0.name == name }) { hidden.insert(index) }
    }
    let shown = columns.indices.filter { !hidden.contains($0) }
    let may = shown.filter { Self.cuts[columns[$0].name] != nil }
    var excess = shown.reduce(2 * (shown.count - 1)) { $0 + widths[$1] } - terminalColumns
    while excess > 0, let widest = may.max(by: { widths[$0] < widths[$1] }),
      widths[widest] > Self.narrowest
    {
      widths[widest] -= 1
      excess -= 1
    }
  }

  /// Of a line whose texts are as short as they may be.
  private var leastWidth: Int {
    let shown = columns.indices.filter { !hidden.contains($0) }
    return shown.reduce(2 * (shown.count - 1)) { sum, index in
      let name = columns[index].name
      guard Self.cuts[name] != nil else { return sum + widths[index] }
      return sum + min(widths[index], Self.preferred[name] ?? Self.narrowest)
    }
  }

  /// `2024/a-lon…0001.JPG`, `incomplete: 3 folders…`.
  private func shortened(_ cell: String, _ index: Int) -> String {
    guard terminalColumns != nil, let cut = Self.cuts[columns[index].name],
      terminalWidth(cell) > widths[index]
    else { return cell }
    var head = Substring(cell)
    var tail = Substring(cell)
    let room = widths[index] - 1
    let atEnd = cut == .end ? 0 : room - room / 2
    while terminalWidth(String(head)) > room - atEnd { head.removeLast() }
    while terminalWidth(String(tail)) > atEnd { tail.removeFirst() }
    return head + "…" + tail
  }

  private mutating func appendLine(_ cells: [String]) {
    var pending = 0
    var isFirst = true
    for (index, cell) in cells.enumerated() where !hidden.contains(index) {
      let cell = shortened(cell, index)
      if !isFirst { pending += 2 }
      isFirst = false
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
