/// Extended XMP (XMP part 3 §1.1.3.1): one document in several APP1 segments, each with the GUID
/// that the main packet announces, the full length and its offset.
struct ExtendedXmp: Sendable {
  struct Part: Sendable {
    var total: Int64
    var offset: Int64

    /// - Parameter head: the segment from its marker on, at least 79 bytes.
    init?(head: ArraySlice<UInt8>, announced: String) {
      let guid = head.dropFirst(39).prefix(32)
      guard guid.elementsEqual(announced.utf8) else { return nil }
      total = Int64(ByteOrder.big.u32(head, 71))
      offset = Int64(ByteOrder.big.u32(head, 75))
    }
  }

  private let total: Int64
  private var arrived: Int64 = 0
  private var parts: [(offset: Int64, bytes: [UInt8])] = []

  init(total: Int64) { self.total = total }

  mutating func add(_ part: Part, _ bytes: ArraySlice<UInt8>) {
    guard part.total == total, !parts.contains(where: { $0.offset == part.offset }) else { return }
    parts.append((part.offset, Array(bytes)))
    parts.sort { $0.offset < $1.offset }
    arrived += Int64(bytes.count)
  }

  /// The document's values once all portions are there.
  func completeValues() -> XmpValues? {
    guard arrived >= total else { return nil }
    return XmpPacket.values(joined()[...])
  }

  /// What a tolerant scan finds in the portions that are there.
  func incompleteValues() -> XmpValues? { parts.isEmpty ? nil : XmpScan.values(joined()[...]) }

  private func joined() -> [UInt8] { parts.flatMap(\.bytes) }
}
