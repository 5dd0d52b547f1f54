/// Walks the header segments of a JPEG (ITU-T T.81 §B.1.1) by their lengths and stops as soon as
/// nothing more is to be gained.
///
/// Segments are taken in their order in the file and every limit is counted in what the file's
/// structure demands, never in what happens to have arrived: the record is the same whatever was
/// read ahead.
struct JpegFile: ContainerWalk {
  /// How a JPEG begins: SOI and the first byte of a marker.
  static let mark: [UInt8] = [0xFF, 0xD8, 0xFF]

  static let rules = WalkRules(
    budget: budget, maxFinds: .max, takesOneExifBlock: true, hasSteadyLayout: true)

  /// Beyond this offset no segment is looked at.
  static let maxOffset: Int64 = 1 << 20
  /// What headers and XMP may demand in all. With the hint (32 KiB), one read behind Exif
  /// (16 KiB), predicted headers (24 KiB) and two walks through Exif blocks (56 KiB) this stays
  /// within the 256 KiB of one photo; a kilobyte is left to a container around it.
  private static let budget: Int64 =
    262_144 - 32_768 - 16_384 - maxPredicted - 2 * TiffWalk.maxBytes - 1024
  private static let maxPredicted: Int64 = 24_576
  /// Marker, length and as much as tells extended XMP (75 bytes) from other APP1 segments.
  static let headerBytes: Int64 = 80
  /// Tables come in groups that one read of this size covers.
  private static let tableBytes: Int64 = 640
  /// The segment straight behind Exif and four more, once the position is known, or once Exif and XMP
  /// are and have none.
  private static let furtherSegments = 5
  /// The same of a drone's photo without XMP: thermal cameras put a dozen segments between the two. It counts also where only
  /// XMP has been found, because Exif has camera and clock.
  private static let furtherSegmentsOfDrones = 24
  /// Bytes that belong to no segment, of which a photo may have no more.
  private static let maxStrayBytes: Int64 = 1024
  /// Segments before the tables, of which a file may have no more for that its size is looked for where nothing
  /// else is: each look is a round trip.
  private static let sizeSegments = 4
  /// Segments looked at for the index of a Multi-Picture file alone.
  private static let indexSegments = 12
  /// Segments of this size are pieces of something longer, of which the next ones are, too.
  private static let fullSegment: Int64 = 65_000
  private static let maxSegments = 2048

  private let maxPlace: Int64
  private var cursor: Int64
  private var segments = 0
  /// Segments looked at since the last Exif or XMP segment.
  private var further = 0
  private var segmentAfterExif: Int64?
  /// An APP1 segment of FLIR has passed.
  private var sawFlir = false
  /// Bytes that belong to no segment.
  private var strayBytes: Int64 = 0
  /// Segments of no use but for the index of pictures.
  private var extraSegments = 0
  /// The index of a Multi-Picture file, to be decoded.
  private var index: Range<Int64>?
  private var sawIndex = false
  private var inTables = false
  private var predicted: Int64 = 0
  /// Small segments in a row.
  private var small: Int64 = 0
  /// The last segment's marker and size, and how often they came in a row.
  private var run: (marker: UInt8, size: Int64, count: Int) = (0, 0, 0)

  /// - Parameter start: where the JPEG begins in the file.
  init(start: Int64 = 0) {
    cursor = start + 2
    maxPlace = start + Self.maxOffset
  }

  mutating func next(_ window: inout FileWindow) -> Found {
    while true {
      if let place = index {
        guard let segment = window.held.bytes(place) else {
          window.want(place)
          want(&window)
          return .waiting
        }
        window.pictures.found.preview = MultiPicture.preview(segment, at: place.lowerBound)
        index = nil
      }
      guard !isSatisfied(window), cursor < maxPlace, segments < Self.maxSegments,
        window.room >= Self.tableBytes
      else { return .end(.complete) }
      guard let head = window.held.bytes(cursor..<(cursor + Self.headerBytes)) else {
        want(&window)
        return .waiting
      }
      segments += 1
      _ = window.reserve(inTables ? Self.tableBytes : Self.headerBytes)
      if let found = readSegment(head, &window) { return found }
    }
  }

