/// Walks the header segments of a JPEG (ITU-T T.81 §B.1.1) by their lengths, resolving Exif and
/// XMP as it meets them, and stops as soon as nothing more is to be gained.
///
/// Segments are taken in their order in the file and every limit is counted in what the file's
/// structure demands, never in what happens to have arrived: the record is the same whatever was
/// read ahead.
struct JpegWalk: Sendable {
  /// Beyond this offset no segment is looked at.
  static let maxOffset: Int64 = 1 << 20
  /// What headers and XMP may demand in all. With the hint (32 KiB), one read behind Exif
  /// (16 KiB), predicted headers (8 KiB) and two walks through Exif blocks (56 KiB) this stays
  /// within the 256 KiB of one photo; a kilobyte is left to a container around it.
  static let budget: Int64 = 262_144 - 32_768 - 16_384 - 8192 - 2 * TiffWalk.maxBytes - 1024
  /// Marker, length and as much as tells extended XMP (75 bytes) from other APP1 segments.
  private static let headerBytes: Int64 = 80
  /// Tables come in groups that one read of this size covers.
  private static let tableBytes: Int64 = 640
  /// The segment straight behind Exif and four more, once the position is known.
  private static let furtherSegments = 5
  private static let maxSegments = 2048

  /// The first Exif segment with a position, else the first one.
  private(set) var exif: ExifValues?
  private(set) var xmp = XmpValues()
  /// What both say of the position so far.
  private(set) var place = PositionDecision.nothing
  private(set) var ending: RecordBuilder.Ending?
  /// The bytes that mattered.
  private(set) var used: [Range<Int64>] = [0..<FileKind.bytesNeeded]
  /// How many bytes of the segment straight behind Exif mattered.
  private(set) var usedAfterExif: Int64?

  private let readAfterExif: Int64
  private let maxPlace: Int64
  private var cursor: Int64
  private var spent: Int64 = 0
  private var segments = 0
  private var tiff: TiffWalk?
  private var tiffSpent: Int64 = 0
  private var packet: PacketRead?
  private var extended: ExtendedXmp?
  private var hasXmp = false
  private var isXmpCut = false
  /// Segments looked at since the last Exif or XMP segment.
  private var further = 0
  private var segmentAfterExif: Int64?
  private var inTables = false
  private var predicted: Int64 = 0
  /// The last segment's marker and size, and how often they came in a row.
  private var run: (marker: UInt8, size: Int64, count: Int) = (0, 0, 0)

  /// - Parameters:
  ///   - readAfterExif: bytes to ask for at the place right behind the Exif segment.
  ///   - start: where the JPEG begins in the file.
  init(start: Int64 = 0, readAfterExif: Int64 = ReadHint.initial.afterExif) {
    cursor = start + 2
    maxPlace = start + Self.maxOffset
    self.readAfterExif = min(max(readAfterExif, Self.headerBytes), 16_384)
  }

  /// Goes as far as the bytes held allow.
  /// - Returns: false when it waits for the ranges added to `wanted`.
  mutating func advance(_ held: HeldBytes, wanted: inout [Range<Int64>]) -> Bool {
    while ending == nil {
      if tiff != nil {
        guard tiff?.advance(held, wanted: &wanted) == true else {
          // What follows Exif is looked at in any case: ask for it in the same flight.
          if let place = segmentAfterExif, !hasXmp, place < maxPlace {
            wanted.append(place..<(place + readAfterExif))
          }
          return false
        }
        finishTiff(held)
      } else if packet != nil {
        guard packet?.advance(held, wanted: &wanted) == true else { return false }
        finishPacket(held)
      } else if isSatisfied {
        finish(.complete)
      } else if !readSegment(held, &wanted) {
        return false
      }
    }
    return true
  }

  /// What was found, once the walk has ended.
  var values: MetadataValues {
    var values = MetadataValues(exif: exif, xmp: xmp, place: place, ending: ending ?? .complete)
    values.isXmpCut = isXmpCut
    return values
  }

  private var hasPosition: Bool { place.position != nil }

  private var isSatisfied: Bool {
    guard hasPosition else { return false }
    return exif != nil && hasXmp || further >= Self.furtherSegments
  }

  private mutating func finish(_ how: RecordBuilder.Ending) {
    if !hasPosition, let extended {
      isXmpCut = true
      if let values = extended.incompleteValues() {
        xmp.merge(values)
        updatePosition()
      }
    }
    ending = how
  }

  // MARK: Segments

  /// - Returns: false when bytes are missing.
  private mutating func readSegment(_ held: HeldBytes, _ wanted: inout [Range<Int64>]) -> Bool {
    guard cursor < maxPlace, segments < Self.maxSegments,
      spent + Self.tableBytes <= Self.budget
    else {
      finish(.complete)
      return true
    }
    guard let head = held.bytes(cursor..<(cursor + Self.headerBytes)) else {
      want(&wanted)
      return false
    }
    segments += 1
    spent += inTables ? Self.tableBytes : Self.headerBytes
    guard head.count >= 2, head[head.startIndex] == 0xFF else {
      finish(.broken)
      return true
    }
    // Fill bytes: any number of FF before the marker's own FF.
    guard let markerIndex = head.firstIndex(where: { $0 != 0xFF }) else {
      cursor += Int64(head.count) - 1
      // At the file's end nothing else comes.
      if head.count < Self.headerBytes { finish(.broken) }
      return true
    }
    let fill = markerIndex - head.startIndex - 1
    if fill > 0 {
      use(cursor)
      cursor += Int64(fill)
      return true
    }
    readMarker(head[markerIndex], head)
    return true
  }

