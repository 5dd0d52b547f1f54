/// Receives finished bytes in order; throws what the write threw (a closed pipe, a full disk).
public typealias ByteSink = (UnsafeRawBufferPointer) throws -> Void

/// Collects small pieces and hands them on in blocks, so that a million features cost some
/// thousand writes and a bounded amount of memory.
struct BlockOutput {
  /// A block goes out as soon as this many bytes are waiting.
  static let blockSize = 1 << 16

  var bytes: [UInt8]
  private let sink: ByteSink

  init(_ sink: @escaping ByteSink) {
    self.sink = sink
    bytes = []
    bytes.reserveCapacity(Self.blockSize + 4096)
  }

  mutating func flushIfFull() throws {
    if bytes.count >= Self.blockSize { try flush() }
  }

  mutating func flush() throws {
    guard !bytes.isEmpty else { return }
    try bytes.withUnsafeBytes { try sink($0) }
    bytes.removeAll(keepingCapacity: true)
  }

  /// Passes on what another writer made. Its `separated` rows begin with a comma each, which the very
  /// first row of a list must not.
  mutating func append(
    part: UnsafeRawBufferPointer, behindOthers: Bool, separated: Bool
  ) throws {
    guard !part.isEmpty else { return }
    try flush()
    let dropsComma = separated && !behindOthers
    try sink(UnsafeRawBufferPointer(rebasing: part.dropFirst(dropsComma ? 1 : 0)))
  }
}

extension [UInt8] {
  mutating func append(_ text: String) { append(contentsOf: text.utf8) }

  mutating func appendInteger(_ value: some FixedWidthInteger & SignedInteger) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = UInt64(value.magnitude)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = 20
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest != 0
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }

  /// `value` with leading zeros, as wide as asked; wider values keep all digits.
  mutating func appendPadded(_ value: Int, width: Int) {
    var limit = 10
    for _ in 1..<width {
      if value < limit { append(UInt8(ascii: "0")) }
      limit *= 10
    }
    appendInteger(value)
  }
}
