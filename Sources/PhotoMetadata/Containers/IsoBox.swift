/// A box of an ISO base media file (ISO/IEC 14496-12 §4.2) or QuickTime atom.
struct IsoBox: Sendable {
  var type: FourCC
  var content: Range<Int64>
}

/// The boxes that stand one after the other in a range of the file.
struct IsoBoxes: Sendable {
  enum Step: Sendable {
    case box(IsoBox)
    case waiting
    case end
    /// A length below that of the box's own header, or beyond the box around it.
    case broken
  }

  private static let maxBoxes = 512

  private(set) var place: Int64
  private let end: Int64
  /// At the top of the file a box may have no length (to the end), or be cut with the file.
  private let isTop: Bool
  private var count = 0

  init(in content: Range<Int64>) {
    place = content.lowerBound
    end = content.upperBound
    isTop = false
  }

  /// The boxes of a file, the first of which begins at `start`.
  init(fileFrom start: Int64) {
    place = start
    end = FileWindow.farthest
    isTop = true
  }

  /// - Parameter ahead: bytes worth asking for with the box's header.
  mutating func next(_ window: inout FileWindow, ahead: Int64 = 16) -> Step {
    let end = min(end, window.end)
    // QuickTime closes some lists with four zero bytes.
    guard end - place >= 8, count < Self.maxBoxes else { return .end }
    let head = place..<min(place + 16, end)
    guard let bytes = window.bytes(head, ahead: min(ahead, end - place)) else { return .waiting }
    var reader = ByteReader(bytes)
    guard let short = reader.u32(), let type = reader.fourCC() else { return .end }
    var size = UInt64(short)
    if short == 1 {
      guard let long = reader.number(8) else { return .broken }
      size = long
    } else if short == 0 {
      guard isTop else { return .end }
      size = UInt64(end - place)
    }
    let header = Int64(reader.place - bytes.startIndex)
    guard size >= UInt64(header) else { return .broken }
    guard size <= UInt64(end - place) else {
      guard isTop else { return .broken }
      let cut = IsoBox(type: type, content: (place + header)..<end)
      place = end
      return .box(cut)
    }
    let upper = place + Int64(size)
    defer {
      place = upper
      count += 1
    }
    return .box(IsoBox(type: type, content: (place + header)..<upper))
  }
}

extension IsoBoxes {
  /// Where the boxes of these types begin that fill the end of a box, one behind the other.
  ///
  /// - Parameter tail: the last bytes of the box around them; they may begin in the middle of another.
  static func lastBoxes(in tail: ArraySlice<UInt8>, _ types: Set<FourCC>) -> Int? {
    // From the end back: a box that reaches the end, or the begin of one that was found.
    var ends: Set<Int> = [tail.count]
    var first: Int?
    // Size and type of the box that would begin here; each step back brings one byte more.
    var head: UInt64 = 0
    for place in tail.indices.reversed() {
      head = UInt64(tail[place]) << 56 | head >> 8
      let size = Int(head >> 32)
      let offset = place - tail.startIndex
      // Sizes of most places are beyond the end, which is known sooner than the type.
      if size >= 8, size <= tail.count - offset, ends.contains(offset + size),
        types.contains(FourCC(UInt32(truncatingIfNeeded: head)))
      {
        ends.insert(offset)
        first = offset
      }
    }
    return first
  }
}

extension FourCC {
  static let meta = FourCC("meta")
  static let moov = FourCC("moov")
  static let uuid = FourCC("uuid")
  static let mdat = FourCC("mdat")
}

/// Extended types (§4.2): 16 bytes at the begin of a `uuid` box.
enum IsoUUID {
  /// XMP part 3 §1.2.7.
  static let xmp: [UInt8] = [
    0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC,
  ]
  /// Canon's preview in CR3.
  static let canonPreview: [UInt8] = [
    0xEA, 0xF4, 0x2B, 0x5E, 0x1C, 0x98, 0x4B, 0x88, 0xB9, 0xFB, 0xB7, 0xDC, 0x40, 0x6E, 0x4D, 0x16,
  ]
  /// Canon's metadata in CR3.
  static let canon: [UInt8] = [
    0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48,
  ]
}
