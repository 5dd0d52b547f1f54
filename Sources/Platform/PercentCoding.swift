/// `%XX` for bytes (RFC 3986 §2.1).
package enum PercentCoding {
  /// The bytes that stay as they are.
  package enum Plain: Sendable {
    /// Unreserved ones and `/`: for paths in URLs.
    case path
    /// All visible ASCII but `%`: for texts that people read.
    case visible

    fileprivate func contains(_ byte: UInt8) -> Bool {
      switch self {
      case .path:
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: true
        default: false
        }
      case .visible: byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%")
      }
    }
  }

  package static func encoded(_ text: String, plain: Plain) -> String {
    text.utf8.reduce(into: "") { out, byte in
      if plain.contains(byte) {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        out += byte < 16 ? "%0" : "%"
        out += String(byte, radix: 16, uppercase: true)
      }
    }
  }

  /// - Returns: nil for a `%` without two hexadecimal digits, and for bytes that are no UTF-8.
  package static func decoded(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte != UInt8(ascii: "%") {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}
