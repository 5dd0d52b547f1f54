package import PhotoModel

/// All fields of one photo, each with its source; docs/fields.md explains them.
package struct PhotoDetails: Sendable {
  package struct Field: Sendable {
    package var name: String
    package var value: FieldValue
    /// Nil for what is the index's own.
    package var source: String?

    init(_ name: String, _ value: FieldValue, _ source: String? = nil) {
      self.name = name
      self.value = value
      self.source = value == .null || value == .text("") ? nil : source
    }
  }

  package static let columns = ["field", "value", "source"].map { Column($0) }

  /// What the index knows of a photo beside its values.
  package struct RowFacts: Sendable {
    var parserVersion: Int?
    var racy: Bool?
    var sidecar: ListedFile?
    var missingSince: String?
  }

  private let row: PhotoRow
  /// In the order of ``PhotoFields``.
  package let fields: [Field]

  /// - Parameters:
  ///   - parserVersion, racy, sidecar, missingSince: how the index keeps the row, where that is known.
  package init(
    _ row: PhotoRow, parserVersion: Int?, racy: Bool?, sidecar: ListedFile?, missingSince: String?
  ) {
    self.row = row
    let facts = RowFacts(
      parserVersion: parserVersion, racy: racy, sidecar: sidecar, missingSince: missingSince)
    fields = PhotoFields.details.map {
      Field($0.name, $0.value.of(row, facts), $0.source(of: row.record))
    }
  }

  /// One flat object, and `sources` behind it.
  package func json() -> String {
    var text = JSONText()
    text.beginObject()
    for field in fields { text.member(field.name, field.value) }
    text.key("sources")
    text.beginObject()
    for field in fields { if let source = field.source { text.member(field.name, .text(source)) } }
    text.endObject()
    text.endObject()
    return text.text
  }

  /// A GeoJSON feature with the properties of every other feature, in their order, and then the rest.
  package func feature() -> String {
    let first = PhotoFields.list(.features, withReason: false).map(\.name)
    var text = JSONText()
    text.beginObject()
    text.member("type", .text("Feature"))
    text.member("id", .integer(row.id))
    text.key("geometry")
    if let position = row.record.position {
      text.beginObject()
      text.member("type", .text("Point"))
      text.key("coordinates")
      text.beginArray()
      text.value(.degrees(position.longitude))
      text.value(.degrees(position.latitude))
      text.endArray()
      text.endObject()
    } else {
      text.null()
    }
    text.key("properties")
    text.beginObject()
    for name in first {
      if let field = fields.first(where: { $0.name == name }) { text.member(name, field.value) }
    }
    for field in fields where !first.contains(field.name) && field.name != "id" {
      text.member(field.name, field.value)
    }
    text.endObject()
    text.endObject()
    return text.text
  }
}
