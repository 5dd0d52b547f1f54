/// Decimal numbers as filters take them.
package enum FilterNumbers {
  /// A finite decimal number; unlike `Double.init`, takes no hexadecimal digits, `inf` or `nan`,
  /// but the minus sign of typeset text (U+2212).
  package static func number(_ text: String) -> Double? {
    guard !text.isEmpty, text.unicodeScalars.allSatisfy(isNumberPart) else { return nil }
    let plain = String(text.map { $0 == "\u{2212}" ? "-" : $0 })
    guard let value = Double(plain), value.isFinite else { return nil }
    return value
  }

  /// The parts between commas, blanks and brackets.
  package static func words(in text: String) -> [String] {
    text.unicodeScalars.split(whereSeparator: isSeparator).map { String(Substring($0)) }
  }

  /// The text holds numbers and what separates them, and nothing else.
  package static func isNumeric(_ text: String) -> Bool {
    !words(in: text).isEmpty
      && text.unicodeScalars.allSatisfy { isNumberPart($0) || isSeparator($0) }
  }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ",", " ", "\t", "[", "]": true
    default: false
    }
  }

  private static func isNumberPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "+", "-", ".", "e", "E", "\u{2212}": true
    default: false
    }
  }
}
