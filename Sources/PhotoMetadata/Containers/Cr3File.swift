internal import PhotoModel

/// Canon's CR3: in `moov` a box of Canon's with TIFF blocks of one directory each (`CMT1` IFD0, `CMT2`
/// Exif, `CMT4` GPS), and XMP in a `uuid` box behind.
struct Cr3File: ContainerWalk {
  private var top = IsoBoxes(fileFrom: 0)
  private var moov: IsoBoxes?
  private var canon: IsoBoxes?
  /// A `uuid` box whose 16 bytes are to be looked at.
  private var unknown: (box: IsoBox, isTop: Bool)?
  private var sawCanon = false
  private var hasXmp = false
  private var sawPreview = false
  /// The header of the preview's box was asked for together with the packet's.
  private var isPreviewForeseen = false
  /// Bytes of the box of the packet, which Canon pads to 64 KiB; behind it stands that of the preview.
  private static let packetBox: Int64 = 65_560
  /// Bytes of the header of a box THMB, from its version on.
  private static let thumbnailHeader: Int64 = 16
  /// Bytes of Canon's `uuid` box before the JPEG of its box PRVW: its type, eight more, the box's header.
  private static let previewHeader: Int64 = 48

  mutating func next(_ window: inout FileWindow) -> Found {
    while true {
      // Previews and image data follow, each a flight away, but for the first where Canon always puts it.
      if sawCanon, moov == nil, unknown == nil, sawPreview || hasXmp && !isPreviewForeseen {
        return .end(.complete)
      }
      if let (box, isTop) = unknown {
        let start = box.content.lowerBound
        guard let id = window.bytes(start..<min(start + 16, box.content.upperBound)) else {
          return .waiting
        }
        unknown = nil
        if isTop && id.elementsEqual(IsoUUID.canonPreview) {
          window.pictures.found.preview = Self.jpeg(in: box, behind: Self.previewHeader)
          sawPreview = true
          continue
        }
        let content = min(start + 16, box.content.upperBound)..<box.content.upperBound
        if isTop && id.elementsEqual(IsoUUID.xmp) {
          hasXmp = true
          isPreviewForeseen =
            box.content.upperBound - box.content.lowerBound == Self.packetBox - 8
          return .xmp(content)
        }
        if !isTop && id.elementsEqual(IsoUUID.canon) {
          canon = IsoBoxes(in: content)
          sawCanon = true
        }
        continue
      }
      let step: IsoBoxes.Step
      let depth = canon != nil ? 2 : moov != nil ? 1 : 0
      switch depth {
      // CMT4 has 2,048 bytes; the header behind it is looked at, too.
      case 2: step = canon?.next(&window, ahead: 2080) ?? .end
      case 1: step = moov?.next(&window, ahead: 64) ?? .end
      default: step = top.next(&window, ahead: hasXmp ? 24 : sawCanon ? 4096 : 256)
      }
      switch step {
      case .waiting:
        if depth == 0, sawCanon, !hasXmp {
          window.predict((top.place + Self.packetBox)..<(top.place + Self.packetBox + 24))
        }
        return .waiting
      case .end, .broken:
        if depth == 0 { return .end(sawCanon ? .complete : .broken) }
        if depth == 2 { canon = nil } else { moov = nil }
      case .box(let box):
        if let found = look(at: box, depth, &window) { return found }
      }
    }
  }

  private mutating func look(
    at box: IsoBox, _ depth: Int, _ window: inout FileWindow
  ) -> Found? {
    switch (depth, box.type) {
    case (0, .moov): moov = IsoBoxes(in: box.content)
    case (0, .mdat): return .end(sawCanon ? .complete : .broken)
    case (0, .uuid), (1, .uuid): unknown = (box, depth == 0)
    case (2, FourCC("CMT1")): return .exif(box.content, root: .ifd0)
    case (2, FourCC("CMT2")): return .exif(box.content, root: .exif)
    case (2, FourCC("CMT4")):
      return .exif(box.content, root: .gps)
    case (2, FourCC("THMB")):
      // Nothing of interest follows in `moov`.
      canon = nil
      moov = nil
      window.pictures.found.thumbnail = Self.jpeg(in: box, behind: Self.thumbnailHeader)
    default: break
    }
    return nil
  }
}

extension Cr3File {
  /// The JPEG behind a header fills its box, up to some bytes of padding.
  private static func jpeg(in box: IsoBox, behind header: Int64) -> EmbeddedPicture? {
    let start = box.content.lowerBound + header
    guard start < box.content.upperBound else { return nil }
    return EmbeddedPicture(offset: start, length: box.content.upperBound - start)
  }
}

extension FileFormat {
  private static let crx = FourCC("crx ")
  static let cr3 = FileFormat("CR3", hasBrand: { $0.major == crx }) { Cr3File() }
}
