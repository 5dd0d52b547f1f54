internal import PhotoModel

/// The directories of a TIFF block that describe pictures: IFD0, IFD1 and, in a file, SubIFDs. What is broken about
/// them costs nothing but itself.
struct PictureDirectories: Sendable {
  /// More entries than cameras write in IFD1 (about 8) and raw files in SubIFDs (about 40).
  private static let maxEntries = 64
  private static let maxSubDirectories: Int64 = 6
  /// What is asked for when nothing of a directory has arrived.
  private static let guess: Int64 = 128

  private(set) var pictures: [TiffPicture] = []
  /// The bytes that mattered.
  private(set) var used: [Range<Int64>] = []
  private var pending: [(directory: TiffDirectory, offset: UInt32)] = []
  /// The offsets of SubIFDs, where there are several.
  private var list: Range<Int64>?

  /// Takes an entry of IFD0.
  mutating func noteIFD0(_ tag: UInt16, _ entry: ArraySlice<UInt8>, _ order: ByteOrder) {
    guard let value = Self.number(entry, order) else { return }
    if pictures.isEmpty { pictures.append(TiffPicture(.ifd0)) }
    pictures[0].note(tag, value)
  }

  mutating func follow(_ offset: UInt32, to directory: TiffDirectory) {
    if offset >= 8 { pending.append((directory, offset)) }
  }

  /// - Parameters:
  ///   - entry: tag 0x014A.
  ///   - area: the block.
  mutating func followSubDirectories(
    _ entry: ArraySlice<UInt8>, _ order: ByteOrder, in area: Range<Int64>
  ) {
    let count = Int64(order.u32(entry, 4))
    let value = order.u32(entry, 8)
    if count == 1 { return follow(value, to: .sub) }
    let start = area.lowerBound + Int64(value)
    let end = start + 4 * min(count, Self.maxSubDirectories)
    if count > 1, end <= area.upperBound { list = start..<end }
  }

  /// Goes as far as the bytes held allow.
  /// - Returns: false when it waits for the ranges added to `wanted`.
  mutating func advance(
    _ held: HeldBytes, _ order: ByteOrder, in area: Range<Int64>, _ wanted: inout [Range<Int64>]
  ) -> Bool {
    if let list {
      guard let offsets = held.bytes(list) else {
        wanted.append(list)
        return false
      }
      self.list = nil
      guard Int64(offsets.count) == list.upperBound - list.lowerBound else {
        return advance(held, order, in: area, &wanted)
      }
      for i in 0..<(offsets.count / 4) { follow(order.u32(offsets, 4 * i), to: .sub) }
    }
    if pending.isEmpty { return true }
    var waiting = [(directory: TiffDirectory, offset: UInt32)]()
    for next in pending where !read(next.directory, at: next.offset, held, order, area, &wanted) {
      waiting.append(next)
    }
    pending = waiting
    return pending.isEmpty
  }

  /// - Returns: false when bytes are missing.
  private mutating func read(
    _ directory: TiffDirectory, at offset: UInt32, _ held: HeldBytes, _ order: ByteOrder,
    _ area: Range<Int64>, _ wanted: inout [Range<Int64>]
  ) -> Bool {
    let start = area.lowerBound + Int64(offset)
    guard area.upperBound - start >= 2 else { return true }
    let room = area.upperBound - start
    guard let head = held.bytes(start..<(start + 2)) else {
      wanted.append(start..<(start + min(Self.guess, room)))
      return false
    }
    guard head.count == 2 else { return true }
    let count = Int(order.u16(head, 0))
    let size = 12 * Int64(count)
    guard count > 0, count <= Self.maxEntries, size <= room - 2 else { return true }
    let place = (start + 2)..<(start + 2 + size)
    guard let table = held.bytes(place) else {
      wanted.append(place)
      return false
    }
    // Cut with the file.
    guard Int64(table.count) == size else { return true }
    var picture = TiffPicture(directory)
    for i in 0..<(table.count / 12) {
      let entry = table.dropFirst(12 * i).prefix(12)
      if let value = Self.number(entry, order) { picture.note(order.u16(entry, 0), value) }
    }
    pictures.append(picture)
    used.append(start..<place.upperBound)
    return true
  }

  /// An entry's value where it is one SHORT or LONG.
  private static func number(_ entry: ArraySlice<UInt8>, _ order: ByteOrder) -> UInt32? {
    guard order.u32(entry, 4) == 1 else { return nil }
    switch order.u16(entry, 2) {
    case 3: return UInt32(order.u16(entry, 8))
    // 13: IFD.
    case 4, 13: return order.u32(entry, 8)
    default: return nil
    }
  }
}
