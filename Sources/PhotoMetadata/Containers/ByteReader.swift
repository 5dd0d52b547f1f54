/// Reads big-endian numbers one after the other; nil as soon as the bytes are at their end.
struct ByteReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private(set) var place: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  var left: Int { bytes.endIndex - place }

  /// A number of 0…8 bytes.
  mutating func number(_ size: Int) -> UInt64? {
    guard size >= 0, size <= 8, left >= size else { return nil }
    var value: UInt64 = 0
    for _ in 0..<size {
      value = value << 8 | UInt64(bytes[place])
      place += 1
    }
    return value
  }

  mutating func u8() -> UInt8? { number(1).map { UInt8(truncatingIfNeeded: $0) } }
  mutating func u16() -> UInt16? { number(2).map { UInt16(truncatingIfNeeded: $0) } }
  mutating func u32() -> UInt32? { number(4).map { UInt32(truncatingIfNeeded: $0) } }
  mutating func fourCC() -> FourCC? { u32().map { FourCC($0) } }

  mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, left >= count else { return false }
    place += count
    return true
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, left >= count else { return nil }
    defer { place += count }
    return bytes[place..<(place + count)]
  }

  /// The bytes up to a NUL, which is skipped.
  mutating func text() -> ArraySlice<UInt8>? {
    guard let end = bytes[place...].firstIndex(of: 0) else { return nil }
    defer { place = end + 1 }
    return bytes[place..<end]
  }
}

/// A name of four bytes: boxes of ISO base media files, chunks of PNG and RIFF.
struct FourCC: Hashable, Sendable {
  let raw: UInt32

  init(_ raw: UInt32) { self.raw = raw }

  /// - Parameter text: four characters up to U+00FF, one byte each.
  init(_ text: StaticString) {
    var raw: UInt32 = 0
    for scalar in "\(text)".unicodeScalars { raw = raw << 8 | scalar.value & 0xFF }
    self.raw = raw
  }
}
