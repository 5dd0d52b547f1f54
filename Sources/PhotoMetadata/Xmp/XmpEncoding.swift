/// XMP in UTF-16 and UTF-32 (XMP part 1 §7.1 allows them in files of its own; JPEG wants UTF-8).
enum XmpEncoding {
  private enum Units { case bits16(ByteOrder), bits32(ByteOrder) }

  /// The packet in UTF-8; nil when it is that, or some other encoding by bytes, already. What is no character becomes
  /// U+FFFD, a cut last one is left out. At most one and a half times as long.
  static func utf8(_ packet: ArraySlice<UInt8>) -> [UInt8]? {
    guard let units = units(packet.prefix(4)) else { return nil }
    var out = [UInt8]()
    out.reserveCapacity(packet.count)
    switch units {
    case .bits16(let order):
      let values = stride(from: 0, to: packet.count & ~1, by: 2).map { order.u16(packet, $0) }
      out += String(decoding: values, as: UTF16.self).utf8
    case .bits32(let order):
      let values = stride(from: 0, to: packet.count & ~3, by: 4).map { order.u32(packet, $0) }
      out += String(decoding: values, as: UTF32.self).utf8
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return out.starts(with: mark) ? Array(out.dropFirst(3)) : out
  }

  /// By the byte order mark, else by the `<` that it begins with (XML 1.0 appendix F).
  private static func units(_ head: ArraySlice<UInt8>) -> Units? {
    switch Array(head) {
    case [0, 0, 0xFE, 0xFF], [0, 0, 0, 0x3C]: .bits32(.big)
    case [0xFF, 0xFE, 0, 0], [0x3C, 0, 0, 0]: .bits32(.little)
    case let b where b.starts(with: [0xFE, 0xFF]) || b.starts(with: [0, 0x3C]): .bits16(.big)
    case let b where b.starts(with: [0xFF, 0xFE]) || b.starts(with: [0x3C, 0]): .bits16(.little)
    default: nil
    }
  }
}
