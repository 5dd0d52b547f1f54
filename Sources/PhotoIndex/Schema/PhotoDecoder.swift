import SQLite

/// Reads rows that were selected by ``PhotoColumns/selection(_:)``.
struct PhotoDecoder {
  private let columns: [PhotoColumn]
  private let contents: [PhotoColumn.Content]
  let selection: String
  /// The result column of each of ``columns``; the same for all statements with this selection.
  private var resultColumns: [Statement.Column] = []

  init(_ detail: PhotoDetail = .all) {
    columns = PhotoColumns.read(detail)
    contents = columns.map(\.content)
    selection = PhotoColumns.selection(detail)
  }

  /// Reads the current row. Reuses the buffer to avoid copying a record of fifty fields.
  mutating func read(_ rows: Statement, into photo: inout PhotoBuffer) {
    if resultColumns.isEmpty { resultColumns = columns.map { rows.column($0.resultName) } }
    for index in contents.indices {
      contents[index].read(rows, resultColumns[index], into: &photo)
    }
  }
}
