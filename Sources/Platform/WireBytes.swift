/// Encodes fields of SSH (RFC 4251 §5), and those of DER (X.690) that private keys need.
extension [UInt8] {
  /// `string`: a big-endian length, then the bytes.
  package mutating func append(string: some Collection<UInt8>) {
    append(word: UInt32(clamping: string.count))
    append(contentsOf: string)
  }

  package mutating func append(word: UInt32) {
    for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
  }

  /// `mpint` of an unsigned number: no leading zeros, except one where the first bit is set.
  package mutating func append(number: some Collection<UInt8>) {
    append(string: Self.positive(number))
  }

  private static func positive(_ number: some Collection<UInt8>) -> [UInt8] {
    let digits = Array(number.drop { $0 == 0 })
    return (digits.first ?? 0) & 0x80 != 0 ? [0] + digits : digits
  }

  /// A DER value: tag, length, content.
  package static func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    if content.count < 0x80 {
      length = [UInt8(content.count)]
    } else {
      var rest = content.count
      while rest > 0 {
        length.insert(UInt8(rest & 0xFF), at: 0)
        rest >>= 8
      }
      length.insert(0x80 | UInt8(length.count), at: 0)
    }
    return [tag] + length + content
  }

  package static func derNumber(_ number: some Collection<UInt8>) -> [UInt8] {
    let digits = positive(number)
    return der(0x02, digits.isEmpty ? [0] : digits)
  }
}

/// Reads fields from the front; nil at the first that is incomplete.
package struct FieldReader {
  package private(set) var rest: ArraySlice<UInt8>

  package init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(bytes) }

  package mutating func take(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  package mutating func word() -> UInt32? {
    take(4)?.reduce(0) { $0 << 8 | UInt32($1) }
  }

  package mutating func string() -> [UInt8]? {
    guard let length = word(), length <= rest.count else { return nil }
    return take(Int(length))
  }

  package mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }

  /// The content of a DER value of that tag, at most 65,535 bytes.
  package mutating func der(_ tag: UInt8) -> [UInt8]? {
    guard let found = take(1)?.first, found == tag, let first = take(1)?.first else { return nil }
    guard first & 0x80 != 0 else { return take(Int(first)) }
    guard first & 0x7F <= 2, let digits = take(Int(first & 0x7F)) else { return nil }
    return take(digits.reduce(0) { $0 << 8 | Int($1) })
  }
}
