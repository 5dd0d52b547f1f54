internal import PhotoModel

/// Fujifilm's raw files: a header that says where a JPEG with all metadata stands.
struct RafFile: ContainerWalk {
  /// Offset and length of the JPEG, each 32 bits, big-endian.
  private static let pointer: Range<Int64> = 84..<92
  private var start: Int64?
  private var isFound = false

  mutating func next(_ window: inout FileWindow) -> Found {
    if isFound { return .end(.complete) }
    if start == nil {
      guard let bytes = window.bytes(Self.pointer) else { return .waiting }
      var reader = ByteReader(bytes)
      guard let offset = reader.u32(), offset >= Self.pointer.upperBound else {
        return .end(.broken)
      }
      start = Int64(offset)
      if let length = reader.u32(), length > 0 {
        window.pictures.found.preview = EmbeddedPicture(
          offset: Int64(offset), length: Int64(length))
      }
    }
    guard let start else { return .end(.broken) }
    guard let mark = window.bytes(start..<(start + 2), ahead: 2048) else { return .waiting }
    guard mark.elementsEqual([0xFF, 0xD8]) else { return .end(.broken) }
    isFound = true
    return .jpeg(at: start)
  }
}

extension FileFormat {
  static let raf = FileFormat("RAF", [FileSignature("FUJIFILMCCD-RAW")]) { RafFile() }
}
