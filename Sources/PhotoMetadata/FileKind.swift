/// What a file is by its first bytes; its name and extension never count.
enum FileKind: Equatable, Sendable {
  case jpeg
  /// A known image or video format that is not read yet.
  case otherImage
  case notAnImage
  /// So short that it may be the beginning of a JPEG.
  case cutShort

  /// As many leading bytes as the decision may need.
  static let bytesNeeded: Int64 = 16

  /// - Parameter head: the first ``bytesNeeded`` bytes, fewer only when the file ends there.
  init(head: ArraySlice<UInt8>) {
    let head = Array(head)
    if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if head.count < 3, [0xFF, 0xD8, 0xFF].starts(with: head) {
      self = .cutShort
    } else if Self.signatures.contains(where: { $0.matches(head) }) {
      self = .otherImage
    } else {
      self = .notAnImage
    }
  }

  private struct Signature: Sendable {
    var offset = 0
    var bytes: [UInt8]

    init(_ bytes: [UInt8], at offset: Int = 0) {
      self.bytes = bytes
      self.offset = offset
    }

    init(_ text: StaticString, at offset: Int = 0) {
      self.init(Array("\(text)".utf8), at: offset)
    }

    func matches(_ head: [UInt8]) -> Bool { head.dropFirst(offset).starts(with: bytes) }
  }

  private static let signatures: [Signature] = [
    Signature("II*\0"), Signature("MM\0*"),  // TIFF 6.0 §2; DNG, CR2, NEF, ARW …
    Signature("II+\0"), Signature("MM\0+"),  // BigTIFF
    Signature("IIU\0"), Signature("IIRO"), Signature("IIRS"), Signature("MMOR"),  // RW2, ORF
    Signature([0x49, 0x49, 0xBC]),  // JPEG XR
    Signature("FUJIFILMCCD-RAW"), Signature("\0MRM"), Signature("FOVb"),  // RAF, MRW, X3F
    Signature("ftyp", at: 4),  // ISO base media: HEIC, AVIF, CR3, MP4, MOV, 3GP
    Signature("moov", at: 4), Signature("mdat", at: 4), Signature("wide", at: 4),  // QuickTime
    Signature("free", at: 4), Signature("skip", at: 4), Signature("pnot", at: 4),
    Signature([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),  // PNG
    Signature("WEBP", at: 8), Signature("AVI ", at: 8),  // RIFF
    Signature([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]), Signature([0xFF, 0x4F, 0xFF, 0x51]),  // JP2
    Signature([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20]), Signature([0xFF, 0x0A]),  // JPEG XL
    Signature("8BPS"), Signature("GIF87a"), Signature("GIF89a"), Signature("BM"),
    Signature([0xFF, 0x01, 0x45, 0x78, 0x69, 0x76, 0x32]),  // Exiv2's metadata file
  ]
}
