import SQLite

/// Reads rows that were selected by ``PhotoColumns/selection(_:)``.
struct PhotoDecoder {
  private let columns: [PhotoColumn]
  private let contents: [PhotoColumn.Content]
  let selection: String
  /// Of ``columns`` in the results; all statements with the same selection have the same.
  private var places: [Statement.Column] = []

  init(_ detail: PhotoDetail = .all) {
    columns = PhotoColumns.read(detail)
    contents = columns.map(\.content)
    selection = PhotoColumns.selection(detail)
  }

  /// The current row, in the place of the one before: a record of fifty fields is not copied about.
  mutating func read(_ rows: Statement, into photo: inout PhotoBuffer) {
    if places.isEmpty { places = columns.map { rows.column($0.resultName) } }
    for index in contents.indices {
      contents[index].read(rows, places[index], into: &photo)
    }
  }
}
