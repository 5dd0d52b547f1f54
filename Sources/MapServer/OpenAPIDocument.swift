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
      if entry.repeats {
        json.beginObject()
        json.member("type", .text("array"))
        json.key("items")
        write(entry.value, to: &json)
        json.endObject()
      } else {
        write(entry.value, to: &json)
      }
      if let hasOneTextEach = hasOneTextEach(entry) {
        json.member("style", .text("form"))
        json.member("explode", .flag(hasOneTextEach))
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

  /// Of an array: each value is a parameter of its own, `site=a&site=b`; else values are separated by commas, `flag=a,b`. nil
  /// for what is no array.
  private static func hasOneTextEach(_ entry: FilterEntry) -> Bool? {
    if entry.repeats { return !entry.isCommaList }
    if case .numbers = entry.value { return false }
    return nil
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
    case .choice(let names):
      json.member("type", .text("string"))
      json.key("enum")
      json.beginArray()
      for name in names { json.value(name) }
      json.endArray()
    }
    json.endObject()
  }
}
