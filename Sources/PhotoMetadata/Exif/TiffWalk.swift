internal import PhotoModel

/// Finds the wanted entries of an Exif block without reading the rest of it: header, IFD0, then
/// the Exif and the GPS directory, then the values that stand outside of the directories.
///
/// Every offset and count comes from the file: places are checked by subtraction, directories
/// have a ceiling, and as only two pointers are followed, once each, no loop is possible.
struct TiffWalk: Sendable {
  struct Entry: Sendable {
    var directory: TiffDirectory
    var tag: UInt16
    var format: UInt16
    /// Components, cut so that the value fits its limit.
    var count: UInt32
    /// Where the value stands in the file.
    var place: Range<Int64>
  }

  /// Why a wanted tag is there without a usable value.
  enum Refusal: Error { case kind, place }

  /// More entries than any camera writes (about 60); a larger directory is a contradiction.
  static let maxEntries = 512
  /// What one walk can ask for at most: header, directories with their guesses, values.
  static let maxBytes: Int64 = 32_768

  /// The TIFF block inside the file; all its offsets count from `area.lowerBound`.
  let area: Range<Int64>
  private(set) var order = ByteOrder.little
  private(set) var entries: [Entry] = []
  /// Those of ``CameraValues``; only whose values have arrived are good.
  private(set) var cameraEntries: [Entry] = []
  private(set) var refused: [(directory: TiffDirectory, tag: UInt16, why: Refusal)] = []
  /// XMP inside the block (tag 0x02BC, XMP part 3 §1.1.4).
  private(set) var xmpPacket: Range<Int64>?
  /// Panasonic's JpgFromRaw (tag 0x2E of RW2), a JPEG with metadata of its own.
  private(set) var jpegFromRaw: EmbeddedPicture?
  private(set) var hasGPSDirectory = false
  private(set) var hasExifDirectory = false
  /// The structure contradicts itself, or the file ends inside what is needed.
  private(set) var isDamaged = false
  /// The bytes that mattered.
  private(set) var used: [Range<Int64>] = []
  private var stage = Stage.header
  private var ifd0Offset: UInt32 = 0
  /// Where the directories stand that have been gone into.
  private var places: [UInt32] = []
  private var pending: [(directory: TiffDirectory, offset: UInt32)] = []
  private var pictureDirectories = PictureDirectories()
  private var hasValues = false

  private enum Stage { case header, ifd0, subdirectories, values, done }

  /// What the header's directory is: IFD0, but in CR3, which has a block for each directory.
  private let root: TiffDirectory
  private var isPanasonic = false

  init(area: Range<Int64>, root: TiffDirectory = .ifd0) {
    self.area = area
    self.root = root
  }

  var pictures: [TiffPicture] { pictureDirectories.pictures }

  /// The block is not inside of another format.
  var isFile: Bool { area.lowerBound == 0 }

  /// Goes as far as the bytes held allow.
  /// - Returns: false when it waits for the ranges added to `wanted`.
  mutating func advance(_ held: HeldBytes, wanted: inout [Range<Int64>]) -> Bool {
    while true {
      switch stage {
      case .header:
        guard let head = held.bytes(clipped(0, 8)) else {
          wanted.append(clipped(0, Self.guess(.ifd0)))
          return false
        }
        stage = readHeader(head) ? .ifd0 : .done
        if stage == .done { isDamaged = true }
      case .ifd0:
        guard readDirectory(root, at: ifd0Offset, held, &wanted) else { return false }
        stage = .subdirectories
      case .subdirectories:
        // Asked for together with the others, but nothing waits for them before the end.
        _ = pictureDirectories.advance(held, order, in: area, &wanted)
        // The Exif directory may bring a misplaced GPS pointer: look at `pending` until it is empty.
        var waiting = [(directory: TiffDirectory, offset: UInt32)]()
        while let next = pending.popLast() {
          if !readDirectory(next.directory, at: next.offset, held, &wanted) {
            waiting.append(next)
          }
        }
        pending = waiting
        if !pending.isEmpty { return false }
        stage = .values
      case .values:
        let hasPictures = pictureDirectories.advance(held, order, in: area, &wanted)
        hasValues = hasValues || collectValues(held, &wanted)
        guard hasPictures && hasValues else { return false }
        used += pictureDirectories.used
        stage = .done
      case .done:
        return true
      }
    }
  }

  /// The range of the block `offset ..< offset + count`, cut at its end.
  private func clipped(_ offset: Int64, _ count: Int64) -> Range<Int64> {
    let size = area.upperBound - area.lowerBound
    let from = min(offset, size)
    return (area.lowerBound + from)..<(area.lowerBound + from + min(count, size - from))
  }

