internal import CZlib
import GeoFormats

/// Writes a ZIP archive (APPNOTE.TXT 6.3) to a stream: pictures as they are, one text compressed. Memory grows with the number of
/// files by their entries in the directory.
///
/// Without ZIP64: callers stay below ``mostFiles`` files and ``largest`` bytes.
@safe struct ZipWriter {
  /// With room for a few others.
  static let mostFiles = 65_000
  /// Bytes of the archive.
  static let largest: Int64 = 0xF000_0000

  private let sink: ByteSink
  private var offset: UInt32 = 0
  private var directory: [UInt8] = []
  private var files: UInt16 = 0

  init(_ sink: @escaping ByteSink) { unsafe self.sink = unsafe sink }

  /// Adds a file as it is.
  mutating func add(_ name: String, _ bytes: [UInt8]) throws {
    try add(name, bytes, method: 0, size: bytes.count, checksum: Deflater.checksum(bytes))
  }

  /// Adds a text whose pieces were compressed.
  mutating func add(_ name: String, _ text: Deflater) throws {
    let bytes = text.finish()
    try add(name, bytes, method: 8, size: text.size, checksum: text.sum)
  }

  /// §4.3.7, §4.3.12. The time is 1980-01-01: the same photos give the same file.
  private mutating func add(
    _ name: String, _ bytes: [UInt8], method: UInt16, size: Int, checksum: UInt32
  ) throws {
    var common: [UInt8] = []
    // Version 2.0; names are UTF-8.
    common.append(little: UInt16(20), UInt16(0x800), method, UInt16(0), UInt16(0x21))
    common.append(little: checksum, UInt32(clamping: bytes.count), UInt32(clamping: size))
    common.append(little: UInt16(clamping: name.utf8.count), UInt16(0))
    directory.append(little: UInt32(0x0201_4B50))
    directory.append(little: UInt16(20))
    directory += common
    directory.append(little: UInt16(0), UInt16(0), UInt16(0))
    directory.append(little: UInt32(0), offset)
    directory += Array(name.utf8)
    var head: [UInt8] = []
    head.append(little: UInt32(0x0403_4B50))
    head += common + Array(name.utf8)
    try put(head)
    try put(bytes)
    files += 1
  }

  /// §4.3.16.
  mutating func end() throws {
    let (start, length) = (offset, directory.count)
    try put(directory)
    var tail: [UInt8] = []
    tail.append(little: UInt32(0x0605_4B50))
    tail.append(little: UInt16(0), UInt16(0), files, files)
    tail.append(little: UInt32(clamping: length), start)
    tail.append(little: UInt16(0))
    try put(tail)
  }

  private mutating func put(_ bytes: [UInt8]) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe sink($0) }
    offset += UInt32(clamping: bytes.count)
  }
}

extension [UInt8] {
  fileprivate mutating func append<Number: FixedWidthInteger>(little values: Number...) {
    for value in values {
      for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
        append(UInt8(truncatingIfNeeded: value >> Number(shift)))
      }
    }
  }
}

/// Compresses a text piece by piece (RFC 1951), and keeps the result.
@safe final class Deflater {
  private(set) var size = 0
  /// CRC-32 of the text.
  private(set) var sum: UInt32 = 0
  private var packed: [UInt8] = []
  private var stream = unsafe z_stream()

  /// - Returns: nil when there is no memory.
  init?() {
    // −15: no header; memory level 8 and strategy 0 are zlib's defaults (deflateInit2, zlib.h).
    let status = unsafe deflateInit2_(
      &stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { return nil }
  }

  deinit { _ = unsafe deflateEnd(&stream) }

  static func checksum(_ bytes: [UInt8], from sum: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer {
      UInt32(truncatingIfNeeded: unsafe crc32(uLong(sum), $0.baseAddress, uInt(clamping: $0.count)))
    }
  }

  func add(_ bytes: [UInt8]) {
    if bytes.isEmpty { return }
    size += bytes.count
    sum = Self.checksum(bytes, from: sum)
    run(bytes, Z_NO_FLUSH)
  }

  /// What was added, compressed; nothing can be added behind it.
  func finish() -> [UInt8] {
    run([], Z_FINISH)
    return packed
  }

  private func run(_ bytes: [UInt8], _ flush: Int32) {
    var source = bytes
    unsafe source.withUnsafeMutableBufferPointer { source in
      unsafe stream.next_in = source.baseAddress
      unsafe stream.avail_in = uInt(clamping: source.count)
      repeat {
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { out, count in
          unsafe stream.next_out = out.baseAddress
          unsafe stream.avail_out = uInt(out.count)
          _ = unsafe deflate(&stream, flush)
          count = unsafe out.count - Int(stream.avail_out)
        }
        packed += piece
      } while unsafe stream.avail_out == 0
    }
  }
}
