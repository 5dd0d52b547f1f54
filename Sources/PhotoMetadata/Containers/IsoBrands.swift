/// The brands of an ISO base media file (ISO/IEC 14496-12 §4.3).
struct IsoBrands {
  private static let fileType = FileSignature("ftyp", at: 4)

  let major: [UInt8]
  /// The major brand and the compatible ones, as far as the head of the file holds them.
  let all: [[UInt8]]

  /// - Parameter head: the first ``FileKind/bytesNeeded`` bytes.
  /// - Returns: nil when the file does not begin with `ftyp`.
  init?(_ head: ArraySlice<UInt8>) {
    guard Self.fileType.matches(head) else { return nil }
    let size = min(head.count, Int(ByteOrder.big.u32(head, 0)))
    major = Array(head.dropFirst(8).prefix(4))
    var all = [major]
    var place = 16
    while place + 4 <= size {
      all.append(Array(head.dropFirst(place).prefix(4)))
      place += 4
    }
    self.all = all
  }
}
