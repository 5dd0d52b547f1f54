// The picture behind the metadata: grey, and as small as a decoder allows.
extension JpegBuilder {
  /// What follows the last scan (T.81 §B.1.1.3, EOI).
  package static let end: [UInt8] = [0xFF, 0xD9]

  /// Pixels. Not what the Exif says: as many blocks would take 80 KB.
  private static let (width, height) = (UInt8(96), UInt8(64))

  /// Quantization, frame, Huffman codes and scan (T.81 §B.2). Both tables know one code of one bit, 0: "no
  /// difference to the block before", and "no more of this block". So the scan is two zero bits per block, and zeros
  /// behind it, as a hole in a file has them, are more of the same to a decoder.
  func appendPicture(to out: inout [UInt8]) {
    append(.raw(marker: 0xDB, payload: [0] + [UInt8](repeating: 16, count: 64)), to: &out)
    // Baseline, 8 bits, one component with the first table of each kind.
    let frame: [UInt8] = [8, 0, Self.height, 0, Self.width, 1, 1, 0x11, 0]
    append(.raw(marker: 0xC0, payload: frame), to: &out)
    let codes: [UInt8] = [1] + [UInt8](repeating: 0, count: 15) + [0]
    append(.raw(marker: 0xC4, payload: [0x00] + codes + [0x10] + codes), to: &out)
    append(.raw(marker: 0xDA, payload: [1, 1, 0, 0, 63, 0]), to: &out)
    let blocks = Int(Self.width) / 8 * (Int(Self.height) / 8)
    out += [UInt8](repeating: 0, count: blocks * 2 / 8)
  }

  /// A JPEG of that many bytes: a comment that no compression shortens, before a grey picture. Noise where the bytes do not
  /// suffice for that.
  func thumbnail(_ count: Int) -> [UInt8] {
    var picture: [UInt8] = []
    appendPicture(to: &picture)
    let comment = count - 2 - 4 - picture.count - Self.end.count
    guard 0...65_533 ~= comment else { return noise(count) }
    var out: [UInt8] = [0xFF, 0xD8]
    append(.raw(marker: 0xFE, payload: noise(comment)), to: &out)
    return out + picture + Self.end
  }

  /// A valid maker-note directory (one entry, the maker's name) before meaningless bytes, so that parsers report no error.
  func makerNote() -> [UInt8] {
    var tiff = JpegTiff(order: byteOrder)
    tiff.directory([JpegTiff.Entry(1, .ascii("DJI"))])
    let directory = tiff.bytes.dropFirst(8)
    guard directory.count <= makerNoteBytes else { return noise(makerNoteBytes) }
    return Array(directory) + noise(makerNoteBytes).dropFirst(directory.count)
  }
}
