/// Reads one XMP packet: a first part, and all of it only when its end is not in there. Cameras
/// pad a packet of 1…4 KB to 8 KB and more, and the padding is not worth its transfer.
struct PacketRead: Sendable {
  private static let firstPart: Int64 = 4096
  /// What is read of a packet when the position is known: drones' packets have 1…4 KB, and those
  /// with pictures and histories say nothing of the position.
  static let enough: Int64 = 12_288

  let content: Range<Int64>
  /// Bytes of the whole packet, of which ``content`` may be the first part.
  let size: Int64
  /// Where the packet's segment begins; nil inside of an Exif block.
  let segmentStart: Int64?
  /// Set for a portion of extended XMP, which is wanted whole.
  let part: ExtendedXmp.Part?
  /// The bytes that make up the packet, once they have arrived.
  private(set) var used: Range<Int64>
  private var searched = 0

  init(
    content: Range<Int64>, size: Int64, segmentStart: Int64?, part: ExtendedXmp.Part?
  ) {
    self.content = content
    self.size = size
    self.segmentStart = segmentStart
    self.part = part
    used = content
  }

  /// The packet goes on behind what was read, and its end tag is not in that.
  var lacksEnd: Bool { size > length && used == content }

  /// Bytes of ``content``.
  var length: Int64 { content.upperBound - content.lowerBound }

  /// The same packet with more of it.
  func extended(by count: Int64) -> PacketRead {
    PacketRead(
      content: content.lowerBound..<(content.upperBound + count), size: size,
      segmentStart: segmentStart, part: part)
  }

  /// - Returns: false when it waits for the ranges added to `wanted`.
  mutating func advance(_ held: HeldBytes, wanted: inout [Range<Int64>]) -> Bool {
    if part != nil {
      guard let bytes = held.bytes(content) else {
        wanted.append(content)
        return false
      }
      used = content.lowerBound..<(content.lowerBound + Int64(bytes.count))
      return true
    }
    let arrived = min(held.heldEnd(from: content.lowerBound), content.upperBound)
    if let bytes = held.bytes(content.lowerBound..<arrived) {
      if let end = XmpPacket.end(in: bytes, from: searched) {
        used = content.lowerBound..<(content.lowerBound + Int64(end))
        return true
      }
      searched = max(0, bytes.count - XmpPacket.endTag.count)
      if let all = held.bytes(content) {
        used = content.lowerBound..<(content.lowerBound + Int64(all.count))
        return true
      }
    }
    let isFirst = arrived - content.lowerBound < Self.firstPart && length > Self.firstPart + 2048
    wanted.append(
      isFirst ? content.lowerBound..<(content.lowerBound + Self.firstPart) : content)
    return false
  }
}
