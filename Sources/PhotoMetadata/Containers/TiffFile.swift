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
