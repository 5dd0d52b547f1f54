/// Sizes of pictures as the headers of their formats state them.
enum PictureHeaders {
  /// - Parameter segment: a JPEG's frame header from its marker on (SOF, ITU-T T.81 §B.2.2).
  static func jpeg(_ segment: ArraySlice<UInt8>) -> PixelSize? {
    guard segment.count >= 9 else { return nil }
    return PixelSize(
      width: Int(ByteOrder.big.u16(segment, 7)), height: Int(ByteOrder.big.u16(segment, 5)))
  }

  /// Frame headers: C0…CF without DHT, JPG and DAC (ITU-T T.81 table B.1).
  static func isJpegFrame(_ marker: UInt8) -> Bool {
    marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
  }

  /// - Parameter file: the first 32 bytes of a PNG (§11.2.1: IHDR comes first).
  static func png(_ file: ArraySlice<UInt8>) -> PixelSize? {
    guard file.count >= 24, FourCC(ByteOrder.big.u32(file, 12)) == FourCC("IHDR") else {
      return nil
    }
    return PixelSize(
      width: Int(ByteOrder.big.u32(file, 16)), height: Int(ByteOrder.big.u32(file, 20)))
  }

  /// - Parameter file: the first 32 bytes of a WebP (RFC 9649 §2.5–2.7; RFC 6386 §9.1; lossless §3.1).
  static func webp(_ file: ArraySlice<UInt8>) -> PixelSize? {
    guard file.count >= 30 else { return nil }
    let little = ByteOrder.little
    switch FourCC(ByteOrder.big.u32(file, 12)) {
    case FourCC("VP8X"):
      let width = little.u32(file, 24) & 0xFF_FFFF
      let height = little.u32(file, 26) >> 8
      return PixelSize(width: Int(width) + 1, height: Int(height) + 1)
    case FourCC("VP8 "):
      guard file.dropFirst(23).starts(with: [0x9D, 0x01, 0x2A]) else { return nil }
      return PixelSize(
        width: Int(little.u16(file, 26) & 0x3FFF), height: Int(little.u16(file, 28) & 0x3FFF))
    case FourCC("VP8L"):
      guard file.dropFirst(20).first == 0x2F else { return nil }
      let bits = little.u32(file, 21)
      return PixelSize(width: Int(bits & 0x3FFF) + 1, height: Int(bits >> 14 & 0x3FFF) + 1)
    default: return nil
    }
  }

  /// - Parameter codestream: at least 12 bytes of a JPEG XL codestream (ISO/IEC 18181-1 §D.2, SizeHeader).
  static func jxl(_ codestream: ArraySlice<UInt8>) -> PixelSize? {
    guard codestream.count >= 12, codestream.starts(with: [0xFF, 0x0A]) else { return nil }
    var bits = UInt64(ByteOrder.little.u32(codestream, 2))
    bits |= UInt64(ByteOrder.little.u32(codestream, 6)) << 32
    // A second word for two numbers of 30 bits.
    let more = UInt64(ByteOrder.little.u16(codestream, 10))
    var used: UInt64 = 0
    func take(_ count: UInt64) -> Int {
      let low = used < 64 ? bits >> used : 0
      let high = used + count > 64 ? (used < 64 ? more << (64 - used) : more >> (used - 64)) : 0
      used += count
      return Int((low | high) & (1 << count - 1))
    }
    func number() -> Int { take([9, 13, 18, 30][take(2)]) + 1 }
    let isSmall = take(1) == 1
    let height = isSmall ? 8 * (take(5) + 1) : number()
    let ratio = take(3)
    if ratio == 0 {
      return PixelSize(width: isSmall ? 8 * (take(5) + 1) : number(), height: height)
    }
    // Table D.3.
    let (across, down) = [(1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)][ratio - 1]
    return PixelSize(width: height * across / down, height: height)
  }

  /// - Parameter content: of a track header box (`tkhd`, ISO/IEC 14496-12 §8.3.2): 16.16 fixed point.
  static func track(_ content: ArraySlice<UInt8>) -> PixelSize? {
    guard let version = content.first else { return nil }
    let place = version == 1 ? 88 : 76
    guard content.count >= place + 8 else { return nil }
    return PixelSize(
      width: Int(ByteOrder.big.u32(content, place) >> 16),
      height: Int(ByteOrder.big.u32(content, place + 4) >> 16))
  }
}
