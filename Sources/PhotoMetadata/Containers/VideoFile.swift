internal import PhotoModel

/// MP4 and MOV: `moov` holds the time of creation (`mvhd`) and the place where the recording began, as
/// `©xyz` (QuickTime), `loci` (3GPP) or one of Apple's keys. `moov` often stands at the end of the file;
/// what lies before it is stepped over.
struct VideoFile: ContainerWalk {
  private enum Level: Sendable { case top, moov, userData, meta, list }

  /// The part of a large `moov` in front of the boxes at its end.
  private enum Front: Sendable {
    case walked
    /// - Parameter hasOthers: other boxes than tracks follow its header.
    case unread(Range<Int64>, hasOthers: Bool)
    /// Being walked, because of a place or of these others.
    case again
  }

  private static let maxText: Int64 = 1024
  private static let maxKeys: Int64 = 16_384
  /// A `moov` of this size is read at once: each of its boxes would take a flight.
  private static let maxTogether: Int64 = 16_384
  /// Of a larger one, `mvhd` at its begin and what follows the tracks.
  private static let movieHead: Int64 = 224
  /// Of a track: its first box is its header, 92 bytes long (104 with long times).
  private static let trackHeader: Int64 = 96
  private static let movieTail: Int64 = 8192
  private static let maxBehindMovie = 4

  private var levels: [(level: Level, boxes: IsoBoxes)] = [(.top, IsoBoxes(fileFrom: 0))]
  private var pending: (level: Level, box: IsoBox)?
  private var keys: [AppleKey?] = []
  private var fields = VideoFields()
  private var isDone = false
  private var sawMovie = false
  private var front = Front.walked
  private var boxesBehindMovie = 0

  mutating func next(_ window: inout FileWindow) -> Found {
    while !isDone {
      if let (level, box) = pending {
        guard let found = open(level, box, &window) else { return .waiting }
        pending = nil
        if let found { return found }
        continue
      }
      guard let level = levels.last?.level else { break }
      // Behind the header of a box in `moov` stands `mvhd`, 108 bytes long.
      let ahead: Int64 = level == .top ? 32 : level == .moov ? 160 : 512
      switch levels[levels.count - 1].boxes.next(&window, ahead: ahead) {
      case .waiting: return .waiting
      case .end, .broken: leave(level)
      case .box(let box):
        if level == .top, sawMovie { noteBehindMovie(box) }
        pending = (level, box)
      }
    }
    if isDone, let result = fields.result() {
      fields = VideoFields()
      sawMovie = true
      return .fields(result)
    }
    return .end(sawMovie ? .complete : .broken)
  }

  private mutating func leave(_ level: Level) {
    levels.removeLast()
    if level == .moov {
      if case .unread(let content, let hasOthers) = front, hasOthers || !fields.hasPlace {
        front = .again
        levels.append((.moov, IsoBoxes(in: content)))
      } else {
        front = .walked
        sawMovie = true
        // Behind the movie box may stand XMP.
        isDone = fields.hasPlace
      }
    }
    if levels.isEmpty { isDone = true }
  }

  /// Some programs write XMP behind `moov`, in front of the media or at the end of the file. The movie fragments of a
  /// live recording would go on for long.
  private mutating func noteBehindMovie(_ box: IsoBox) {
    boxesBehindMovie += 1
    isDone = boxesBehindMovie > Self.maxBehindMovie || box.type == FourCC("moof")
  }