  private func isSatisfied(_ window: FileWindow) -> Bool {
    guard hasMetadata(window) else { return false }
    if window.pictures.isPreviewWanted && !sawIndex && !inTables {
      return extraSegments >= Self.indexSegments
    }
    if window.pictures.hasSize || inTables { return window.pictures.hasSize }
    return segments >= Self.sizeSegments || run.size >= Self.fullSegment
  }

  /// Nothing more is to be learned of the position.
  private func hasMetadata(_ window: FileWindow) -> Bool {
    let hasBoth = window.hasExif && window.hasXmp
    if window.hasPosition {
      return hasBoth
        || further >= (seeksFar(window) ? Self.furtherSegmentsOfDrones : Self.furtherSegments)
    }
    return hasBoth && !window.expectsMoreXmp && further >= Self.furtherSegments
  }

  /// The position is known, and what is missing is worth more looks.
  private func seeksFar(_ window: FileWindow) -> Bool {
    window.hasPosition && (window.hasExif ? window.isOfDrone || sawFlir : window.hasXmp)
  }

  /// - Parameter head: the bytes from the cursor on.
  private mutating func readSegment(
    _ head: ArraySlice<UInt8>, _ window: inout FileWindow
  ) -> Found? {
    guard head.count >= 2 else { return .end(.broken) }
    guard head[head.startIndex] == 0xFF else { return skip(strayBytes: head, &window) }
    // Fill bytes: any number of FF before the marker's own FF.
    guard let markerIndex = head.firstIndex(where: { $0 != 0xFF }) else {
      cursor += Int64(head.count) - 1
      // At the file's end nothing else comes.
      return head.count < Self.headerBytes ? .end(.broken) : nil
    }
    let fill = markerIndex - head.startIndex - 1
    if fill > 0 {
      use(cursor, &window)
      cursor += Int64(fill)
      return nil
    }
    if head[markerIndex] == 0 {
      // FF 00 is a byte of image data (T.81 §B.1.1.5).
      cursor += 1
      strayBytes += 1
      return strayBytes > Self.maxStrayBytes ? .end(.broken) : nil
    }
    return readMarker(head[markerIndex], head, &window)
  }

  /// libjpeg and exiftool go on at the next marker as well. Only markers of segments count: FF is frequent in data.
  private mutating func skip(
    strayBytes head: ArraySlice<UInt8>, _ window: inout FileWindow
  ) -> Found? {
    let marker = head.indices.dropLast().first {
      head[$0] == 0xFF && Self.isOfSegment(head[$0 + 1])
    }
    // The last byte may begin a marker.
    let count = Int64((marker ?? head.endIndex - 1) - head.startIndex)
    use(cursor, &window)
    cursor += count
    strayBytes += count
    let isAtEnd = marker == nil && head.count < Self.headerBytes
    return isAtEnd || strayBytes > Self.maxStrayBytes ? .end(.broken) : nil
  }

  private static func isOfSegment(_ marker: UInt8) -> Bool {
    switch marker {
    // SOF and DHT; EOI, SOS, DQT; DRI; APPn; COM.
    case 0xC0...0xCF, 0xD9...0xDB, 0xDD, 0xE0...0xEF, 0xFE: true
    default: false
    }
  }

