package import PhotoModel

/// Writes JSON (RFC 8259) piece by piece; places the commas. The caller pairs `begin…` with `end…`
/// and gives a ``key(_:)`` before each value of an object.
///
/// Strings keep every character, but control characters that a terminal would obey (see
/// ``ControlCharacters``) are written as `\u` escapes: valid JSON, the same text after parsing, and
/// harmless when someone looks at it.
package struct JSONText: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() {}

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  package mutating func key(_ name: String) {
    separate()
    bytes.appendJSONString(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func value(_ text: String?) {
    element { bytes in
      if let text { bytes.appendJSONString(text) } else { bytes.append("null") }
    }
  }

  package mutating func value(_ number: Int64?) {
    element { bytes in
      if let number { bytes.appendInteger(number) } else { bytes.append("null") }
    }
  }

  package mutating func value(_ number: Int) { value(Int64(number)) }

  /// The shortest text that reads back as the same double; `null` for NaN and ±∞.
  package mutating func value(_ number: Double?) {
    element { bytes in
      if let number, bytes.appendReal(number) { return }
      bytes.append("null")
    }
  }

  package mutating func value(_ flag: Bool) { element { $0.append(flag ? "true" : "false") } }

  package mutating func null() { element { $0.append("null") } }

  package mutating func value(_ field: FieldValue) { element { $0.appendJSON(field) } }

  /// `key: value` in one call.
  package mutating func member(_ name: String, _ field: FieldValue) {
    key(name)
    value(field)
  }

  private mutating func element(_ write: (inout [UInt8]) -> Void) {
    separate()
    write(&bytes)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }
}

extension [UInt8] {
  /// `text` in quotes, escaped by RFC 8259 §7 (see ``JSONText``).
  mutating func appendJSONString(_ text: String) {
    append(UInt8(ascii: "\""))
    appendJSONCharacters(text)
    append(UInt8(ascii: "\""))
  }

  /// The same without the quotes.
  mutating func appendJSONCharacters(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      // Printable ASCII but `"` and `\` stands for itself. No early end: so the compiler takes many
      // bytes at a time.
      var isPlain = true
      for byte in utf8 {
        isPlain = isPlain && byte &- 0x20 < 0x5F && byte != 0x22 && byte != 0x5C
      }
      if isPlain { return append(contentsOf: utf8) }
      var copied = 0
      var index = 0
      while index < utf8.count {
        let byte = utf8[index]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          append(contentsOf: utf8[copied..<index])
          append(UInt8(ascii: "\\"))
          copied = index
          index += 1
        } else if let control = ControlCharacters.match(utf8, at: index) {
          append(contentsOf: utf8[copied..<index])
          appendJSONEscape(control.value)
          index += control.length
          copied = index
        } else {
          index += 1
        }
      }
      append(contentsOf: utf8[copied...])
    }
  }

  private mutating func appendJSONEscape(_ value: UInt32) {
    switch value {
    case 0x08: append("\\b")
    case 0x09: append("\\t")
    case 0x0A: append("\\n")
    case 0x0C: append("\\f")
    case 0x0D: append("\\r")
    default:
      append("\\u")
      let digits = String(value, radix: 16)
      for _ in digits.utf8.count..<4 { append(UInt8(ascii: "0")) }
      append(digits)
    }
  }
}

extension JSONText {
  /// A Polygon, or a MultiPolygon where the box crosses 180° (``BoundingBox/rings``).
  package mutating func multiRectangle(_ box: BoundingBox) {
    let rings = box.rings
    beginObject()
    member("type", .text(rings.count == 1 ? "Polygon" : "MultiPolygon"))
    key("coordinates")
    beginArray()
    for ring in rings {
      if rings.count > 1 { beginArray() }
      beginArray()
      for corner in ring {
        beginArray()
        value(.degrees(corner.longitude))
        value(.degrees(corner.latitude))
        endArray()
      }
      endArray()
      if rings.count > 1 { endArray() }
    }
    endArray()
    endObject()
  }
}
