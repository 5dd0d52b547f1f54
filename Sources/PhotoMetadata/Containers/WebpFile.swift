/// WebP (RFC 9649 §2): RIFF chunks, sizes little-endian, padded to even lengths. `EXIF` and `XMP `
/// stand behind the image data.
struct WebpFile: ContainerWalk {
  private static let extended = FourCC("VP8X")
  private static let exif = FourCC("EXIF")
  private static let xmp = FourCC("XMP ")
  private static let maxChunks = 512

  private var place: Int64 = 12
  private var chunks = 0
  /// Flags of VP8X (§2.7): 0x08 Exif, 0x04 XMP, 0x02 animation.
  private var flags: UInt8 = 0
  private var found: UInt8 = 0

  mutating func next(_ window: inout FileWindow) -> Found {
    if chunks == 0 {
      guard let head = window.bytes(0..<FileKind.bytesNeeded) else { return .waiting }
      window.pictures.found.size = PictureHeaders.webp(head)
    }
    while chunks < Self.maxChunks, place < window.end {
      guard let head = window.bytes(place..<(place + 9), ahead: chunks > 1 ? 1024 : 0) else {
        return .waiting
      }
      // Up to seven bytes of padding at the end of a file do no harm.
      guard head.count >= 8 else { return .end(place == 12 ? .broken : .complete) }
      let name = FourCC(ByteOrder.big.u32(head, 0))
      let size = Int64(ByteOrder.little.u32(head, 4))
      let content = (place + 8)..<(place + 8 + size)
      if chunks == 0 {
        // Without it there is nothing but an image.
        guard name == Self.extended else { return .end(.complete) }
        guard head.count == 9, let last = head.last else { return .end(.broken) }
        flags = last
        if flags & 0x02 != 0 && flags & 0x0C == 0 { return .end(.complete) }
      }
      if name == Self.exif && found & 0x08 == 0 {
        guard let block = window.tiffBlock(in: content) else { return .waiting }
        step(over: content, 0x08)
        return .exif(block, root: .ifd0)
      }
      if name == Self.xmp && found & 0x04 == 0 {
        step(over: content, 0x04)
        return .xmp(content)
      }
      step(over: content, 0)
      if found != 0 && found & flags == flags & 0x0C { break }
    }
    return .end(.complete)
  }

  private mutating func step(over content: Range<Int64>, _ kind: UInt8) {
    chunks += 1
    found |= kind
    place = content.upperBound + (content.upperBound - content.lowerBound) % 2
  }
}

extension FileFormat {
  static let webp = FileFormat("WebP", [FileSignature("WEBP", at: 8)]) { WebpFile() }
}
