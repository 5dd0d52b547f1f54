import GeoFormats
import PhotoModel

/// The API description (OpenAPI 3.0): `Resources/openapi.json`, with the filters of ``FilterGrammar`` at its two places
/// for them.
enum OpenAPIDocument {
  static let bytes = Array(
    String(decoding: PackageResources.openapi_json, as: UTF8.self)
      .replacing(#""$filters": null"#, with: definitions)
      .replacing(#""$filters""#, with: references).utf8)

  /// Members of `components.parameters`.
  private static var definitions: String {
    FilterGrammar.entries.map { entry in
      var json = JSONText()
      json.beginObject()
      json.member("name", .text(entry.name.rawValue))
      json.member("in", .text("query"))
      json.member("description", .text(entry.about))
      json.member("required", .flag(false))
      json.key("schema")
      write(entry.value, to: &json)
      if isArray(entry.value) {
        json.member("style", .text("form"))
        json.member("explode", .flag(false))
      }
      json.endObject()
      return "\"\(entry.name.rawValue)\": \(json.text)"
    }
    .joined(separator: ",\n")
  }

  /// Elements of the `parameters` of an operation.
  private static var references: String {
    FilterGrammar.entries
      .map { ##"{"$ref": "#/components/parameters/\##($0.name.rawValue)"}"## }
      .joined(separator: ",\n")
  }

  private static func isArray(_ value: FilterEntry.Value) -> Bool {
    switch value {
    case .numbers: true
    case .choice(_, let isList): isList
    case .text, .count, .flag: false
    }
  }

  private static func write(_ value: FilterEntry.Value, to json: inout JSONText) {
    json.beginObject()
    switch value {
    case .text(let longest):
      json.member("type", .text("string"))
      if let longest { json.member("maxLength", .integer(Int64(longest))) }
    case .numbers(let counts):
      json.member("type", .text("array"))
      json.member("minItems", .integer(Int64(counts.lowerBound)))
      json.member("maxItems", .integer(Int64(counts.upperBound)))
      json.key("items")
      json.beginObject()
      json.member("type", .text("number"))
      json.endObject()
    case .count:
      json.member("type", .text("integer"))
      json.member("minimum", .integer(1))
      json.member("maximum", .integer(Int64(Features.largestPage)))
      json.member("default", .integer(Int64(Features.defaultPage)))
    case .flag:
      json.member("type", .text("boolean"))
      json.member("default", .flag(false))
    case .choice(let names, let isList):
      if isList {
        json.member("type", .text("array"))
        json.key("items")
        json.beginObject()
      }
      json.member("type", .text("string"))
      json.key("enum")
      json.beginArray()
      for name in names { json.value(name) }
      json.endArray()
      if isList { json.endObject() }
    }
    json.endObject()
  }
}
