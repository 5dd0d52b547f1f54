/// Makes bytes on their way to a terminal harmless: control characters become visible, and so do bytes that
/// are not UTF-8 (a lone 0x9B begins an escape sequence on terminals that read 8-bit controls). What
/// passes are line ends (LF, and CR right before LF) and all other text. ``ControlCharacters`` defines what a
/// control character is: C0, DEL, C1, bidirectional controls (U+061C, U+200E, U+200F, U+202A…U+202E,
/// U+2066…U+2069) and U+2028, U+2029.
///
/// Characters may be cut between two calls; ``finish(_:)`` shows what is left of one.
package struct TerminalFilter: Sendable {
  /// The beginning of a character, or a CR, that waits for the next call.
  private var held: [UInt8] = []

  package init() {}

  /// Appends what may be shown of `bytes`.
  package mutating func add(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
    if held.isEmpty { return show(bytes.bindMemory(to: UInt8.self), isEnd: false, &out) }
    let whole = held + bytes
    held = []
    whole.withUnsafeBufferPointer { show($0, isEnd: false, &out) }
  }

  /// No more bytes come.
  package mutating func finish(_ out: inout [UInt8]) {
    let rest = held
    held = []
    rest.withUnsafeBufferPointer { show($0, isEnd: true, &out) }
  }

  private mutating func show(
    _ utf8: UnsafeBufferPointer<UInt8>, isEnd: Bool, _ out: inout [UInt8]
  ) {
    out.reserveCapacity(out.count + utf8.count)
    var index = 0
    var copied = 0
    func copy() { out.append(contentsOf: utf8[copied..<index]) }
    while index < utf8.count {
      let byte = utf8[index]
      if byte == 0x0A || (0x20...0x7E).contains(byte) {
        index += 1
        continue
      }
      if byte == 0x0D, index + 1 < utf8.count, utf8[index + 1] == 0x0A {
        index += 2
        continue
      }
      if byte == 0x0D, index + 1 == utf8.count, !isEnd {
        copy()
        held = [byte]
        return
      }
      if let control = ControlCharacters.match(utf8, at: index) {
        copy()
        out.appendVisible(control.value)
        index += control.length
        copied = index
        continue
      }
      switch Self.character(utf8, at: index) {
      case .whole(let length): index += length
      case .begun where !isEnd:
        copy()
        held = Array(utf8[index...])
        return
      case .begun, .invalid:
        copy()
        out.appendVisible(UInt32(byte))
        index += 1
        copied = index
      }
    }
    copy()
  }

  private enum Character {
    case whole(Int)
    /// Valid as far as the bytes go.
    case begun
    case invalid
  }

  /// Well-formed UTF-8 by the Unicode Standard, table 3-7.
  private static func character(_ utf8: UnsafeBufferPointer<UInt8>, at index: Int) -> Character {
    let second: ClosedRange<UInt8>
    let length: Int
    switch utf8[index] {
    case 0...0x7F: return .whole(1)
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return .invalid
    }
    for offset in 1..<length {
      guard index + offset < utf8.count else { return .begun }
      let allowed = offset == 1 ? second : 0x80...0xBF
      guard allowed.contains(utf8[index + offset]) else { return .invalid }
    }
    return .whole(length)
  }
}
