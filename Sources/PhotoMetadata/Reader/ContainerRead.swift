internal import PhotoModel

/// Drives one container's walk and decodes what it finds.
struct ContainerRead: Sendable {
  /// More of an XMP packet is never read; what is cut off is scanned as far as it is there.
  private static let maxPacket: Int64 = 65_536

  private(set) var values: MetadataValues
  private var walk: any ContainerWalk
  private let rules: WalkRules
  private var window: FileWindow
  private var finds = 0
  private var isEnded = false

  // What is being read; at most one of them.
  private var tiff: TiffWalk?
  private var packet: PacketRead?
  private var inner: Inner?
  private var extended: ExtendedXmp?

  /// A JPEG inside of the file.
  private indirect enum Inner: Sendable { case jpeg(ContainerRead) }

  /// - Parameter bytesBehindExif: bytes to ask for right behind the Exif block of a JPEG.
  init(
    _ walk: any ContainerWalk, kind: MediaKind,
    bytesBehindExif: Int64 = ReadHint.initial.afterExif, seeksPreview: Bool = false
  ) {
    self.walk = walk
    rules = type(of: walk).rules
    window = FileWindow(
      rules, bytesBehindExif: bytesBehindExif, seeksPreview: seeksPreview)
    values = MetadataValues(kind: kind)
  }

  /// The bytes that mattered, and how many of those behind Exif; nil for formats whose files keep
  /// their metadata in different places.
  var usage: LayoutUsage? {
    guard rules.hasSteadyLayout else { return nil }
    return LayoutUsage(ranges: window.used, afterExif: window.usedBehindExif)
  }

  /// Goes as far as the bytes held allow.
  /// - Returns: false when it waits for the ranges added to `wanted`.
  mutating func advance(_ held: HeldBytes, wanted: inout [Range<Int64>]) -> Bool {
    while !isEnded {
      if tiff != nil {
        guard tiff?.advance(held, wanted: &wanted) == true else {
          // What follows Exif is looked at in any case: ask for it in the same flight.
          if let place = window.behind.exif, !window.hasXmp {
            wanted.append(place..<(place + window.behind.bytes))
          }
          return false
        }
        finishTiff(held)
      } else if packet != nil {
        guard packet?.advance(held, wanted: &wanted) == true else {
          // Without a position, the walk goes on behind it.
          if let place = window.behind.packet, !window.hasPosition {
            wanted.append(place..<(place + JpegFile.headerBytes))
          }
          return false
        }
        finishPacket(held)
      } else if case .jpeg(var jpeg) = inner {
        inner = nil
        guard jpeg.advance(held, wanted: &wanted) else {
          inner = .jpeg(jpeg)
          return false
        }
        finish(jpeg)
      } else if !findNext(held, &wanted) {
        return false
      }
    }
    return true
  }

  /// - Returns: false when bytes are missing.
  private mutating func findNext(_ held: HeldBytes, _ wanted: inout [Range<Int64>]) -> Bool {
    window.open(held)
    let found = walk.next(&window)
    window.close()
    values.pictures = window.pictures.found
    if window.isExhausted {
      isEnded = true
      return true
    }
    if case .waiting = found {
      wanted += window.wanted
      return false
    }
    finds += 1
    begin(found)
    if finds >= rules.maxFinds { isEnded = true }
    return true
  }

  private mutating func begin(_ found: Found) {
    switch found {
    case .waiting: break
    case .exif(let area, let root):
      if rules.takesOneExifBlock || window.reserve(TiffWalk.maxBytes) == TiffWalk.maxBytes {
        tiff = TiffWalk(area: area, root: root)
      }
    case .exifBytes(let block):
      var memory = HeldBytes(end: Int64(block.count))
      memory.insert(block, at: 0, isLast: true)
      var tiff = TiffWalk(area: 0..<Int64(block.count))
      var none = [Range<Int64>]()
      _ = tiff.advance(memory, wanted: &none)
      var exif = ExifValues(tiff, memory)
      // Its places are not of the file.
      (exif.pictures.thumbnail, exif.pictures.preview) = (nil, nil)
      take(SharedExif(exif))
      if let packet = tiff.xmpPacket, let bytes = memory.bytes(packet) {
        take(XmpPacket.values(bytes))
      }
    case .xmp(let content, let segment): open(packet: content, segment: segment)
    case .xmpBytes(let packet): take(XmpPacket.values(packet[...]))
    case .extendedXmp(let content, let segment, let head):
      guard !window.hasPosition, let announced = values.xmp[.hasExtendedXMP], head.count >= 79,
        let part = ExtendedXmp.Part(head: head, announced: announced)
      else { return }
      if extended == nil { extended = ExtendedXmp(total: part.total) }
      open(packet: content, segment: segment, part: part)
    case .jpeg(let start): inner = .jpeg(ContainerRead(JpegFile(start: start), kind: .photo))
    case .fields(let fields):
      values.fields = fields
      decidePosition()
    case .end(let ending): end(ending)
    }
  }

