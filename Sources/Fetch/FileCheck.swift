#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Whether a file is whole by its own structure: `--verify`. Knows JPEG, PNG, WebP, and the boxes of HEIC, AVIF, CR3, MP4
/// and MOV; of other formats there is nothing to check.
enum FileCheck {
  enum Verdict: Equatable {
    case whole
    case unknownFormat
    /// What is missing.
    case cut(String)
    case unreadable(Int32)
  }

  static func check(_ file: Int32, size: Int64) -> Verdict {
    var reader = ByteReader(file, size: size)
    guard let head = reader.bytes(at: 0, 16) else { return verdict(reader, "no content") }
    if head.starts(with: [0xFF, 0xD8]) { return verdict(reader, jpeg(&reader)) }
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return verdict(reader, png(&reader)) }
    if head.starts(with: Array("RIFF".utf8)) {
      let length = Int64(head.word(4).byteSwapped) + 8
      return length > size ? .cut("\(length - size) bytes of its RIFF container") : .whole
    }
    if head[4..<8].elementsEqual(Array("ftyp".utf8)) { return verdict(reader, boxes(&reader)) }
    return .unknownFormat
  }

  private static func verdict(_ reader: ByteReader, _ missing: String?) -> Verdict {
    if let code = reader.failure { return .unreadable(code) }
    return missing.map(Verdict.cut) ?? .whole
  }

  /// Segments to the first scan, then the marker that ends the image (ITU-T T.81 §B.1, §B.2). What stands behind it, such as
  /// a second image, is not looked at.
  private static func jpeg(_ reader: inout ByteReader) -> String? {
    var place: Int64 = 2
    while let marker = reader.bytes(at: place, 4) {
      guard marker[0] == 0xFF else { return "a JPEG marker at byte \(place)" }
      switch marker[1] {
      case 0xFF: place += 1
      case 0xD9: return nil
      case 0x01, 0xD0...0xD8: place += 2
      case 0xDA: return scan(&reader, from: place + 2)
      default:
        let length = Int64(marker[2]) << 8 | Int64(marker[3])
        guard length >= 2 else { return "a JPEG segment at byte \(place)" }
        place += 2 + length
      }
    }
    return reader.bytes(at: place, 2)?.elementsEqual([0xFF, 0xD9]) == true
      ? nil : "the JPEG end marker"
  }

  private static func scan(_ reader: inout ByteReader, from start: Int64) -> String? {
    var place = start
    var wasMark = false
    while place < reader.size {
      guard let block = reader.bytes(at: place, Int(min(65_536, reader.size - place))) else {
        break
      }
      for byte in block {
        if wasMark, byte == 0xD9 { return nil }
        wasMark = byte == 0xFF
      }
      place += Int64(block.count)
    }
    return "the JPEG end marker"
  }

  /// PNG §5.3: length, type, data, checksum.
  private static func png(_ reader: inout ByteReader) -> String? {
    var place: Int64 = 8
    while let chunk = reader.bytes(at: place, 8) {
      place += Int64(chunk.word(0)) + 12
      if chunk[4..<8].elementsEqual(Array("IEND".utf8)) {
        return place <= reader.size ? nil : "the end of the PNG chunk IEND"
      }
    }
    return "the PNG chunk IEND"
  }

  /// ISO/IEC 14496-12 §4.2: boxes until the end of the file.
  private static func boxes(_ reader: inout ByteReader) -> String? {
    var place: Int64 = 0
    while place < reader.size {
      guard let head = reader.bytes(at: place, 8) else { return nil }
      var length = Int64(head.word(0))
      if length == 0 { return nil }
      if length == 1 {
        guard let long = reader.bytes(at: place + 8, 8) else { return "a box at byte \(place)" }
        length = Int64(long.word(0)) << 32 | Int64(long.word(4))
      }
      guard length >= 8, length <= reader.size - place else {
        return "a part of the box at byte \(place)"
      }
      place += length
    }
    return nil
  }
}

extension [UInt8] {
  /// Big-endian; 0 outside.
  fileprivate func word(_ at: Int) -> UInt32 {
    guard at >= 0, at + 4 <= count else { return 0 }
    return self[at..<(at + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }
}

/// pread(2) of a file of known size.
private struct ByteReader {
  let size: Int64
  /// errno of a read that failed.
  private(set) var failure: Int32?
  private let file: Int32

  init(_ file: Int32, size: Int64) {
    self.file = file
    self.size = size
  }

  /// nil where the file ends before.
  mutating func bytes(at place: Int64, _ count: Int) -> [UInt8]? {
    guard place >= 0, count >= 0, Int64(count) <= size - place else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(
          file, $0.baseAddress?.advanced(by: filled), count - filled, off_t(place) + off_t(filled))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        failure = got < 0 ? errno : EIO
        return nil
      }
      filled += got
    }
    return bytes
  }
}
