/// Minolta's raw files: `\0MRM`, the length of all blocks, then blocks of a name and a length; `TTW`
/// holds a TIFF block.
struct MrwFile: ContainerWalk {
  private static let ttw = FourCC("\0TTW")
  private static let maxBlocks = 32
  private var place: Int64 = 8
  private var blocks = 0
  private var isFound = false

  mutating func next(_ window: inout FileWindow) -> Found {
    while !isFound && blocks < Self.maxBlocks {
      guard let head = window.bytes(place..<(place + 8)) else { return .waiting }
      var reader = ByteReader(head)
      guard let name = reader.fourCC(), let size = reader.u32() else { return .end(.broken) }
      let content = (place + 8)..<(place + 8 + Int64(size))
      blocks += 1
      if name == Self.ttw {
        isFound = true
        return .exif(content, root: .ifd0)
      }
      place = content.upperBound
    }
    return .end(.complete)
  }
}

extension FileFormat {
  static let mrw = FileFormat("MRW", [FileSignature("\0MRM")]) { MrwFile() }
}
