/// A file that is one TIFF block (TIFF 6.0 §2): TIFF, DNG, and the raw files of most makers. The
/// directories may stand at its end; they are found by their offsets.
struct TiffFile: ContainerWalk {
  private var isFound = false

  mutating func next(_ window: inout FileWindow) -> Found {
    if isFound { return .end(.complete) }
    isFound = true
    return .exif(0..<window.end, root: .ifd0)
  }
}

extension FileFormat {
  static let tiff = FileFormat(
    "TIFF",
    [
      FileSignature("II*\0"), FileSignature("MM\0*"),  // DNG, CR2, NEF, ARW …
      FileSignature("IIU\0"),  // RW2
      FileSignature("IIRO"), FileSignature("IIRS"), FileSignature("MMOR"),  // ORF
    ]
  ) { TiffFile() }
}
