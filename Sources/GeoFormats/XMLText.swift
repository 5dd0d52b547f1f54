extension [UInt8] {
  /// `text` as XML 1.0 character data or attribute value (§2.4): `& < > " '` as entities, control
  /// characters that a terminal would obey (see ``ControlCharacters``) as character references, and
  /// those that no XML document can hold (§2.2: C0 but TAB, LF, CR; U+FFFE, U+FFFF) left out.
  package mutating func appendXML(_ text: String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": append("&amp;")
      case "<": append("&lt;")
      case ">": append("&gt;")
      case "\"": append("&quot;")
      case "'": append("&#39;")
      case "\t", "\n", "\r": appendReference(scalar)
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": break
      default:
        if ControlCharacters.contains(scalar) {
          appendReference(scalar)
        } else {
          append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
      }
    }
  }

  /// `<name>text</name>` on a line of its own would change the text; so all on one.
  mutating func appendElement(_ name: String, _ text: String) {
    append("<\(name)>")
    appendXML(text)
    append("</\(name)>")
  }

  private mutating func appendReference(_ scalar: Unicode.Scalar) {
    append("&#x\(String(scalar.value, radix: 16));")
  }
}
