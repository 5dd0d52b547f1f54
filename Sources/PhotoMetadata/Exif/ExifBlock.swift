/// Composes a small Exif block of the wanted entries alone, for libexif to decode.
///
/// A camera's own block is never handed over: the copy has no MakerNote (0x927C), no IFD1 and no
/// gap, so that no maker-note parser and no thumbnail code runs, it stays far below libexif's
/// ceiling of 0xFFFE bytes wherever in the file the entries stood, and only bytes that were read
/// are in it.
enum ExifBlock {
  static func compose(_ walk: TiffWalk, _ held: HeldBytes) -> [UInt8] {
    let directories: [TiffDirectory] = [.ifd0, .exif, .gps]
    let sizes = directories.map { size(of: $0, walk) }
    let exifOffset = 8 + sizes[0]
    let gpsOffset = exifOffset + sizes[1]

    var out = Writer(order: walk.order, count: 6 + gpsOffset + sizes[2])
    out.bytes([0x45, 0x78, 0x69, 0x66, 0, 0])  // Exif\0\0
    out.bytes(walk.order == .little ? [0x49, 0x49] : [0x4D, 0x4D])
    out.u16(42)
    out.u32(8)
    let pointers = [(TiffTag.exifPointer, exifOffset), (TiffTag.gpsPointer, gpsOffset)]
    for directory in directories {
      write(directory, directory == .ifd0 ? pointers : [], walk, held, &out)
    }
    return out.all
  }

  /// Count, entries, the pointer to a next directory, and the values behind.
  private static func size(of directory: TiffDirectory, _ walk: TiffWalk) -> Int {
    var size = 2 + 4 + (directory == .ifd0 ? 2 * 12 : 0)
    for entry in walk.entries where entry.directory == directory {
      let value = entry.place.count
      size += 12 + (value > 4 ? value + value & 1 : 0)
    }
    return size
  }

  private static func write(
    _ directory: TiffDirectory, _ pointers: [(UInt16, Int)], _ walk: TiffWalk, _ held: HeldBytes,
    _ out: inout Writer
  ) {
    var count = pointers.count
    for entry in walk.entries where entry.directory == directory { count += 1 }
    // Offsets count from the TIFF header, 6 bytes behind the block's begin.
    var valueOffset = out.place - 6 + 2 + 12 * count + 4
    out.u16(UInt16(truncatingIfNeeded: count))
    for entry in walk.entries where entry.directory == directory {
      out.u16(entry.tag)
      out.u16(entry.format)
      out.u32(entry.count)
      let size = entry.place.count
      if size > 4 {
        out.u32(UInt32(truncatingIfNeeded: valueOffset))
        valueOffset += size + size & 1
      } else {
        if let value = held.bytes(entry.place) { out.bytes(value) }
        out.skip(4 - size)
      }
    }
    for (tag, offset) in pointers {
      out.u16(tag)
      out.u16(4)
      out.u32(1)
      out.u32(UInt32(truncatingIfNeeded: offset))
    }
    out.u32(0)
    for entry in walk.entries where entry.directory == directory && entry.place.count > 4 {
      if let value = held.bytes(entry.place) { out.bytes(value) }
      if entry.place.count & 1 == 1 { out.skip(1) }
    }
  }

  /// Fills an array of known length: a quarter of the time that appending takes.
  private struct Writer {
    private let order: ByteOrder
    private(set) var all: [UInt8]
    private(set) var place = 0

    init(order: ByteOrder, count: Int) {
      self.order = order
      all = [UInt8](repeating: 0, count: count)
    }

    mutating func skip(_ count: Int) { place += count }

    mutating func bytes(_ bytes: some Collection<UInt8>) {
      let end = place + bytes.count
      all.replaceSubrange(place..<end, with: bytes)
      place = end
    }

    mutating func u16(_ value: UInt16) {
      let low = UInt8(truncatingIfNeeded: value)
      let high = UInt8(truncatingIfNeeded: value >> 8)
      all[place] = order == .little ? low : high
      all[place + 1] = order == .little ? high : low
      place += 2
    }

    mutating func u32(_ value: UInt32) {
      let low = UInt16(truncatingIfNeeded: value)
      let high = UInt16(truncatingIfNeeded: value >> 16)
      u16(order == .little ? low : high)
      u16(order == .little ? high : low)
    }
  }
}
