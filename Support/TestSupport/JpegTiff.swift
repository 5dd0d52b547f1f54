/// A TIFF block (TIFF 6.0 §2) built from code: directories in chosen places, values behind them.
///
/// Checks nothing on purpose: a test may use any type, count or offset.
package struct JpegTiff: Sendable {
  package enum ByteOrder: Sendable, CaseIterable { case little, big }

  /// One directory entry's value, with its TIFF type.
  package enum Value: Sendable {
    /// Type 1.
    case bytes([UInt8])
    /// Type 2; a NUL is appended.
    case ascii(String)
    /// Type 2, these bytes and no others.
    case asciiBytes([UInt8])
    /// Type 3.
    case shorts([UInt16])
    /// Type 4.
    case longs([UInt32])
    /// Type 5.
    case rationals([(UInt32, UInt32)])
    /// Type 7.
    case undefined([UInt8])
    /// Type 10.
    case signedRationals([(Int32, Int32)])
    /// Any type and count; `bytes` are already in the file's byte order. At most 4 bytes stand
    /// inside the entry.
    case raw(type: UInt16, count: UInt32, bytes: [UInt8])
    /// Any type and count with a stated value offset.
    case pointing(type: UInt16, count: UInt32, offset: UInt32)
  }

  package struct Entry: Sendable {
    package var tag: UInt16
    package var value: Value
    package init(_ tag: UInt16, _ value: Value) {
      self.tag = tag
      self.value = value
    }
  }

  package private(set) var bytes: [UInt8] = []
  package let order: ByteOrder

  package init(order: ByteOrder) {
    self.order = order
    bytes += order == .little ? [0x49, 0x49] : [0x4D, 0x4D]
    bytes += encoded(UInt16(42)) + encoded(UInt32(0))
  }

  /// Zero bytes up to `offset`, when it lies ahead; returns the offset of the next byte.
  @discardableResult
  package mutating func pad(to offset: Int) -> Int {
    if offset > bytes.count {
      bytes.append(contentsOf: repeatElement(0, count: offset - bytes.count))
    }
    if bytes.count % 2 == 1 { bytes.append(0) }
    return bytes.count
  }

  package mutating func append(_ more: [UInt8]) { bytes += more }

  package mutating func patch(_ value: UInt32, at offset: Int) {
    bytes.replaceSubrange(offset..<(offset + 4), with: encoded(value))
  }

  /// Writes a directory at the present end, its values right behind; returns where each tag's
  /// 4-byte value field stands and where the next-directory pointer stands.
  @discardableResult
  package mutating func directory(_ entries: [Entry]) -> (fields: [UInt16: Int], next: Int) {
    let start = pad(to: bytes.count)
    var table = encoded(UInt16(truncatingIfNeeded: entries.count))
    var values = [UInt8]()
    let valuesStart = start + 2 + 12 * entries.count + 4
    var fields = [UInt16: Int]()
    for entry in entries {
      let (type, count, data, offset) = parts(of: entry.value)
      table += encoded(entry.tag) + encoded(type) + encoded(count)
      fields[entry.tag] = start + table.count
      if let offset {
        table += encoded(offset)
      } else if data.count <= 4 {
        table += data + [UInt8](repeating: 0, count: 4 - data.count)
      } else {
        table += encoded(UInt32(valuesStart + values.count))
        values += data
        if values.count % 2 == 1 { values.append(0) }
      }
    }
    let next = start + table.count
    bytes += table + encoded(UInt32(0)) + values
    return (fields, next)
  }

  private func parts(of value: Value) -> (UInt16, UInt32, [UInt8], UInt32?) {
    switch value {
    case .bytes(let b): (1, UInt32(b.count), b, nil)
    case .ascii(let s): (2, UInt32(s.utf8.count + 1), Array(s.utf8) + [0], nil)
    case .asciiBytes(let b): (2, UInt32(b.count), b, nil)
    case .shorts(let v): (3, UInt32(v.count), v.flatMap { encoded($0) }, nil)
    case .longs(let v): (4, UInt32(v.count), v.flatMap { encoded($0) }, nil)
    case .rationals(let v):
      (5, UInt32(v.count), v.flatMap { encoded($0.0) + encoded($0.1) }, nil)
    case .undefined(let b): (7, UInt32(b.count), b, nil)
    case .signedRationals(let v):
      (
        10, UInt32(v.count),
        v.flatMap { encoded(UInt32(bitPattern: $0.0)) + encoded(UInt32(bitPattern: $0.1)) }, nil
      )
    case .raw(let type, let count, let b): (type, count, b, nil)
    case .pointing(let type, let count, let offset): (type, count, [], offset)
    }
  }

  package func encoded(_ v: UInt16) -> [UInt8] {
    let big = [UInt8(v >> 8), UInt8(v & 0xFF)]
    return order == .big ? big : big.reversed()
  }

  package func encoded(_ v: UInt32) -> [UInt8] {
    let big = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: v >> UInt32($0)) }
    return order == .big ? big : big.reversed()
  }
}
