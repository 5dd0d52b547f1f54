/// PNG (third edition, §5): chunks of length, name, content and CRC. Exif stands in `eXIf` (§11.3.3.6),
/// XMP in `iTXt`, and either in the text profiles that ImageMagick wrote before there was `eXIf`;
/// each may follow the image data.
struct PngFile: ContainerWalk {
  private static let image = FourCC("IDAT")
  private static let exif = FourCC("eXIf")
  private static let end = FourCC("IEND")
  /// As many headers as can be asked for ahead, and some.
  private static let maxChunks = 4500
  private static let maxText: Int64 = 65_536
  private static let smallChunk: Int64 = 4096
  private static let mostAhead: Int64 = 32_768

  private var place: Int64 = 8
  private var chunks = 0
  private var hasExif = false
  /// The length of the last image chunk, and how many of that length came in a row.
  private var run: (size: Int64, count: Int64) = (0, 0)
  /// Small chunks in a row, the end of what is read ahead of them, and how often that was.
  private var small: (count: Int, end: Int64, times: Int64) = (0, 0, 0)

  mutating func next(_ window: inout FileWindow) -> Found {
    if chunks == 0 {
      guard let head = window.bytes(0..<FileKind.bytesNeeded) else { return .waiting }
      window.pictures.found.size = PictureHeaders.png(head)
    }
    while chunks < Self.maxChunks {
      guard
        let head = window.bytes(place..<(place + 8), ahead: ahead(), isForeseen: run.count >= 2)
      else {
        predict(&window)
        return .waiting
      }
      var reader = ByteReader(head)
      guard let length = reader.u32(), let name = reader.fourCC(), length <= Int32.max,
        name.isLetters
      else { return .end(.broken) }
      let content = (place + 8)..<(place + 8 + Int64(length))
      if name == Self.end { return .end(.complete) }
      // A drone's XMP may stand behind the image.
      if name == Self.image, hasExif, window.hasPosition, window.hasXmp || !window.isOfDrone {
        return .end(.complete)
      }
      if name == Self.exif {
        guard let block = window.tiffBlock(in: content) else { return .waiting }
        step(over: content, name)
        hasExif = true
        return .exif(block, root: .ifd0)
      }
      if let kind = PngText.Kind(name) {
        guard let found = text(kind, content, &window) else { return .waiting }
        step(over: content, name)
        if let found {
          if case .exifBytes = found { hasExif = true }
          return found
        }
        continue
      }
      step(over: content, name)
    }
    return .end(.complete)
  }

  private mutating func step(over content: Range<Int64>, _ name: FourCC) {
    let size = content.upperBound - content.lowerBound
    run = name == Self.image ? (size, size == run.size ? run.count + 1 : 1) : (0, 0)
    small.count = name != Self.image && size < Self.smallChunk ? small.count + 1 : 0
    chunks += 1
    place = content.upperBound + 4
  }

  /// Bytes worth asking for with the next header. Texts come by the hundred, and each would take a
  /// round trip or two: more each time. What stands behind the image is looked into.
  private mutating func ahead() -> Int64 {
    guard small.count >= 2 else { return chunks > 1 && run.count < 2 ? 1024 : 0 }
    if place + 8 > small.end {
      small.end = place + min(Self.smallChunk << (2 * min(small.times, 2)), Self.mostAhead)
      small.times += 1
    }
    return small.end - place
  }

  /// Image data comes in many chunks of one length: the headers of those that follow are asked for
  /// together, first few, then some, then all.
  private func predict(_ window: inout FileWindow) {
    guard run.count >= 1 else { return }
    var header = place
    for _ in 0..<(run.count == 1 ? 24 : run.count < 32 ? 64 : 1024) {
      header += run.size + 12
      window.predict(header..<(header + 8))
    }
  }

  /// Outer nil: waiting. Inner nil: a text of no interest.
  private func text(
    _ kind: PngText.Kind, _ content: Range<Int64>, _ window: inout FileWindow
  ) -> Found?? {
    let size = content.upperBound - content.lowerBound
    // A keyword has 1…79 bytes (§11.3.3).
    let head = content.lowerBound..<(content.lowerBound + min(size, 96))
    guard let start = window.bytes(head, ahead: min(size, 512)) else { return nil }
    guard let profile = PngText.Profile(start) else { return .some(nil) }
    if profile == .xmp, let skip = PngText.plainXmpOffset(start) {
      return .some(.xmp((content.lowerBound + skip)..<content.upperBound))
    }
    guard size <= Self.maxText else { return .some(nil) }
    guard let all = window.bytes(content) else { return nil }
    return .some(PngText.unpack(all, kind, profile))
  }
}

extension FourCC {
  /// Chunk names are ASCII letters (§5.3).
  fileprivate var isLetters: Bool {
    [24, 16, 8, 0].allSatisfy { (0x61...0x7A).contains(raw >> $0 & 0xFF | 0x20) }
  }
}

extension FileFormat {
  static let png = FileFormat(
    "PNG", [FileSignature([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])]
  ) { PngFile() }
}
