internal import PhotoModel

/// The index of a Multi-Picture file (CIPA DC-007): an APP2 segment with a TIFF block whose tag 0xB002 lists the
/// pictures.
enum MultiPicture {
  /// More of a segment is not read: 20 pictures.
  static let maxBytes: Int64 = 512
  private static let mark = Array("MPF\0".utf8)
  /// The bytes of a segment before the block, from which offsets count.
  private static let blockOffset: Int64 = 8

  /// - Parameter head: a segment from its marker on.
  static func isIndex(_ head: ArraySlice<UInt8>) -> Bool {
    head.count >= 8 && head.dropFirst(4).starts(with: mark)
  }

  /// The largest of the pictures that are smaller versions of the first one (type 01…, §5.2.3.3.1).
  ///
  /// - Parameters:
  ///   - segment: from its marker on.
  ///   - place: where it begins in the file.
  static func preview(_ segment: ArraySlice<UInt8>, at place: Int64) -> EmbeddedPicture? {
    let block = segment.dropFirst(Int(blockOffset))
    guard block.count >= 8 else { return nil }
    let order: ByteOrder = block.first == 0x49 ? .little : .big
    let directory = Int(order.u32(block, 4))
    guard directory >= 8, directory <= block.count - 2 else { return nil }
    let count = Int(order.u16(block, directory))
    guard 12 * count <= block.count - directory - 2 else { return nil }
    var found: EmbeddedPicture?
    for i in 0..<count {
      let entry = directory + 2 + 12 * i
      guard order.u16(block, entry) == 0xB002 else { continue }
      let list = Int(order.u32(block, entry + 8))
      let pictures = Int(order.u32(block, entry + 4)) / 16
      for picture in 0..<min(pictures, Int(maxBytes) / 16) {
        let at = list + 16 * picture
        guard at <= block.count - 16 else { break }
        let type = order.u32(block, at) & 0xFF_FFFF
        let (length, offset) = (order.u32(block, at + 4), order.u32(block, at + 8))
        guard type >> 16 == 1, length > 0, offset > 0, Int64(length) > found?.length ?? 0 else {
          continue
        }
        found = EmbeddedPicture(
          offset: place + blockOffset + Int64(offset), length: Int64(length))
      }
    }
    return found
  }
}
