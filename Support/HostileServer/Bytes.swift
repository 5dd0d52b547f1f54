#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Big-endian fields as SFTP writes them.
extension [UInt8] {
  mutating func add(_ value: UInt32) {
    for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  mutating func add(string: [UInt8]) {
    add(UInt32(string.count))
    self += string
  }

  /// nil past the end.
  func uint32(at offset: Int) -> UInt32? {
    guard offset >= 0, offset + 4 <= count else { return nil }
    return self[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }

  func string(at offset: Int) -> [UInt8]? {
    guard let length = uint32(at: offset), Int(length) <= count - offset - 4 else { return nil }
    return Array(self[(offset + 4)..<(offset + 4 + Int(length))])
  }
}

/// One message with its length word.
func packet(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
  var out: [UInt8] = []
  out.add(UInt32(body.count + 1))
  out.append(type)
  return out + body
}

func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
  var done = 0
  while done < bytes.count {
    let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return }
    done += count
  }
}

/// Cuts a stream into messages (without the length word).
struct Messages {
  private var held: [UInt8] = []

  mutating func append(_ bytes: ArraySlice<UInt8>) { held += bytes }

  mutating func next() -> [UInt8]? {
    guard let length = held.uint32(at: 0), length > 0, held.count >= 4 + Int(length) else {
      return nil
    }
    defer { held.removeFirst(4 + Int(length)) }
    return Array(held[4..<(4 + Int(length))])
  }
}
