/// Reads the wanted properties out of an XMP packet: by expat, and where the packet is no
/// well-formed XML by a tolerant scan. A packet never fails a photo.
enum XmpPacket {
  /// `</x:xmpmeta>`: what follows is padding (XMP part 1 §7.3.3).
  static let endTag = Array("</x:xmpmeta>".utf8)

  static func values(_ packet: ArraySlice<UInt8>) -> XmpValues {
    // Only wide characters have a zero among the first four bytes, or begin with FE or FF.
    if packet.prefix(4).contains(where: { $0 == 0 || $0 >= 0xFE }),
      let utf8 = XmpEncoding.utf8(packet)
    {
      return values(utf8[...], isConverted: true)
    }
    return values(packet, isConverted: false)
  }

  /// - Parameter isConverted: whatever it says of its encoding, it is UTF-8.
  private static func values(_ packet: ArraySlice<UInt8>, isConverted: Bool) -> XmpValues {
    var body = packet
    while let last = body.last, last == 0 || last == 0x20 || last == 0x0A || last == 0x0D {
      body.removeLast()
    }
    if body.isEmpty { return XmpValues() }
    return XmpParser.values(body, isConverted: isConverted) ?? XmpScan.values(body)
  }

  /// Where the packet ends behind its end tag, counted from the slice's begin; nil when the tag
  /// is not in it. The search starts `from` bytes in.
  static func end(in bytes: ArraySlice<UInt8>, from: Int = 0) -> Int? {
    let tag = endTag
    return unsafe bytes.withUnsafeBufferPointer { all -> Int? in
      guard all.count >= tag.count else { return nil }
      let last = all.count - tag.count
      var i = max(from, 0)
      while i <= last {
        // `>` ends the tag: skip by its length as far as the last byte allows (Horspool).
        let b = unsafe all[i + tag.count - 1]
        if b == 0x3E {
          var k = 0
          while unsafe k < tag.count && all[i + k] == tag[k] { k += 1 }
          if k == tag.count { return i + tag.count }
          i += tag.count
        } else {
          i += skip(b)
        }
      }
      return nil
    }
  }

  /// Distance from the last occurrence of `b` in the tag to the tag's end.
  @inline(__always)
  private static func skip(_ b: UInt8) -> Int {
    switch b {
    case 0x61: 1  // a
    case 0x74: 2  // t
    case 0x65: 3  // e
    case 0x6D: 4  // m
    case 0x70: 5  // p
    case 0x78: 7  // x
    case 0x3A: 8  // :
    case 0x2F: 10  // /
    case 0x3C: 11  // <
    default: 12
    }
  }
}
