import GeoFormats
import PhotoIndex
import PhotoModel

enum DetailFormat: String, CaseIterable {
  case table, json, jsonl, csv, geojson
}

extension PhotoDetails {
  init(_ row: PhotoRow, state: RowState?) {
    self.init(
      row, parserVersion: state?.parserVersion, racy: state?.racy,
      sidecar: state?.sidecar, missingSince: state?.missingSince)
  }

  /// - Parameter absent: include fields without a value.
  func rows(absent: Bool) -> [[FieldValue]] {
    fields.filter { absent || $0.value != .null && $0.value != .text("") }.map {
      [.text($0.name), absent ? $0.value : .text($0.value.plain), FieldValue($0.source)]
    }
  }
}

extension FieldValue {
  /// The text for a table cell, which itself makes control characters visible.
  fileprivate var plain: String {
    if case .text(let text) = self { return text }
    return shown
  }
}
