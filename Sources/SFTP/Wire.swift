/// Reads big-endian SSH data types (RFC 4251 §5) from a slice of a packet; every access is
/// checked by subtraction, so that no length a server claims can reach outside.
struct WireReader {
  private let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8], from start: Int, to end: Int) {
    self.bytes = bytes
    self.position = start
    self.end = min(end, bytes.count)
  }

  var remaining: Int { end - position }

  mutating func byte() -> UInt8? {
    guard remaining >= 1 else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func uint32() -> UInt32? {
    guard remaining >= 4 else { return nil }
    defer { position += 4 }
    return UInt32(bytes[position]) << 24 | UInt32(bytes[position + 1]) << 16
      | UInt32(bytes[position + 2]) << 8 | UInt32(bytes[position + 3])
  }

  mutating func uint64() -> UInt64? {
    guard remaining >= 8, let high = uint32(), let low = uint32() else { return nil }
    return UInt64(high) << 32 | UInt64(low)
  }

  /// `string`: uint32 length and that many bytes.
  mutating func string() -> [UInt8]? {
    guard let length = lengthWithinPacket() else { return nil }
    defer { position += length }
    return Array(bytes[position..<(position + length)])
  }

  mutating func skipString() -> Bool {
    guard let length = lengthWithinPacket() else { return false }
    position += length
    return true
  }

  private mutating func lengthWithinPacket() -> Int? {
    guard let claimed = uint32(), Int(claimed) <= remaining else { return nil }
    return Int(claimed)
  }
}

/// Appends big-endian SSH data types.
extension [UInt8] {
  mutating func appendUInt32(_ value: UInt32) {
    append(UInt8(truncatingIfNeeded: value >> 24))
    append(UInt8(truncatingIfNeeded: value >> 16))
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  mutating func appendUInt64(_ value: UInt64) {
    appendUInt32(UInt32(truncatingIfNeeded: value >> 32))
    appendUInt32(UInt32(truncatingIfNeeded: value))
  }

  mutating func appendString(_ value: [UInt8]) {
    appendUInt32(UInt32(truncatingIfNeeded: value.count))
    append(contentsOf: value)
  }
}
