internal import PhotoModel

/// HEIC, HEIF and AVIF (ISO/IEC 23008-12): the `meta` box lists items, `Exif` and XMP among them, and
/// says where in the file they stand, which may be its end.
struct HeifFile: ContainerWalk {
  private enum Stage: Sendable {
    case top(IsoBoxes)
    case whole(IsoBox)
    case inside(IsoBoxes)
    case items
    case done
  }

  /// More of `meta` than this is read box by box only.
  private static let maxTogether: Int64 = 65_536
  /// Phones' Exif items have 2…4 KB, but for thumbnails.
  private static let exifAhead: Int64 = 4096

  private var stage = Stage.top(IsoBoxes(fileFrom: 0))
  private var iinf: IsoBox?
  private var iloc: IsoBox?
  private var idat: IsoBox?
  private var pitm: IsoBox?
  private var iref: IsoBox?
  private var iprp: IsoBox?
  private var queue: [(item: HeifItems.Item, place: Range<Int64>)]?
  private var ending = RecordBuilder.Ending.complete

  mutating func next(_ window: inout FileWindow) -> Found {
    while true {
      switch stage {
      case .top(var boxes):
        // Most often `meta` follows at once, and with it its first boxes.
        switch boxes.next(&window, ahead: 512) {
        case .waiting: return .waiting
        case .end, .broken:
          ending = .broken
          stage = .done
        case .box(let box): stage = box.type == .meta ? .whole(box) : .top(boxes)
        }
      case .whole(let box):
        // All at once: its boxes are small, and each would take a flight.
        let size = box.content.upperBound - box.content.lowerBound
        let together =
          box.content.lowerBound..<(box.content.lowerBound + min(size, Self.maxTogether))
        guard window.bytes(together) != nil else { return .waiting }
        // Version and flags (§4.2.2).
        stage = .inside(
          IsoBoxes(
            in: min(box.content.lowerBound + 4, box.content.upperBound)..<box.content.upperBound))
      case .inside(var boxes):
        switch boxes.next(&window) {
        case .waiting: return .waiting
        case .end: stage = .items
        case .broken:
          ending = .broken
          stage = .items
        case .box(let box):
          note(box)
          stage = .inside(boxes)
        }
      case .items:
        guard let found = nextItem(&window) else {
          stage = .done
          continue
        }
        return found
      case .done:
        return .end(ending)
      }
    }
  }

  private mutating func note(_ box: IsoBox) {
    switch box.type {
    case FourCC("iinf"): iinf = iinf ?? box
    case FourCC("iloc"): iloc = iloc ?? box
    case FourCC("idat"): idat = idat ?? box
    case FourCC("pitm"): pitm = pitm ?? box
    case FourCC("iref"): iref = iref ?? box
    case FourCC("iprp"): iprp = iprp ?? box
    default: break
    }
  }

  /// Nil: waiting.
  private func links(_ window: inout FileWindow) -> HeifLinks? {
    guard let pitm else { return HeifLinks() }
    guard let primary = window.bytes(pitm.content) else { return nil }
    guard let iref, iref.content.count <= Self.maxTogether else {
      return HeifLinks(primary: primary, references: [])
    }
    guard let links = window.bytes(iref.content) else { return nil }
    return HeifLinks(primary: primary, references: links)
  }

  /// - Returns: false when it waits.
  private func readPictures(
    _ links: HeifLinks, names: ArraySlice<UInt8>, places: ArraySlice<UInt8>,
    _ window: inout FileWindow
  ) -> Bool {
    if let item = links.primaryItem, let iprp, iprp.content.count <= Self.maxTogether {
      guard let properties = window.bytes(iprp.content) else { return false }
      window.pictures.found.size = HeifProperties.size(of: item, in: properties)
    }
    // A JPEG can be shown by itself, other codings need what the properties say.
    let thumbnails = links.thumbnails
    if let item = thumbnails.first(where: { HeifItems.isJpeg($0, names) }) ?? thumbnails.first,
      case .range(let range) = HeifItems.place(of: item, in: places, idat: idat?.content),
      !range.isEmpty
    {
      window.pictures.found.thumbnail = EmbeddedPicture(
        offset: range.lowerBound, length: range.upperBound - range.lowerBound)
    }
    return true
  }

  private mutating func nextItem(_ window: inout FileWindow) -> Found? {
    if queue == nil {
      guard let iinf, let iloc else { return nil }
      guard let names = window.bytes(iinf.content), let places = window.bytes(iloc.content) else {
        return .waiting
      }
      guard let links = links(&window), readPictures(links, names: names, places: places, &window)
      else {
        return .waiting
      }
      var queue: [(item: HeifItems.Item, place: Range<Int64>)] = []
      for item in links.ofPrimary(HeifItems.named(names)).prefix(8) {
        switch HeifItems.place(of: item.id, in: places, idat: idat?.content) {
        case .range(let range): queue.append((item, range))
        case .notThere: ending = .broken
        case .scattered: ending = .unreadable
        }
      }
      // Exif first: it decides how much of the XMP is worth reading.
      self.queue = queue.filter { $0.item.kind == .exif } + queue.filter { $0.item.kind == .xmp }
    }
    guard let (item, place) = queue?.first else { return nil }
    switch item.kind {
    case .xmp:
      queue?.removeFirst()
      return .xmp(place)
    case .exif:
      // The item begins with the offset of the TIFF header behind these four bytes
      // (ISO/IEC 23008-12 §A.2.1); many writers are wrong about it.
      let size = place.upperBound - place.lowerBound
      let head = place.lowerBound..<(place.lowerBound + min(64, size))
      guard let bytes = window.bytes(head, ahead: min(Self.exifAhead, size)) else {
        // The packet is looked at afterwards.
        if let xmp = queue?.first(where: { $0.item.kind == .xmp })?.place {
          window.predict(xmp.lowerBound..<min(xmp.lowerBound + Self.exifAhead, xmp.upperBound))
        }
        return .waiting
      }
      queue?.removeFirst()
      guard let offset = HeifItems.tiffOffset(bytes), offset < size else {
        ending = .broken
        return nextItem(&window)
      }
      return .exif((place.lowerBound + offset)..<place.upperBound, root: .ifd0)
    }
  }
}

extension FileFormat {
  private static let imageBrands = Set(
    [
      "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "avif", "avis",
      "miaf",
    ].map { FourCC($0) })

  /// A video may name image brands for a still that it carries, but not the other way round.
  static let heif = FileFormat(
    "HEIF",
    hasBrand: { brands in
      if imageBrands.contains(brands.major) { return true }
      // `qt  ` and all that begin with `mp4`.
      let isVideo = brands.major.raw >> 16 == 0x7174 || brands.major.raw >> 8 == 0x6D7034
      return !isVideo && brands.all.contains(where: imageBrands.contains)
    }
  ) { HeifFile() }
}
