/// The brands of an ISO base media file (ISO/IEC 14496-12 §4.3).
struct IsoBrands {
  private static let fileType = FourCC("ftyp")

  let major: FourCC
  /// The major brand and the compatible ones, as far as the head of the file holds them.
  let all: [FourCC]

  /// - Parameter head: the first ``FileKind/bytesNeeded`` bytes.
  /// - Returns: nil when the file does not begin with `ftyp`.
  init?(_ head: ArraySlice<UInt8>) {
    guard head.count >= 8, FourCC(ByteOrder.big.u32(head, 4)) == Self.fileType else { return nil }
    let size = min(head.count, Int(ByteOrder.big.u32(head, 0)))
    // A brand that the file's end cuts is none.
    major = head.count >= 12 ? FourCC(ByteOrder.big.u32(head, 8)) : FourCC(0)
    var all = [major]
    var place = 16
    while place + 4 <= size {
      all.append(FourCC(ByteOrder.big.u32(head, place)))
      place += 4
    }
    self.all = all
  }
}
