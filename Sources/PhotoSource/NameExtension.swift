import Platform

/// The extension of a file name in small letters, without the dot, in one word: each name of a listing is asked for it.
package struct NameExtension: Hashable, Sendable {
  /// Bytes at most; a longer ending is no extension.
  package static let longest = 8

  /// The bytes, the last one lowest. No name has a NUL.
  private var packed: UInt64 = 0

  /// - Returns: nil for more than ``longest`` bytes.
  init?(_ text: String) {
    guard text.utf8.count <= Self.longest else { return nil }
    for byte in text.lowercased().utf8 { append(byte) }
  }

  /// - Returns: nil for a name without one. "._X.JPG" has none: it holds the resource fork of X.JPG on file systems
  ///   that have no such forks.
  package init?(of name: [UInt8]) {
    guard let dot = Self.lastDot(of: name), dot > 0 else { return nil }
    if name.count > 2, name[0] == 0x2E, name[1] == 0x5F { return nil }
    var place = dot + 1
    while place < name.count {
      append(name[place])
      place += 1
    }
  }

  private static func lastDot(of name: [UInt8]) -> Int? {
    let first = max(0, name.count - longest - 1)
    var place = name.count
    while place > first {
      place -= 1
      if name[place] == 0x2E { return place }
    }
    return nil
  }

  private mutating func append(_ byte: UInt8) {
    let small = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    packed = packed << 8 | UInt64(small)
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var rest = packed
    while rest != 0 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    return bytes.reversed()
  }

  /// Bytes that are not UTF-8 are replaced.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}
