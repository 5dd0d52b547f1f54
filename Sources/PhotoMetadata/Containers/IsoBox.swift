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
    var place = tail.count - 8
    while place >= 0 {
      let size = Int(ByteOrder.big.u32(tail, place))
      if size >= 8, types.contains(FourCC(ByteOrder.big.u32(tail, place + 4))),
        ends.contains(place + size)
      {
        ends.insert(place)
        first = place
      }
      place -= 1
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
  /// Canon's metadata in CR3.
  static let canon: [UInt8] = [
    0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48,
  ]
}
