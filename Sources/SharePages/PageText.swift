import GeoFormats

extension [UInt8] {
  mutating func append(_ text: String) { append(contentsOf: text.utf8) }

  /// Text or the value of an attribute: `& < > " '` as entities, control and bidirectional characters by their code points.
  mutating func appendHTML(_ text: String) {
    for byte in terminalText(text).utf8 {
      switch byte {
      case UInt8(ascii: "&"): append("&amp;")
      case UInt8(ascii: "<"): append("&lt;")
      case UInt8(ascii: ">"): append("&gt;")
      case UInt8(ascii: "\""): append("&quot;")
      case UInt8(ascii: "'"): append("&#39;")
      default: append(byte)
      }
    }
  }

  /// JSON inside of a script element: no `<`, so that nothing ends the element or begins a comment in it (HTML, "Restrictions
  /// for contents of script elements").
  mutating func appendJSONBlock(_ json: [UInt8]) {
    for byte in json {
      if byte == UInt8(ascii: "<") { append("\\u003c") } else { append(byte) }
    }
  }

  /// Replaces `{name}` by what its function writes; what a function writes is not looked at again.
  mutating func appendTemplate(_ template: String, _ values: [String: (inout [UInt8]) -> Void]) {
    for (place, part) in template.split(separator: "{", omittingEmptySubsequences: false)
      .enumerated()
    {
      guard place > 0, let end = part.firstIndex(of: "}"), let write = values[String(part[..<end])]
      else {
        if place > 0 { append(UInt8(ascii: "{")) }
        append(contentsOf: part.utf8)
        continue
      }
      write(&self)
      append(contentsOf: part[part.index(after: end)...].utf8)
    }
  }

  /// Up to nine decimals, without an exponent.
  mutating func appendDecimal(_ degrees: Double) {
    var json = JSONText()
    json.value(.degrees(degrees))
    append(contentsOf: json.bytes)
  }
}

/// `1,375`.
func grouped(_ number: Int) -> String {
  var digits = Array(String(number))
  var place = digits.count - 3
  while place > 0 {
    digits.insert(",", at: place)
    place -= 3
  }
  return String(digits)
}
