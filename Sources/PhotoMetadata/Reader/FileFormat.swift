/// The formats beside JPEG that are read.
enum FileFormat: Sendable, CaseIterable {
  case tiff, mrw, raf, png, webp, heif, cr3, jxl, video
  /// JPEG XL without boxes, which has no place for metadata.
  case jxlCodestream

  /// The walk that finds this format's metadata.
  var walk: any ContainerWalk {
    switch self {
    case .tiff: TiffFile()
    case .mrw: MrwFile()
    case .raf: RafFile()
    case .png: PngFile()
    case .webp: WebpFile()
    case .heif: HeifFile()
    case .cr3: Cr3File()
    case .jxl: JxlFile()
    case .video: VideoFile()
    case .jxlCodestream: BareFile()
    }
  }

  /// - Parameter head: the first ``FileKind/bytesNeeded`` bytes.
  init?(_ head: [UInt8]) {
    if let match = Self.signatures.first(where: { $0.signature.matches(head) }) {
      self = match.format
    } else if FileSignature("ftyp", at: 4).matches(head) {
      self = Self.byBrand(head)
    } else {
      return nil
    }
  }

  private static let signatures: [(format: FileFormat, signature: FileSignature)] = [
    (.tiff, FileSignature("II*\0")), (.tiff, FileSignature("MM\0*")),  // DNG, CR2, NEF, ARW …
    (.tiff, FileSignature("IIU\0")),  // RW2
    (.tiff, FileSignature("IIRO")), (.tiff, FileSignature("IIRS")), (.tiff, FileSignature("MMOR")),
    (.mrw, FileSignature("\0MRM")), (.raf, FileSignature("FUJIFILMCCD-RAW")),
    (.png, FileSignature([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])),
    (.webp, FileSignature("WEBP", at: 8)),
    (.jxl, FileSignature([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20])),
    (.jxlCodestream, FileSignature([0xFF, 0x0A])),
    // QuickTime files without a type box.
    (.video, FileSignature("moov", at: 4)), (.video, FileSignature("mdat", at: 4)),
    (.video, FileSignature("wide", at: 4)), (.video, FileSignature("free", at: 4)),
    (.video, FileSignature("skip", at: 4)), (.video, FileSignature("pnot", at: 4)),
  ]

  private static let imageBrands = [
    "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "avif", "avis", "miaf",
  ].map { Array($0.utf8) }

  /// By the brands of `ftyp` (ISO/IEC 14496-12 §4.3): the major one and, as far as they are at hand,
  /// the compatible ones.
  private static func byBrand(_ head: [UInt8]) -> FileFormat {
    let size = min(head.count, Int(ByteOrder.big.u32(head[...], 0)))
    var brands = [Array(head.dropFirst(8).prefix(4))]
    var place = 16
    while place + 4 <= size {
      brands.append(Array(head[place..<(place + 4)]))
      place += 4
    }
    if brands[0] == Array("crx ".utf8) { return .cr3 }
    if imageBrands.contains(brands[0]) { return .heif }
    // A video may name image brands for a still that it carries, but not the other way round.
    let isVideo =
      brands[0].starts(with: Array("qt".utf8)) || brands[0].starts(with: Array("mp4".utf8))
    return !isVideo && brands.contains(where: imageBrands.contains) ? .heif : .video
  }
}

/// Bytes that a format begins with.
struct FileSignature: Sendable {
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
