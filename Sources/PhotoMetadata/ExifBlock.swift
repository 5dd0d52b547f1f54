/// Composes a small Exif block of the wanted entries alone, for libexif to decode.
///
/// A camera's own block is never handed over: the copy has no MakerNote (0x927C), no IFD1 and no
/// gap, so that no maker-note parser and no thumbnail code runs, it stays far below libexif's
/// ceiling of 0xFFFE bytes wherever in the file the entries stood, and only bytes that were read
/// are in it.
enum ExifBlock {
  static func compose(_ walk: TiffWalk, _ held: HeldBytes) -> [UInt8] {
    var ifd0 = Table()
    var exif = Table()
    var gps = Table()
    for entry in walk.entries {
      switch entry.directory {
      case .ifd0: ifd0.add(entry)
      case .exif: exif.add(entry)
      case .gps: gps.add(entry)
      }
    }
    let order = walk.order
    let ifd0Offset = 8
    let exifOffset = ifd0Offset + ifd0.size(pointers: 2)
    let gpsOffset = exifOffset + exif.size(pointers: 0)

    var out = [UInt8]()
    out.reserveCapacity(6 + gpsOffset + gps.size(pointers: 0))
    out += [0x45, 0x78, 0x69, 0x66, 0, 0]  // Exif\0\0
    out += order == .little ? [0x49, 0x49] : [0x4D, 0x4D]
    order.append(UInt16(42), to: &out)
    order.append(UInt32(ifd0Offset), to: &out)
    let pointers = [
      (TiffTag.exifPointer, UInt32(exifOffset)), (TiffTag.gpsPointer, UInt32(gpsOffset)),
    ]
    ifd0.write(pointers, order, held, to: &out)
    exif.write([], order, held, to: &out)
    gps.write([], order, held, to: &out)
    return out
  }

  /// One directory to be written, followed by its values.
  private struct Table {
    private var entries: [TiffWalk.Entry] = []
    private var valueBytes = 0

    mutating func add(_ entry: TiffWalk.Entry) {
      entries.append(entry)
      if entry.place.count > 4 { valueBytes += entry.place.count + entry.place.count & 1 }
    }

    func size(pointers: Int) -> Int { 2 + 12 * (entries.count + pointers) + 4 + valueBytes }

    func write(
      _ pointers: [(UInt16, UInt32)], _ order: ByteOrder, _ held: HeldBytes, to out: inout [UInt8]
    ) {
      // Offsets count from the TIFF header, 6 bytes behind the block's begin.
      var valueOffset = out.count - 6 + 2 + 12 * (entries.count + pointers.count) + 4
      order.append(UInt16(truncatingIfNeeded: entries.count + pointers.count), to: &out)
      for entry in entries {
        order.append(entry.tag, to: &out)
        order.append(entry.format, to: &out)
        order.append(entry.count, to: &out)
        let size = entry.place.count
        if size > 4 {
          order.append(UInt32(truncatingIfNeeded: valueOffset), to: &out)
          valueOffset += size + size & 1
        } else {
          if let value = held.bytes(entry.place) { out += value }
          out.append(contentsOf: repeatElement(0, count: 4 - size))
        }
      }
      for (tag, offset) in pointers {
        order.append(tag, to: &out)
        order.append(UInt16(4), to: &out)
        order.append(UInt32(1), to: &out)
        order.append(offset, to: &out)
      }
      order.append(UInt32(0), to: &out)
      for entry in entries where entry.place.count > 4 {
        if let value = held.bytes(entry.place) { out += value }
        if entry.place.count & 1 == 1 { out.append(0) }
      }
    }
  }
}
