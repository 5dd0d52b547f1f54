import GeoFormats

/// Builds HTML and SVG as text.
struct HTMLText {
  private(set) var bytes: [UInt8] = []

  /// Markup.
  mutating func raw(_ markup: String) { bytes += Array(markup.utf8) }

  /// Text or an attribute's value: escapes `& < > " '`, and leaves out control characters.
  mutating func text(_ text: String) { raw(Self.escaped(text)) }

  mutating func element(_ name: String, _ attributes: String = "", _ content: String) {
    raw("<\(name)\(attributes.isEmpty ? "" : " " + attributes)>")
    text(content)
    raw("</\(name)>")
  }

  mutating func append(_ other: HTMLText) { bytes += other.bytes }

  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      case "\u{0}"..."\u{8}", "\u{B}"..."\u{1F}", "\u{7F}"..."\u{9F}": out += "\u{FFFD}"
      // Directions would reorder the text around them.
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

/// Numbers for people.
enum Shown {
  /// With so many decimals; “no data” without a value.
  static func number(_ value: Double?, _ decimals: Int, _ unit: String = "") -> String {
    guard let value, value.isFinite, abs(value) < 1e12 else { return "no data" }
    return plain(value, decimals) + (unit.isEmpty ? "" : "\u{202F}\(unit)")
  }

  /// For coordinates of SVG, too.
  static func plain(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard value.isFinite, abs(value) * scale < 9e15 else { return "0" }
    let scaled = Int64((abs(value) * scale).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    if decimals == 0 { return "\(sign)\(scaled)" }
    let whole = scaled / Int64(scale)
    let digits = "\(scaled % Int64(scale))"
    return "\(sign)\(whole)." + String(repeating: "0", count: decimals - digits.utf8.count) + digits
  }

  static func length(_ metres: Double) -> String {
    metres >= 1000 ? number(metres / 1000, 2, "km") : number(metres, 0, "m")
  }

  static func area(_ squareMetres: Double?) -> String {
    guard let squareMetres else { return "no data" }
    return squareMetres >= 10_000
      ? number(squareMetres / 10_000, 2, "ha") : number(squareMetres, 0, "m²")
  }

  /// `2024-05-17 08:00`.
  static func time(_ milliseconds: Int64?, isLocal: Bool) -> String {
    guard let milliseconds, let text = ISOTime.text(milliseconds: milliseconds) else {
      return "no time"
    }
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5) + (isLocal ? "" : " UTC")
  }
}
