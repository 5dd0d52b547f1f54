import PhotoModel

/// The paths of photos below their site's root, each with an end mark: for `rsync --files-from`, `xargs -0` and scripts.
/// Bytes as the server has them, whatever their encoding.
struct PathRecords: RowWriter {
  private let mark: UInt8
  private var output: BlockOutput
  /// Photos whose path holds the end mark: no reader could tell where it ends.
  private(set) var leftOut = 0

  /// - Parameter mark: a line feed, or NUL, which no path holds.
  init(mark: UInt8, sink: @escaping ByteSink) {
    self.mark = mark
    output = BlockOutput(sink)
  }

  mutating func begin() throws {}

  mutating func write(_ row: PhotoRow) throws {
    let path = PathBytes(text: row.path).bytes
    guard !path.contains(mark) else {
      leftOut += 1
      return
    }
    output.bytes += path
    output.bytes.append(mark)
    try output.flushIfFull()
  }

  mutating func end() throws { try output.flush() }

  var hasParts: Bool { true }
  mutating func beginPart() {}
  mutating func endPart() throws { try output.flush() }
  mutating func append(part: UnsafeRawBufferPointer, leftOut: Int) throws {
    self.leftOut += leftOut
    try output.append(part: part, behindOthers: false, separated: false)
  }
}

/// The URLs of photos (RFC 3986), one per line. Photos of a site without a known location are left out.
struct URLRecords: RowWriter {
  private let roots: [ExactText: String]
  private var output: BlockOutput
  private(set) var leftOut = 0

  init(options: FormatOptions, sink: @escaping ByteSink) {
    roots = options.rootURLs
    output = BlockOutput(sink)
  }

  mutating func begin() throws {}

  mutating func write(_ row: PhotoRow) throws {
    guard let root = roots[ExactText(row.site)] else {
      leftOut += 1
      return
    }
    output.bytes.append(root)
    if root.utf8.last != UInt8(ascii: "/") { output.bytes.append(UInt8(ascii: "/")) }
    for byte in PathBytes(text: row.path).bytes { Self.append(byte, to: &output.bytes) }
    output.bytes.append(UInt8(ascii: "\n"))
    try output.flushIfFull()
  }

  /// RFC 3986 §2.1; unreserved characters (§2.3) and `/` stay.
  private static func append(_ byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D...0x2F, 0x5F, 0x7E: out.append(byte)
    default:
      let digits = Array("0123456789ABCDEF".utf8)
      out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }

  mutating func end() throws { try output.flush() }

  var hasParts: Bool { true }
  mutating func beginPart() {}
  mutating func endPart() throws { try output.flush() }
  mutating func append(part: UnsafeRawBufferPointer, leftOut: Int) throws {
    self.leftOut += leftOut
    try output.append(part: part, behindOthers: false, separated: false)
  }
}
