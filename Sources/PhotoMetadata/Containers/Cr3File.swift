/// Canon's CR3: in `moov` a box of Canon's with TIFF blocks of one directory each (`CMT1` IFD0, `CMT2`
/// Exif, `CMT4` GPS), and XMP in a `uuid` box behind.
struct Cr3File: ContainerWalk {
  private var top = IsoBoxes(fileFrom: 0)
  private var moov: IsoBoxes?
  private var canon: IsoBoxes?
  /// A `uuid` box whose 16 bytes are to be looked at.
  private var unknown: (box: IsoBox, isTop: Bool)?
  private var sawCanon = false

  mutating func next(_ window: inout FileWindow) -> Found {
    while true {
      if let (box, isTop) = unknown {
        let start = box.content.lowerBound
        guard let id = window.bytes(start..<min(start + 16, box.content.upperBound)) else {
          return .waiting
        }
        unknown = nil
        let content = min(start + 16, box.content.upperBound)..<box.content.upperBound
        if isTop && id.elementsEqual(IsoUUID.xmp) { return .xmp(content) }
        if !isTop && id.elementsEqual(IsoUUID.canon) {
          canon = IsoBoxes(in: content)
          sawCanon = true
        }
        continue
      }
      let step: IsoBoxes.Step
      let depth = canon != nil ? 2 : moov != nil ? 1 : 0
      switch depth {
      case 2: step = canon?.next(&window, ahead: 2048) ?? .end
      case 1: step = moov?.next(&window, ahead: 64) ?? .end
      default: step = top.next(&window, ahead: sawCanon ? 4096 : 256)
      }
      switch step {
      case .waiting: return .waiting
      case .end, .broken:
        if depth == 0 { return .end(sawCanon ? .complete : .broken) }
        if depth == 2 { canon = nil } else { moov = nil }
      case .box(let box):
        if let found = look(at: box, depth) { return found }
      }
    }
  }

  private mutating func look(at box: IsoBox, _ depth: Int) -> Found? {
    switch (depth, box.type) {
    case (0, .moov): moov = IsoBoxes(in: box.content)
    case (0, .mdat): return .end(sawCanon ? .complete : .broken)
    case (0, .uuid), (1, .uuid): unknown = (box, depth == 0)
    case (2, FourCC("CMT1")): return .exif(box.content, root: .ifd0)
    case (2, FourCC("CMT2")): return .exif(box.content, root: .exif)
    case (2, FourCC("CMT4")):
      // Nothing of interest follows in `moov`.
      canon = nil
      moov = nil
      return .exif(box.content, root: .gps)
    default: break
    }
    return nil
  }
}

extension FileFormat {
  private static let crx = FourCC("crx ")
  static let cr3 = FileFormat("CR3", hasBrand: { $0.major == crx }) { Cr3File() }
}