  /// `head` begins with the marker.
  private mutating func readMarker(
    _ marker: UInt8, _ head: ArraySlice<UInt8>, _ window: inout FileWindow
  ) -> Found? {
    switch marker {
    case 0xD8, 0x01, 0xD0...0xD7:  // without length
      cursor += 2
      return nil
    case 0xD9, 0xDA:  // EOI, SOS: the header ends
      use(cursor, &window)
      return .end(.complete)
    default: break
    }
    let isApplication = marker >= 0xE0 && marker <= 0xEF || marker == 0xFE
    if !isApplication {
      inTables = true
      if PictureHeaders.isJpegFrame(marker) {
        window.pictures.found.size = window.pictures.found.size ?? PictureHeaders.jpeg(head)
        window.pictures.hasSize = window.pictures.hasSize || window.pictures.found.size != nil
      }
      if window.hasPosition && window.hasExif && window.pictures.hasSize {
        use(cursor, &window)
        return .end(.complete)
      }
    }
    guard head.count >= 4 else { return .end(.broken) }
    let length = Int64(ByteOrder.big.u16(head, 2))
    guard length >= 2 else { return .end(.broken) }
    let segment = cursor..<(cursor + 2 + length)
    let size = segment.upperBound - segment.lowerBound
    run =
      run.marker == marker && run.size == size
      ? (marker, size, run.count + 1) : (marker, size, 1)
    further += 1
    if hasMetadata(window) { extraSegments += 1 }
    small = size < 4096 ? small + 1 : 0
    cursor = segment.upperBound
    use(segment.lowerBound, &window)
    if marker == 0xE2, !sawIndex, MultiPicture.isIndex(head) {
      sawIndex = true
      let place = segment.lowerBound..<(segment.lowerBound + min(size, MultiPicture.maxBytes))
      if window.reserve(size) > 0 { index = place }
      window.use(place, segment: segment.lowerBound)
    }
    guard marker == 0xE1 else { return nil }
    guard let kind = App1(head) else {
      sawFlir = sawFlir || App1.isOfFlir(head)
      return nil
    }
    return open(kind, segment, head, &window)
  }

  private mutating func open(
    _ kind: App1, _ segment: Range<Int64>, _ head: ArraySlice<UInt8>, _ window: inout FileWindow
  ) -> Found? {
    let start = segment.lowerBound + kind.contentOffset
    guard start < segment.upperBound else { return nil }
    let content = start..<segment.upperBound
    switch kind {
    case .exif:
      guard window.exifBytes <= TiffWalk.maxBytes else { return nil }
      further = 0
      if segmentAfterExif == nil {
        segmentAfterExif = segment.upperBound
        if segment.upperBound < maxPlace { window.behind.exif = segment.upperBound }
      }
      return .exif(content, root: .ifd0)
    case .xmp:
      further = 0
      window.behind.packet = segment.upperBound
      return .xmp(content, segment: segment.lowerBound)
    case .extendedXmp:
      window.behind.packet = segment.upperBound
      return .extendedXmp(content, segment: segment.lowerBound, head: head)
    }
  }

  /// Records the whole 80-byte read of a header as used.
  private func use(_ place: Int64, _ window: inout FileWindow) {
    window.use(place..<(place + Self.headerBytes), segment: place)
  }

  /// Asks for the next header. On the way to a position each look is a round trip: small segments are
  /// then asked for by the dozen, and in a run of equal segments (thermal data in segments of 64 KB)
  /// the headers that will follow as well.
  private mutating func want(_ window: inout FileWindow) {
    if segmentAfterExif == cursor && !window.hasXmp {
      window.want(cursor..<(cursor + window.behind.bytes))
      return
    }
    let least = inTables ? Self.tableBytes : Self.headerBytes
    guard !window.hasPosition || seeksFar(window) else {
      window.want(cursor..<(cursor + least))
      return
    }
    let ahead =
      strayBytes > 0 ? Self.maxStrayBytes : small >= 2 ? Self.tableBytes << min(small, 5) : 0
    window.want(cursor..<(cursor + least + extra(ahead)))
    let isRun = run.count >= 2 || window.hasExif && run.size >= Self.fullSegment
    guard isRun else { return }
    var place = cursor + run.size
    for _ in 1..<16 where place < maxPlace {
      let count = extra(
        window.hasExif && !window.hasPosition ? Self.tableBytes : Self.headerBytes)
      if count > 0 { window.want(place..<(place + count)) }
      place += run.size
    }
  }

  /// As much of `bytes` as there is room for guesses.
  private mutating func extra(_ bytes: Int64) -> Int64 {
    let granted = min(bytes, Self.maxPredicted - predicted)
    predicted += granted
    return granted
  }
}

extension FileFormat {
  static let jpeg = FileFormat("JPEG", [FileSignature(JpegFile.mark)]) { JpegFile() }
}
