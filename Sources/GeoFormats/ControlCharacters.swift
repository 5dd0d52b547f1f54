/// The characters that can change what a terminal shows beyond their own place: C0, DEL, C1
/// (ECMA-48), the bidirectional controls (UAX #9) and the Unicode line separators. File names and
/// camera strings come from strangers and may hold all of them.
package enum ControlCharacters {
  package static func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F: true
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Length and value of a control character that begins at `index`, seen byte by byte:
  /// C1 is C2 80…9F, the others D8 9C, E2 80 8E/8F/A8…AE and E2 81 A6…A9.
  static func match(_ utf8: UnsafeBufferPointer<UInt8>, at index: Int) -> (
    length: Int, value: UInt32
  )? {
    let first = utf8[index]
    if first < 0x20 || first == 0x7F { return (1, UInt32(first)) }
    guard first == 0xC2 || first == 0xD8 || first == 0xE2, index + 1 < utf8.count else {
      return nil
    }
    let second = UInt32(utf8[index + 1])
    if first != 0xE2 {
      let value = UInt32(first & 0x1F) << 6 | second & 0x3F
      return isMultibyteControl(value) ? (2, value) : nil
    }
    guard index + 2 < utf8.count else { return nil }
    let value = 0x2000 | (second & 0x3F) << 6 | UInt32(utf8[index + 2]) & 0x3F
    return isMultibyteControl(value) ? (3, value) : nil
  }

  private static func isMultibyteControl(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return false }
    return contains(scalar)
  }
}

/// `text` for a terminal: control characters become visible (`\n`, `\t`, `\x1b`, `\u{202e}`), all
/// else stays. Everything printed for people goes through here; it is not meant to be read back.
package func terminalText(_ text: String) -> String {
  var text = text
  return text.withUTF8 { utf8 in
    var out = [UInt8]()
    var index = 0
    var copied = 0
    while index < utf8.count {
      guard let control = ControlCharacters.match(utf8, at: index) else {
        index += 1
        continue
      }
      out.append(contentsOf: utf8[copied..<index])
      out.appendVisible(control.value)
      index += control.length
      copied = index
    }
    if copied == 0 { return String(decoding: utf8, as: UTF8.self) }
    out.append(contentsOf: utf8[copied...])
    return String(decoding: out, as: UTF8.self)
  }
}

extension [UInt8] {
  mutating func appendVisible(_ value: UInt32) {
    switch value {
    case 0x09: append("\\t")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0...0xFF: append(value < 16 ? "\\x0" : "\\x"); append(String(value, radix: 16))
    default: append("\\u{" + String(value, radix: 16) + "}")
    }
  }
}

/// Columns that `text` takes on a terminal: 0 for combining and invisible format characters, 2 for
/// East Asian wide and fullwidth ones (UAX #11) and emoji, else 1. Expects ``terminalText(_:)``.
package func terminalWidth(_ text: String) -> Int {
  var text = text
  let asciiWidth: Int? = text.withUTF8 { utf8 in
    utf8.allSatisfy { $0 < 0x80 } ? utf8.count : nil
  }
  if let asciiWidth { return asciiWidth }
  return text.unicodeScalars.reduce(0) { $0 + width($1) }
}

private func width(_ scalar: Unicode.Scalar) -> Int {
  if scalar.value < 0x300 { return 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format: return 0
  default: break
  }
  switch scalar.value {
  case 0x1160...0x11FF: return 0
  case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
    0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
    0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
    return 2
  default: return 1
  }
}
