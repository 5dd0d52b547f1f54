#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file name or a path as the server gave it: bytes, in no promised encoding.
///
/// SFTP v3 (draft-ietf-secsh-filexfer-02 §6.2, §7) transports names as uninterpreted strings, and Linux file
/// systems accept every byte except NUL and `/`. Two names are the same file only when all bytes
/// are equal, so comparison is bytewise: the precomposed and the decomposed form of `é` are two
/// files.
///
/// ``text`` is a lossless form in valid UTF-8 for columns and outputs: each byte that is not part
/// of valid UTF-8, and each byte of a genuine U+FFFD, becomes U+FFFD followed by its two
/// upper-case hexadecimal digits. ``init(text:)`` is its inverse.
public struct PathBytes: Hashable, Comparable, Sendable {
  public var bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  public static let empty = PathBytes([UInt8]())

  public var isEmpty: Bool { bytes.isEmpty }

  /// All bytes at once: an array hashes its elements one by one, and paths are hashed per photo.
  public func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(bytes.count)
  }

  public static func == (a: PathBytes, b: PathBytes) -> Bool {
    a.bytes.count == b.bytes.count && a.bytes.order(b.bytes) == 0
  }

  /// Bytewise order (`memcmp`), the order of SQLite's BINARY collation on UTF-8.
  public static func < (a: PathBytes, b: PathBytes) -> Bool {
    a.bytes.precedes(b.bytes)
  }

  /// `self/name`; just `name` when `self` is the root (empty).
  public func appending(_ name: PathBytes) -> PathBytes {
    if bytes.isEmpty { return name }
    var joined = [UInt8]()
    joined.reserveCapacity(bytes.count + 1 + name.bytes.count)
    joined.append(contentsOf: bytes)
    if bytes.last != UInt8(ascii: "/") { joined.append(UInt8(ascii: "/")) }
    joined.append(contentsOf: name.bytes)
    return PathBytes(joined)
  }

  /// The part behind the last `/`.
  public var lastComponent: PathBytes {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return self }
    return PathBytes(Array(bytes[(slash + 1)...]))
  }

  /// Number of names in it; 0 for the root.
  package var depth: Int {
    bytes.isEmpty ? 0 : bytes.reduce(1) { $1 == UInt8(ascii: "/") ? $0 + 1 : $0 }
  }

  /// The part before the last `/`, empty when there is none.
  public var parent: PathBytes {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .empty }
    return PathBytes(Array(bytes[..<slash]))
  }
}

extension [UInt8] {
  /// The order of `memcmp`, a shorter array before those that it begins.
  package func precedes(_ other: [UInt8]) -> Bool {
    let order = order(other)
    return order == 0 ? count < other.count : order < 0
  }

  /// `memcmp` of as many bytes as both have.
  fileprivate func order(_ other: [UInt8]) -> Int32 {
    withUnsafeBytes { a in
      other.withUnsafeBytes { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
        return memcmp(a, b, Swift.min(count, other.count))
      }
    }
  }
}

extension PathBytes {
  /// The lossless text form (see the type's comment); valid UTF-8, no escape for control bytes.
  public var text: String {
    // U+FFFD starts with EF; a name free of it and valid as UTF-8 is its own text.
    if !bytes.contains(0xEF), let plain = String(validating: bytes, as: UTF8.self) { return plain }
    var out = String()
    var rest = bytes[...]
    while let first = rest.first {
      if let scalar = Self.leadingScalar(rest), scalar.value != 0xFFFD {
        out.unicodeScalars.append(scalar)
        rest = rest.dropFirst(UTF8.width(scalar))
      } else {
        out.append("\u{FFFD}")
        out.append(Self.hexDigit(first >> 4))
        out.append(Self.hexDigit(first & 15))
        rest = rest.dropFirst()
      }
    }
    return out
  }

  /// The bytes behind a ``text``. A U+FFFD without two hexadecimal digits behind it (a text that
  /// no ``text`` made, such as one typed by a person) stands for itself.
  public init(text: String) {
    let utf8 = Array(text.utf8)
    if !utf8.contains(0xEF) {
      self.bytes = utf8
      return
    }
    var out = [UInt8]()
    var i = 0
    while i < utf8.count {
      if i + 4 < utf8.count, utf8[i] == 0xEF, utf8[i + 1] == 0xBF, utf8[i + 2] == 0xBD,
        let high = Self.hexValue(utf8[i + 3]), let low = Self.hexValue(utf8[i + 4])
      {
        out.append(high << 4 | low)
        i += 5
      } else {
        out.append(utf8[i])
        i += 1
      }
    }
    self.bytes = out
  }

  private static func leadingScalar(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
    var decoder = UTF8()
    var iterator = bytes.prefix(4).makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) { return scalar }
    return nil
  }

  private static func hexDigit(_ value: UInt8) -> Character {
    Character(Unicode.Scalar(value < 10 ? 0x30 + value : 0x37 + value))
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    default: nil
    }
  }
}

extension String {
  /// The same for two strings, without a generic walk over their bytes.
  package func hasSameBytes(as other: String) -> Bool {
    let same = utf8.withContiguousStorageIfAvailable { a in
      other.utf8.withContiguousStorageIfAvailable { b in
        guard a.count == b.count, let left = a.baseAddress, let right = b.baseAddress else {
          return a.count == b.count
        }
        return memcmp(left, right, a.count) == 0
      }
    }
    return (same ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}

extension StringProtocol {
  /// Equal byte for byte. `==` takes é as one code point and as two for the same text; file systems, servers and SQLite
  /// do not, so names and paths are compared by this.
  package func hasSameBytes(as other: some StringProtocol) -> Bool {
    utf8.elementsEqual(other.utf8)
  }

  /// `hasPrefix` knows no text that begins with `/` when a combining mark comes behind it.
  package func starts(withByte byte: Unicode.Scalar) -> Bool { utf8.first == UInt8(ascii: byte) }
}

extension PathBytes: CustomStringConvertible {
  public var description: String { text }
}