  /// What is asked for when nothing of a directory has arrived: the usual size of the directory
  /// with the values right behind it.
  private static func guess(_ directory: TiffDirectory) -> Int64 {
    switch directory {
    case .ifd0, .exif, .ifd1, .sub: 1024
    case .gps: 512
    }
  }

  private mutating func readHeader(_ head: ArraySlice<UInt8>) -> Bool {
    guard head.count == 8, let mark = head.first else { return false }
    order = mark == 0x49 ? .little : .big
    let marks: UInt16 = order == .little ? 0x4949 : 0x4D4D
    let magic = order.u16(head, 2)
    guard order.u16(head, 0) == marks, TiffTag.magics.contains(magic) else { return false }
    isPanasonic = magic == TiffTag.panasonicMagic
    ifd0Offset = order.u32(head, 4)
    used.append(clipped(0, 8))
    return ifd0Offset >= 8
  }

  /// - Returns: false when bytes are missing.
  private mutating func readDirectory(
    _ directory: TiffDirectory, at offset: UInt32, _ held: HeldBytes,
    _ wanted: inout [Range<Int64>]
  ) -> Bool {
    let start = Int64(offset)
    let room = area.upperBound - area.lowerBound - start
    guard room >= 2 else {
      lose(directory, isCut: isFile)
      return true
    }
    guard let head = held.bytes(clipped(start, 2)) else {
      wanted.append(clipped(start, Self.guess(directory)))
      return false
    }
    guard head.count == 2 else {
      lose(directory, isCut: true)
      return true
    }
    let count = Int(order.u16(head, 0))
    guard count <= Self.maxEntries, room - 2 >= 12 * Int64(count) else {
      lose(directory, isCut: isFile && count <= Self.maxEntries)
      return true
    }
    if entries.isEmpty { entries.reserveCapacity(32) }
    // Behind IFD0's entries stands the offset of IFD1.
    let next: Int64 = directory == .ifd0 ? 4 : 0
    let place = clipped(start + 2, 12 * Int64(count) + next)
    guard let table = held.bytes(place) else {
      wanted.append(clipped(start, 2 + 12 * Int64(count) + next))
      return false
    }
    if table.count < 12 * count {
      lose(directory, isCut: true)
      // In a file, its end may not be known before: as if it had been.
      if isFile { return true }
    }
    places.append(offset)
    used.append(clipped(start, 2 + Int64(table.count)))
    if directory == .gps { hasGPSDirectory = true }
    if directory == .exif { hasExifDirectory = true }
    for i in 0..<min(count, table.count / 12) {
      readEntry(table, at: 12 * i, directory, tablePlace: place.lowerBound)
    }
    if next > 0, table.count == 12 * count + 4 {
      pictureDirectories.follow(order.u32(table, 12 * count), to: .ifd1)
    }
    return true
  }

  /// A broken directory costs what stands in it. The photo needs a new copy when the file ends in there,
  /// or when the position may have stood there.
  private mutating func lose(_ directory: TiffDirectory, isCut: Bool) {
    if isCut || directory != .exif { isDamaged = true }
  }

  private mutating func readEntry(
    _ table: ArraySlice<UInt8>, at i: Int, _ directory: TiffDirectory, tablePlace: Int64
  ) {
    let tag = order.u16(table, i)
    if directory != .gps {
      switch tag {
      case TiffTag.exifPointer where directory == .ifd0:
        follow(pointer(table, at: i), to: .exif)
        return
      case TiffTag.gpsPointer:
        follow(pointer(table, at: i), to: .gps)
        return
      case TiffTag.xmpPacket:
        let unit = Int64(TiffTag.componentSize(order.u16(table, i + 2)) ?? 1)
        let size = Int64(order.u32(table, i + 4)) * unit
        let place = clipped(Int64(order.u32(table, i + 8)), size)
        if xmpPacket == nil, size > 4, !place.isEmpty { xmpPacket = place }
        return
      case TiffTag.jpgFromRaw where isPanasonic && directory == .ifd0:
        let (offset, length) = (order.u32(table, i + 8), order.u32(table, i + 4))
        if length > 4, jpegFromRaw == nil {
          jpegFromRaw = EmbeddedPicture(offset: Int64(offset), length: Int64(length))
        }
        return
      case TiffTag.subDirectories where isFile && directory == .ifd0:
        pictureDirectories.followSubDirectories(
          table.dropFirst(i).prefix(12), order, in: area)
        return
      default: break
      }
      if directory == .ifd0, TiffPicture.isOfPicture(tag) || isPanasonic && 4...7 ~= tag {
        pictureDirectories.noteIFD0(tag, table.dropFirst(i).prefix(12), order)
        return
      }
    }
    if let limit = TiffTag.limit(tag, in: directory) {
      // libexif hands out the first entry of a tag; later ones never count.
      for e in entries where e.tag == tag && e.directory == directory { return }
      switch entry(table, at: i, directory, tablePlace, limit) {
      case .success(let entry): entries.append(entry)
      case .failure(let refusal): refused.append((directory, tag, refusal))
      }
    } else if let limit = TiffTag.cameraLimit(tag, in: directory),
      case .success(let entry) = entry(table, at: i, directory, tablePlace, limit)
    {
      cameraEntries.append(entry)
    }
  }