  private mutating func end(_ ending: RecordBuilder.Ending) {
    if !window.hasPosition, let extended {
      values.isXmpCut = true
      if let incomplete = extended.incompleteValues() { take(incomplete) }
    }
    // A JPEG inside of the file may have been broken; then the end of what is around it says no more.
    if values.ending != .broken { values.ending = ending }
    isEnded = true
  }

  /// Begins reading a packet, cut to what may still be demanded.
  private mutating func open(
    packet content: Range<Int64>, segment: Int64? = nil, part: ExtendedXmp.Part? = nil
  ) {
    if part == nil { window.hasXmp = true }
    let most = window.hasPosition && part == nil ? PacketRead.enough : Self.maxPacket
    let size = content.upperBound - content.lowerBound
    let granted = window.reserve(min(size, most))
    guard granted > 0 else {
      values.isXmpCut = true
      return
    }
    packet = PacketRead(
      content: content.lowerBound..<(content.lowerBound + granted), size: size,
      segmentStart: segment, part: part)
  }

  private mutating func finishTiff(_ held: HeldBytes) {
    guard let tiff else { return }
    self.tiff = nil
    window.use(exif: tiff.used)
    var exif = ExifValues(tiff, held)
    if rules.takesOneExifBlock {
      // The packet is wanted whole where nothing but this block has the position.
      if let packet = tiff.xmpPacket { open(packet: packet) }
      choose(SharedExif(exif))
      return
    }
    exif.isBare = tiff.isFile && !tiff.hasGPSDirectory && !tiff.hasExifDirectory
    take(SharedExif(exif))
    if !window.hasPosition, let jpeg = tiff.jpegFromRaw {
      inner = .jpeg(ContainerRead(JpegFile(start: jpeg.offset), kind: .photo))
    }
    // A JPEG inside repeats what the file itself says.
    if let packet = tiff.xmpPacket {
      open(packet: packet)
      if self.packet != nil { inner = nil }
    }
  }

  private mutating func finishPacket(_ held: HeldBytes) {
    guard let read = packet else { return }
    packet = nil
    window.use(read.used, segment: read.segmentStart)
    guard let bytes = held.bytes(read.used) else { return }
    if let part = read.part {
      if read.lacksEnd { values.isXmpCut = true }
      extended?.add(part, bytes)
      guard let complete = extended?.completeValues() else { return }
      extended = nil
      take(complete)
      return
    }
    let found = XmpPacket.values(bytes)
    if read.lacksEnd {
      if let more = rest(of: read, found) {
        packet = more
        return
      }
      values.isXmpCut = true
    }
    take(found)
  }

  /// More of a packet of which only the first part was read, because the position was known: when what a drone says is not in
  /// that. Programs put their own properties in front.
  private mutating func rest(of read: PacketRead, _ found: XmpValues) -> PacketRead? {
    guard window.isOfDrone || found.isOfDrone, !found.hasFlight, !values.xmp.hasFlight else {
      return nil
    }
    let more = window.reserve(min(read.size, Self.maxPacket) - read.length)
    return more > 0 ? read.extended(by: more) : nil
  }

  private mutating func finish(_ jpeg: ContainerRead) {
    if let exif = jpeg.values.exif { take(exif) }
    // It is a smaller version of the photo.
    window.pictures.found.statedSize = window.pictures.found.statedSize ?? jpeg.values.pictures.size
    values.pictures = window.pictures.found
    take(jpeg.values.xmp)
    if jpeg.values.isXmpCut { values.isXmpCut = true }
    if case .broken = jpeg.values.ending { values.ending = .broken }
  }

  /// Merges what a further block says.
  private mutating func take(_ exif: SharedExif) {
    if values.exif == nil { values.exif = exif } else { values.exif?.merge(exif) }
    noteExif()
    decidePosition()
  }

  /// Keeps the first block with a position, without one the first block.
  private mutating func choose(_ exif: SharedExif) {
    func hasPosition() -> Bool {
      PositionDecision(exif: exif, xmp: XmpValues(), fields: nil).position != nil
    }
    if values.exif == nil || !window.hasPosition && hasPosition() { values.exif = exif }
    noteExif()
    decidePosition()
  }

  private mutating func noteExif() {
    window.hasExif = true
    window.note(make: values.exif?.make)
    values.isOfDrone = window.isOfDrone
    window.pictures.hasSize = values.exif?.pixelWidth != nil && values.exif?.pixelHeight != nil
  }

  private mutating func take(_ xmp: XmpValues) {
    values.xmp.merge(xmp)
    decidePosition()
  }

  private mutating func decidePosition() {
    values.decidePosition()
    window.hasPosition = values.place.position != nil
    window.expectsMoreXmp = !window.hasPosition && values.xmp[.hasExtendedXMP] != nil
  }
}
