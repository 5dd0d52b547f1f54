/// JPEG XL in its box format (ISO/IEC 18181-2 §4): `Exif` as in HEIF, `xml ` with XMP. Boxes packed by
/// Brotli (`brob`) are known, but not read.
struct JxlFile: ContainerWalk {
  private var boxes = IsoBoxes(fileFrom: 0)
  private var exif: IsoBox?
  private var packed: IsoBox?
  /// Of the codestream, after the number of its part.
  private var codestream: Range<Int64>?
  private var ending = RecordBuilder.Ending.complete

  mutating func next(_ window: inout FileWindow) -> Found {
    while true {
      if let box = exif {
        let size = box.content.upperBound - box.content.lowerBound
        let head = box.content.lowerBound..<(box.content.lowerBound + min(64, size))
        guard let bytes = window.bytes(head, ahead: min(1024, size)) else { return .waiting }
        exif = nil
        guard let offset = HeifItems.tiffOffset(bytes), offset < size else {
          ending = .broken
          continue
        }
        return .exif(
          (box.content.lowerBound + offset)..<box.content.upperBound, root: .ifd0)
      }
      if let place = codestream {
        guard let bytes = window.bytes(place, ahead: 64) else { return .waiting }
        codestream = nil
        window.pictures.found.size = PictureHeaders.jxl(bytes)
      }
      if let box = packed {
        let start = box.content.lowerBound
        guard let type = window.bytes(start..<min(start + 4, box.content.upperBound)) else {
          return .waiting
        }
        packed = nil
        if type.elementsEqual("Exif".utf8) || type.elementsEqual("xml ".utf8) {
          ending = .unreadable
        }
        continue
      }
      switch boxes.next(&window, ahead: 64) {
      case .waiting: return .waiting
      case .end: return .end(ending)
      case .broken: return .end(.broken)
      case .box(let box):
        switch box.type {
        case FourCC("Exif"): exif = box
        case FourCC("xml "): return .xmp(box.content)
        case FourCC("brob"): packed = box
        case FourCC("jxlc"), FourCC("jxlp"):
          guard window.pictures.found.size == nil else { break }
          let start = box.content.lowerBound + (box.type == FourCC("jxlp") ? 4 : 0)
          codestream = start..<(start + 12)
        default: break
        }
      }
    }
  }
}

/// A codestream with nothing around it.
struct JxlCodestream: ContainerWalk {
  func next(_ window: inout FileWindow) -> Found {
    guard let head = window.bytes(0..<FileKind.bytesNeeded) else { return .waiting }
    window.pictures.found.size = PictureHeaders.jxl(head)
    return .end(.complete)
  }
}

extension FileFormat {
  static let jxl = FileFormat(
    "JPEG XL", [FileSignature([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20])]
  ) { JxlFile() }

  /// JPEG XL without boxes, which has no place for metadata.
  static let jxlCodestream = FileFormat(
    "JPEG XL codestream", [FileSignature([0xFF, 0x0A])]
  ) { JxlCodestream() }
}