  /// `head` begins with the marker.
  private mutating func readMarker(_ marker: UInt8, _ head: ArraySlice<UInt8>) {
    switch marker {
    case 0xD8, 0x01, 0xD0...0xD7:  // without length
      cursor += 2
      return
    case 0xD9, 0xDA:  // EOI, SOS: the header ends
      use(cursor)
      finish(.complete)
      return
    default: break
    }
    let isApplication = marker >= 0xE0 && marker <= 0xEF || marker == 0xFE
    if !isApplication {
      inTables = true
      if hasPosition && exif != nil {
        use(cursor)
        finish(.complete)
        return
      }
    }
    guard head.count >= 4, marker != 0 else {
      finish(.broken)
      return
    }
    let length = Int64(ByteOrder.big.u16(head, 2))
    guard length >= 2 else {
      finish(.broken)
      return
    }
    let segment = cursor..<(cursor + 2 + length)
    let size = segment.upperBound - segment.lowerBound
    run =
      run.marker == marker && run.size == size
      ? (marker, size, run.count + 1) : (marker, size, 1)
    further += 1
    cursor = segment.upperBound
    if marker == 0xE1, let kind = App1(head) {
      open(kind, segment, head)
    } else {
      use(segment.lowerBound)
    }
  }

  /// A header counts with all bytes that are asked for to look at it.
  private mutating func use(_ place: Int64) {
    used.append(place..<(place + Self.headerBytes))
    if segmentAfterExif == place { usedAfterExif = Self.headerBytes }
  }

  /// Asks for the next header; in a run of equal segments (thermal data in segments of 64 KB)
  /// for the headers that will follow as well.
  private mutating func want(_ wanted: inout [Range<Int64>]) {
    if segmentAfterExif == cursor && !hasXmp {
      wanted.append(cursor..<(cursor + readAfterExif))
      return
    }
    wanted.append(cursor..<(cursor + (inTables ? Self.tableBytes : Self.headerBytes)))
    guard run.count >= 2, !hasPosition else { return }
    var place = cursor + run.size
    for _ in 1..<8 where place < maxPlace && predicted + Self.headerBytes <= 8192 {
      wanted.append(place..<(place + Self.headerBytes))
      predicted += Self.headerBytes
      place += run.size
    }
  }

  // MARK: Contents

  private mutating func open(_ kind: App1, _ segment: Range<Int64>, _ head: ArraySlice<UInt8>) {
    let start = segment.lowerBound + kind.contentOffset
    use(segment.lowerBound)
    guard start < segment.upperBound else { return }
    let content = start..<segment.upperBound
    switch kind {
    case .exif:
      guard tiffSpent <= TiffWalk.maxBytes else { return }
      further = 0
      if segmentAfterExif == nil { segmentAfterExif = segment.upperBound }
      tiff = TiffWalk(area: content)
    case .xmp:
      further = 0
      hasXmp = true
      openPacket(content, segmentStart: segment.lowerBound)
    case .extendedXmp:
      guard !hasPosition, let announced = xmp[.hasExtendedXMP], head.count >= 79,
        let part = ExtendedXmp.Part(head: head, announced: announced)
      else { return }
      let isFirst = extended == nil
      if isFirst { extended = ExtendedXmp(total: part.total) }
      openPacket(content, segmentStart: segment.lowerBound, part: part)
    }
  }

  /// Begins reading a packet, cut to what may still be demanded.
  private mutating func openPacket(
    _ content: Range<Int64>, segmentStart: Int64?, part: ExtendedXmp.Part? = nil
  ) {
    let useful = hasPosition && part == nil ? PacketRead.enough : .max
    let room = min(max(0, Self.budget - spent), useful)
    let size = min(content.upperBound - content.lowerBound, room)
    spent += size
    packet = PacketRead(
      content: content.lowerBound..<(content.lowerBound + size), isCut: size < content.count,
      segmentStart: segmentStart, part: part)
  }

  private mutating func finishTiff(_ held: HeldBytes) {
    guard let walk = tiff else { return }
    tiff = nil
    for range in walk.used { tiffSpent += range.upperBound - range.lowerBound }
    used += walk.used
    let values = ExifValues(walk, held)
    if exif == nil {
      exif = values
    } else if !hasPosition,
      PositionDecision(exif: values, xmp: XmpValues(), fields: nil).position != nil
    {
      exif = values
    }
    if let inner = walk.xmpPacket {
      openPacket(inner, segmentStart: nil)
      hasXmp = true
    }
    updatePosition()
  }

  private mutating func finishPacket(_ held: HeldBytes) {
    guard let read = packet else { return }
    packet = nil
    used.append(read.used)
    if let start = read.segmentStart, start == segmentAfterExif {
      usedAfterExif = read.used.upperBound - start
    }
    if read.lacksEnd { isXmpCut = true }
    guard let bytes = held.bytes(read.used) else { return }
    if let part = read.part {
      extended?.add(part, bytes)
      if let values = extended?.completeValues() {
        xmp.merge(values)
        extended = nil
      }
    } else {
      xmp.merge(XmpPacket.values(bytes))
    }
    updatePosition()
  }

  private mutating func updatePosition() {
    place = PositionDecision(exif: exif, xmp: xmp, fields: nil)
  }
}