  /// Outer nil: waiting. Inner nil: nothing to decode here.
  private mutating func open(_ level: Level, _ box: IsoBox, _ window: inout FileWindow) -> Found?? {
    switch (level, box.type) {
    case (.top, .moov):
      if sawMovie { break }
      guard openMovie(box, &window) else { return nil }
    case (.top, .uuid):
      let start = box.content.lowerBound
      let mark = start..<min(start + 16, box.content.upperBound)
      guard let id = window.bytes(mark) else { return nil }
      if id.elementsEqual(IsoUUID.xmp) {
        return .some(.xmp(mark.upperBound..<box.content.upperBound))
      }
    case (.moov, FourCC("mvhd")):
      guard let bytes = window.bytes(Self.cut(box, 32)) else { return nil }
      fields.createdAt = VideoFields.creationTime(bytes)
    case (.moov, FourCC("trak")):
      if case .again = front, fields.hasPlace {
        leave(.moov)
        break
      }
      guard let head = window.bytes(Self.cut(box, 8 + Self.trackHeader)) else { return nil }
      noteSize(ofTrack: head, &window)
    case (.moov, FourCC("udta")): levels.append((.userData, IsoBoxes(in: box.content)))
    case (.moov, .meta), (.userData, .meta):
      // QuickTime's has no version and flags: its first box follows at once.
      guard let bytes = window.bytes(Self.cut(box, 8), ahead: 512) else { return nil }
      let isPlain = bytes.count == 8 && ByteOrder.big.u32(bytes, 4) == FourCC("hdlr").raw
      let start = isPlain ? box.content.lowerBound : box.content.lowerBound + 4
      keys = []
      levels.append(
        (.meta, IsoBoxes(in: min(start, box.content.upperBound)..<box.content.upperBound)))
    case (.userData, FourCC("XMP_")): return .some(.xmp(box.content))
    case (.userData, let type):
      guard let kind = VideoFields.UserData(type) else { break }
      if kind == .goPro {
        fields.noteGoPro()
        break
      }
      guard let bytes = window.bytes(Self.cut(box, Self.maxText)) else { return nil }
      fields.take(kind, bytes)
    case (.meta, FourCC("keys")):
      guard let bytes = window.bytes(Self.cut(box, Self.maxKeys)) else { return nil }
      let list = AppleKey.list(bytes)
      keys = list.keys
      if list.isAndroid { fields.noteAndroid() }
    case (.meta, FourCC("ilst")):
      levels.append((.list, IsoBoxes(in: box.content)))
    case (.list, let type):
      guard let key = key(type) else { break }
      guard let bytes = window.bytes(Self.cut(box, Self.maxText)) else { return nil }
      fields.take(key, bytes)
    default: break
    }
    return .some(nil)
  }

  /// Items are named by the number of their key, counted from 1, or, in a list without keys, by their type.
  private func key(_ type: FourCC) -> AppleKey? {
    if keys.isEmpty { return AppleKey(type) }
    return type.raw >= 1 && Int(type.raw) <= keys.count ? keys[Int(type.raw) - 1] : nil
  }

  /// All of a small movie box at once. Between the header of a larger one and what tells of the recording
  /// stand the tracks, each of which would take a round trip: of that its two ends are read. The part between them
  /// is walked when they have no place: what ends the last track may look like the end of `moov`.
  /// - Returns: false when it waits.
  private mutating func openMovie(_ box: IsoBox, _ window: inout FileWindow) -> Bool {
    let content = box.content
    if content.upperBound - content.lowerBound <= Self.maxTogether {
      guard window.bytes(content) != nil else { return false }
      levels.append((.moov, IsoBoxes(in: content)))
      return true
    }
    let tailStart = content.upperBound - Self.movieTail
    let head = window.bytes(content.lowerBound..<(content.lowerBound + Self.movieHead))
    let tail = window.bytes(tailStart..<content.upperBound)
    guard let head, let tail else { return false }
    if let start = IsoBoxes.lastBoxes(in: tail, [.meta, .uuid, FourCC("udta")]), head.count > 40,
      ByteOrder.big.u32(head, 4) == FourCC("mvhd").raw
    {
      fields.createdAt = VideoFields.creationTime(head.dropFirst(8))
      // Most often the picture's track follows.
      let next = Int(min(ByteOrder.big.u32(head, 0), UInt32(head.count - 8)))
      let isTrack = ByteOrder.big.u32(head, next + 4) == FourCC("trak").raw
      if isTrack { noteSize(ofTrack: head.dropFirst(next + 8), &window) }
      front = .unread(content, hasOthers: !isTrack)
      levels.append((.moov, IsoBoxes(in: (tailStart + Int64(start))..<content.upperBound)))
    } else {
      levels.append((.moov, IsoBoxes(in: content)))
    }
    return true
  }

  /// Takes the size of the first track that has one: sound has none.
  private func noteSize(ofTrack head: ArraySlice<UInt8>, _ window: inout FileWindow) {
    guard window.pictures.found.size == nil, head.count >= 8,
      ByteOrder.big.u32(head, 4) == FourCC("tkhd").raw
    else { return }
    window.pictures.found.size = PictureHeaders.track(head.dropFirst(8))
  }

  private static func cut(_ box: IsoBox, _ most: Int64) -> Range<Int64> {
    box.content.lowerBound..<min(box.content.lowerBound + most, box.content.upperBound)
  }
}

extension FileFormat {
  /// MP4, MOV and whatever else begins with `ftyp` and is no image; QuickTime files may have no type box.
  static let video = FileFormat(
    "video", kind: .video,
    ["moov", "mdat", "wide", "free", "skip", "pnot"].map { FileSignature($0, at: 4) },
    hasBrand: { _ in true }
  ) { VideoFile() }
}