  /// The entry at `i` of a directory's table, with the place of its value.
  private func entry(
    _ table: ArraySlice<UInt8>, at i: Int, _ directory: TiffDirectory, _ tablePlace: Int64,
    _ limit: TiffTag.Limit
  ) -> Result<Entry, Refusal> {
    let tag = order.u16(table, i)
    let format = TiffTag.plain(order.u16(table, i + 2))
    var count = order.u32(table, i + 4)
    guard let unit = TiffTag.componentSize(format), count > 0 else {
      return .failure(.kind)
    }
    switch limit {
    case .exactly(let most):
      if Int64(count) * Int64(unit) > most { return .failure(.kind) }
    case .text:
      count = min(count, UInt32(TiffTag.maxText / unit))
    }
    let size = Int64(count) * Int64(unit)
    var place = (tablePlace + Int64(i) + 8)..<(tablePlace + Int64(i) + 8 + size)
    if size > 4 {
      place = clipped(Int64(order.u32(table, i + 8)), size)
      if Int64(place.count) < size { return .failure(.place) }
    }
    return .success(
      Entry(directory: directory, tag: tag, format: format, count: count, place: place))
  }

  /// An offset, which some writers put into a SHORT (type 3).
  private func pointer(_ table: ArraySlice<UInt8>, at i: Int) -> UInt32 {
    order.u16(table, i + 2) == 3 ? UInt32(order.u16(table, i + 8)) : order.u32(table, i + 8)
  }

  private mutating func follow(_ offset: UInt32, to directory: TiffDirectory) {
    // The first pointer of a kind counts.
    if pending.contains(where: { $0.directory == directory }) { return }
    if directory == .gps && hasGPSDirectory { return }
    // A pointer of 0 is how some editors take a directory away; one to a directory that is another one
    // points to none.
    if offset < 8 || places.contains(offset) { return }
    if let same = pending.firstIndex(where: { $0.offset == offset }) {
      // Of two that share a place, Exif's is right: every camera writes it.
      if directory == .gps { return }
      pending.remove(at: same)
    }
    pending.append((directory, offset))
  }

  /// Asks for all values at once; those with less than 256 bytes between them as one range.
  private mutating func collectValues(_ held: HeldBytes, _ wanted: inout [Range<Int64>]) -> Bool {
    var missing = [Range<Int64>]()
    var whole = [Entry]()
    var cut = [Entry]()
    whole.reserveCapacity(entries.count)
    for entry in entries {
      guard let value = held.bytes(entry.place) else {
        missing.append(entry.place)
        continue
      }
      if value.count == entry.place.count { whole.append(entry) } else { cut.append(entry) }
    }
    for entry in cameraEntries where held.bytes(entry.place) == nil { missing.append(entry.place) }
    if !missing.isEmpty {
      wanted += missing.merged(gap: 256)
      return false
    }
    used.reserveCapacity(used.count + whole.count)
    for entry in whole { used.append(entry.place) }
    for entry in cameraEntries { used.append(entry.place) }
    if isFile {
      refused += cut.map { ($0.directory, $0.tag, .place) }
    } else if !cut.isEmpty {
      isDamaged = true
    }
    entries = whole
    return true
  }
}

extension [Range<Int64>] {
  /// As most lists are from the beginning: nothing to sort, nothing to allocate.
  private func isMerged(gap: Int64) -> Bool {
    for i in indices.dropFirst()
    where self[i].isEmpty || self[i].lowerBound - self[i - 1].upperBound <= gap {
      return false
    }
    return count < 2 || !self[0].isEmpty
  }

  /// In rising order; ranges with at most `gap` bytes between them as one.
  func merged(gap: Int64) -> [Range<Int64>] {
    if isMerged(gap: gap) { return self }
    var out = [Range<Int64>]()
    for range in sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = out.last, range.lowerBound - last.upperBound <= gap {
        out[out.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
      } else {
        out.append(range)
      }
    }
    return out
  }
}
