/// What a file is by its first bytes; its name and extension never count.
enum FileKind: Equatable, Sendable {
  /// A format that is read.
  case read(FileFormat)
  /// A known image or video format that is not read.
  case otherImage
  case notAnImage
  /// So short that it may be the beginning of a JPEG.
  case cutShort

  /// As many leading bytes as the decision may need.
  static let bytesNeeded: Int64 = 32

  /// - Parameter head: the first ``bytesNeeded`` bytes, fewer only when the file ends there.
  init(head: ArraySlice<UInt8>) {
    if head.count < 3, JpegFile.mark.starts(with: head) {
      self = .cutShort
    } else if let format = FileFormat.of(head) {
      self = .read(format)
    } else if Self.signatures.contains(where: { $0.matches(head) }) {
      self = .otherImage
    } else {
      self = .notAnImage
    }
  }

  private static let signatures: [FileSignature] = [
    FileSignature("II+\0"), FileSignature("MM\0+"),  // BigTIFF
    FileSignature([0x49, 0x49, 0xBC]),  // JPEG XR
    FileSignature("FOVb"), FileSignature("HEAPCCDR", at: 6),  // X3F, CRW
    FileSignature("AVI ", at: 8),
    FileSignature([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]),
    FileSignature([0xFF, 0x4F, 0xFF, 0x51]),  // JP2
    FileSignature("8BPS"), FileSignature("GIF87a"), FileSignature("GIF89a"), FileSignature("BM"),
    FileSignature([0xFF, 0x01, 0x45, 0x78, 0x69, 0x76, 0x32]),  // Exiv2's metadata file
  ]
}
