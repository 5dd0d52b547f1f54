import Platform

/// Names of a server as names on the local disk. What could leave the folder, cannot be stored, or would confuse a
/// terminal becomes `%` and two hexadecimal digits; all else stays as it is. ``decoded(_:)`` is the inverse.
package struct SafeName: Sendable, Equatable {
  /// Names and characters of Windows disks (FAT, exFAT, NTFS) are encoded, too.
  package var isForWindows = false
  /// Bytes that are not UTF-8 are encoded: the disk refuses them.
  package var isTextOnly = false

  /// Bytes of one name, on every common file system.
  static let longest = 255
  /// Between the names of a path in one flat name.
  static let separator = Array("--".utf8)
  /// The folder for unfinished files, in the root of a destination.
  package static let stage = ".gpsindex-fetch"

  package init() {}

  private static let reserved = Set(#"\:*?"<>|"#.utf8)
  private static let devices: Set<String> = Set(
    ["con", "prn", "aux", "nul"] + (0...9).flatMap { ["com\($0)", "lpt\($0)"] })

  /// Bytes that an encoded name may hold in their encoded form.
  private static func isEncodable(_ byte: UInt8) -> Bool {
    if byte <= 0x20 || byte >= 0x7F || reserved.contains(byte) { return true }
    // Of the other ones, `-` in flat names, dots, and the first letter of a device.
    return others.contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
  }

  private static let others = Set("%/-.".utf8)

  // MARK: Encoding

  /// One name of a path, as one name.
  /// - Parameter isTop: it stands in the destination's root.
  package func encoded(_ name: [UInt8], isTop: Bool = false) -> [UInt8] {
    Self.shortened(raw(name, isTop: isTop), of: name)
  }

  /// All names of a path, as one name.
  package func flat(_ path: [[UInt8]]) -> [UInt8] {
    var out: [UInt8] = []
    for (index, name) in path.enumerated() {
      if index > 0 { out += Self.separator }
      out += Self.withoutSeparators(raw(name, isTop: index == 0))
    }
    return Self.shortened(out, of: Array(path.joined(separator: [UInt8(ascii: "/")])))
  }

  private func raw(_ name: [UInt8], isTop: Bool) -> [UInt8] {
    let text = String(validating: name, as: UTF8.self)
    let encodesBytes = isTextOnly && text == nil
    let isDots = name.count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") }
    let isStage = isTop && (text?.lowercased() ?? "").hasPrefix(Self.stage)
    let isDevice = isForWindows && Self.isDevice(name)
    var out: [UInt8] = []
    out.reserveCapacity(name.count)
    for (index, byte) in name.enumerated() {
      var isUnsafe = isDots || index == 0 && (isStage || isDevice)
      switch byte {
      case 0..<0x20, 0x7F, UInt8(ascii: "/"): isUnsafe = true
      case UInt8(ascii: "%"): isUnsafe = isUnsafe || Self.looksEncoded(name, at: index)
      case 0x80...: isUnsafe = isUnsafe || encodesBytes
      case 0x20, UInt8(ascii: "."):
        isUnsafe = isUnsafe || isForWindows && index == name.count - 1
      default: isUnsafe = isUnsafe || isForWindows && Self.reserved.contains(byte)
      }
      if isUnsafe { Self.append(byte, to: &out) } else { out.append(byte) }
    }
    return out
  }

  /// Announces what is no part of the name.
  private static let mark = Array("%~".utf8)

  private static func isDevice(_ name: [UInt8]) -> Bool {
    let stem = name.prefix { $0 != UInt8(ascii: ".") }
    return devices.contains(String(decoding: stem, as: UTF8.self).lowercased())
  }

  /// A `%` that decoding would take for one of ours.
  private static func looksEncoded(_ name: [UInt8], at index: Int) -> Bool {
    let next = name.dropFirst(index + 1).prefix(2)
    if next.first == UInt8(ascii: "~") { return true }
    guard next.count == 2, let value = value(of: Array(next)) else { return false }
    return isEncodable(value)
  }

  /// So that no name holds a separator, or makes one together with a separator beside it.
  private static func withoutSeparators(_ name: [UInt8]) -> [UInt8] {
    let dash = UInt8(ascii: "-")
    var out: [UInt8] = []
    for (index, byte) in name.enumerated() {
      let isAtEdge = index == 0 || index == name.count - 1
      if byte == dash, isAtEdge || out.last == dash {
        append(byte, to: &out)
      } else {
        out.append(byte)
      }
    }
    return out
  }

  /// A name that is too long keeps its end, which has the extension, and gets a fingerprint of the whole. It cannot be
  /// decoded; the manifest and the JSON output name its path.
  private static func shortened(_ name: [UInt8], of whole: [UInt8]) -> [UInt8] {
    guard name.count > longest else { return name }
    let digest = SHA256.text(SHA256.digest(whole)).prefix(32)
    // Not in the middle of a character or of an encoded byte.
    var end = name.suffix(longest - mark.count - 33)
    while let first = end.first, first & 0xC0 == 0x80 { end = end.dropFirst() }
    return mark + Array(digest.utf8) + [UInt8(ascii: "~")] + end
  }

  /// The name of a further file whose own name is taken: `IMG%~2.JPG`.
  package static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
    let dot = name.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? name.count
    let tail = mark + Array("\(number)".utf8) + name[dot...]
    return name[..<dot].prefix(max(0, longest - tail.count)) + tail
  }

  private static func append(_ byte: UInt8, to out: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }

  // MARK: Decoding

  /// The name that ``encoded(_:isTop:)`` was given; nil for one that was shortened.
  package static func decoded(_ name: [UInt8]) -> [UInt8]? {
    if name.starts(with: mark) { return nil }
    var out: [UInt8] = []
    var index = 0
    while index < name.count {
      let byte = name[index]
      let next = Array(name.dropFirst(index + 1).prefix(2))
      if byte == UInt8(ascii: "%"), next.first == UInt8(ascii: "~") {
        // The number of ``numbered(_:_:)``.
        index += 2
        while index < name.count, (0x30...0x39).contains(name[index]) { index += 1 }
        continue
      }
      if byte == UInt8(ascii: "%"), let value = value(of: next), isEncodable(value) {
        out.append(value)
        index += 3
        continue
      }
      out.append(byte)
      index += 1
    }
    return out
  }

  /// The path that ``flat(_:)`` was given; nil for one that was shortened.
  package static func path(ofFlat name: [UInt8]) -> [[UInt8]]? {
    if name.starts(with: mark) { return nil }
    var parts: [[UInt8]] = [[]]
    var index = 0
    while index < name.count {
      if name[index...].starts(with: separator) {
        parts.append([])
        index += 2
      } else {
        parts[parts.count - 1].append(name[index])
        index += 1
      }
    }
    let names = parts.compactMap(decoded)
    return names.count == parts.count ? names : nil
  }

  private static func value(of digits: [UInt8]) -> UInt8? {
    guard digits.count == 2 else { return nil }
    var value: UInt8 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: value = value << 4 | (digit - 0x30)
      case 0x41...0x46: value = value << 4 | (digit - 0x37)
      default: return nil
      }
    }
    return value
  }
}
