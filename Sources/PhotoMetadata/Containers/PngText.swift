/// Exif and XMP in PNG's text chunks (§11.3.3): `XML:com.adobe.xmp` in `iTXt`, and the profiles
/// `Raw profile type …` of ImageMagick, as hexadecimal digits, mostly packed.
enum PngText {
  enum Kind: Sendable {
    case plain, packed, international

    init?(_ name: FourCC) {
      switch name {
      case FourCC("tEXt"): self = .plain
      case FourCC("zTXt"): self = .packed
      case FourCC("iTXt"): self = .international
      default: return nil
      }
    }
  }

  enum Profile: Sendable {
    case xmp, rawExif, rawXmp

    /// - Parameter head: the chunk's first bytes: keyword, NUL.
    init?(_ head: ArraySlice<UInt8>) {
      guard let end = head.firstIndex(of: 0) else { return nil }
      switch String(decoding: head[..<end], as: UTF8.self) {
      case "XML:com.adobe.xmp": self = .xmp
      // APP1 may hold either.
      case "Raw profile type exif", "Raw profile type APP1": self = .rawExif
      case "Raw profile type xmp": self = .rawXmp
      default: return nil
      }
    }
  }

  private static let xmpMark = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
  private static let exifMark: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
  private static let maxUnpacked = 1 << 18

  /// How far into an `iTXt` chunk its text begins; nil when it is packed or not to be seen yet.
  static func plainXmpOffset(_ head: ArraySlice<UInt8>) -> Int64? {
    var reader = ByteReader(head)
    guard reader.text() != nil, reader.u8() == 0, reader.u8() != nil, reader.text() != nil,
      reader.text() != nil
    else { return nil }
    return Int64(reader.place - head.startIndex)
  }

  /// - Parameter chunk: all of the chunk's content.
  static func unpack(_ chunk: ArraySlice<UInt8>, _ kind: Kind, _ profile: Profile) -> Found? {
    guard let text = text(chunk, kind) else { return nil }
    switch profile {
    case .xmp: return .xmpBytes(text)
    case .rawXmp: return bytes(ofProfile: text).map { .xmpBytes($0) }
    case .rawExif:
      guard let block = bytes(ofProfile: text) else { return nil }
      if block.starts(with: xmpMark) { return .xmpBytes(Array(block.dropFirst(xmpMark.count))) }
      return .exifBytes(block.starts(with: exifMark) ? Array(block.dropFirst(6)) : block)
    }
  }

  private static func text(_ chunk: ArraySlice<UInt8>, _ kind: Kind) -> [UInt8]? {
    var reader = ByteReader(chunk)
    guard reader.text() != nil else { return nil }
    var isPacked = kind == .packed
    if kind == .international {
      guard let flag = reader.u8() else { return nil }
      isPacked = flag == 1
    }
    // The only method is 0, zlib (§11.3.3.3).
    if kind != .plain {
      guard reader.u8() == 0 else { return nil }
    }
    if kind == .international {
      guard reader.text() != nil, reader.text() != nil else { return nil }
    }
    let rest = chunk[reader.place...]
    return isPacked ? Inflate.bytes(rest, atMost: maxUnpacked) : Array(rest)
  }

  /// `\nexif\n    1234\n` and pairs of hexadecimal digits in lines.
  private static func bytes(ofProfile text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: true)
    guard lines.count == 3 else { return nil }
    var out = [UInt8]()
    out.reserveCapacity(lines[2].count / 2)
    var high: UInt8?
    for byte in lines[2] {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46, 0x61...0x66: digit = (byte | 0x20) - 0x57
      case 0x0A, 0x0D, 0x20: continue
      default: return out
      }
      if let first = high {
        out.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return out
  }
}
