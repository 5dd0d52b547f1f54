internal import PhotoModel

/// All that was found in one file.
struct MetadataValues: Sendable {
  var kind = MediaKind.photo
  var exif: ExifValues?
  var xmp = XmpValues()
  var fields: ContainerFields?
  /// What all of them say of the position so far.
  private(set) var place: PositionDecision
  var ending = RecordBuilder.Ending.complete
  /// There is more XMP than was read.
  var isXmpCut = false

  init(kind: MediaKind) {
    self.kind = kind
    place = .nothing
  }

  init(
    exif: ExifValues?, xmp: XmpValues, place: PositionDecision, ending: RecordBuilder.Ending
  ) {
    self.exif = exif
    self.xmp = xmp
    self.place = place
    self.ending = ending
  }

  mutating func decidePosition() {
    place = PositionDecision(exif: exif, xmp: xmp, fields: fields)
  }
}

extension PositionDecision {
  /// Before anything has been found.
  static let nothing = PositionDecision(exif: nil, xmp: XmpValues(), fields: nil)
}

/// Drives one container's walk and decodes what it finds.
struct ContainerRead: Sendable {
  /// More of an XMP packet is never read; what is cut off is scanned as far as it is there.
  private static let maxPacket: Int64 = 65_536
  private static let maxFinds = 64

  private(set) var values: MetadataValues
  private var walk: any ContainerWalk
  private var ledger = FileWindow.Ledger()
  private var part = Part.none
  private var finds = 0

  private enum Part: Sendable {
    case none
    case tiff(TiffWalk)
    case packet(PacketRead)
    case jpeg(JpegWalk)
    case ended
  }

  init(_ walk: any ContainerWalk, kind: MediaKind) {
    self.walk = walk
    values = MetadataValues(kind: kind)
  }

  /// Goes as far as the bytes held allow.
  /// - Returns: false when it waits for the ranges added to `wanted`.
  mutating func advance(_ held: HeldBytes, wanted: inout [Range<Int64>]) -> Bool {
    while true {
      switch part {
      case .none:
        guard findNext(held, &wanted) else { return false }
      case .tiff(var tiff):
        let done = tiff.advance(held, wanted: &wanted)
        part = .tiff(tiff)
        if !done { return false }
        finish(tiff, held)
      case .packet(var packet):
        let done = packet.advance(held, wanted: &wanted)
        part = .packet(packet)
        if !done { return false }
        part = .none
        if packet.lacksEnd { values.isXmpCut = true }
        if let bytes = held.bytes(packet.used) { take(XmpPacket.values(bytes)) }
      case .jpeg(var jpeg):
        let done = jpeg.advance(held, wanted: &wanted)
        part = .jpeg(jpeg)
        if !done { return false }
        finish(jpeg)
      case .ended:
        return true
      }
    }
  }

  /// - Returns: false when bytes are missing.
  private mutating func findNext(_ held: HeldBytes, _ wanted: inout [Range<Int64>]) -> Bool {
    var window = FileWindow(held, ledger, hasPosition: values.place.position != nil)
    let found = walk.next(&window)
    defer { ledger = window.ledger }
    if window.ledger.isExhausted {
      part = .ended
      return true
    }
    finds += 1
    switch found {
    case .waiting:
      finds -= 1
      wanted += window.wanted
      return false
    case .exif(let area, let root):
      if window.reserve(TiffWalk.maxBytes) == TiffWalk.maxBytes {
        part = .tiff(TiffWalk(area: area, root: root))
      }
    case .exifBytes(let block):
      var memory = HeldBytes(end: Int64(block.count))
      memory.insert(block, at: 0, isLast: true)
      var tiff = TiffWalk(area: 0..<Int64(block.count))
      var none = [Range<Int64>]()
      _ = tiff.advance(memory, wanted: &none)
      take(ExifValues(tiff, memory))
      if let packet = tiff.xmpPacket, let bytes = memory.bytes(packet) {
        take(XmpPacket.values(bytes))
      }
    case .xmp(let content): open(packet: content, &window)
    case .xmpBytes(let packet): take(XmpPacket.values(packet[...]))
    case .jpeg(let start): part = .jpeg(JpegWalk(start: start))
    case .fields(let fields):
      values.fields = fields
      values.decidePosition()
    case .end(let ending):
      values.ending = ending
      part = .ended
    }
    if finds >= Self.maxFinds { part = .ended }
    return true
  }

  private mutating func open(packet: Range<Int64>, _ window: inout FileWindow) {
    let most = values.place.position == nil ? Self.maxPacket : PacketRead.enough
    let size = min(packet.upperBound - packet.lowerBound, most)
    let granted = window.reserve(size)
    guard granted > 0 else {
      values.isXmpCut = true
      return
    }
    part = .packet(
      PacketRead(
        content: packet.lowerBound..<(packet.lowerBound + granted), isCut: granted < packet.count,
        segmentStart: nil, part: nil))
  }

  private mutating func finish(_ tiff: TiffWalk, _ held: HeldBytes) {
    part = .none
    var exif = ExifValues(tiff, held)
    exif.isBare = tiff.isFile && !tiff.hasGPSDirectory && !tiff.hasExifDirectory
    take(exif)
    if values.place.position == nil, let start = tiff.jpeg {
      part = .jpeg(JpegWalk(start: start))
    }
    if let packet = tiff.xmpPacket {
      var window = FileWindow(held, ledger, hasPosition: false)
      // A JPEG inside repeats what the file itself says.
      open(packet: packet, &window)
      ledger = window.ledger
    }
  }

  private mutating func finish(_ jpeg: JpegWalk) {
    part = .none
    if let exif = jpeg.values.exif { take(exif) }
    take(jpeg.values.xmp)
    if jpeg.values.isXmpCut { values.isXmpCut = true }
    if case .broken = jpeg.values.ending { values.ending = .broken }
  }

  private mutating func take(_ exif: ExifValues) {
    if values.exif == nil { values.exif = exif } else { values.exif?.merge(exif) }
    values.decidePosition()
  }

  private mutating func take(_ xmp: XmpValues) {
    values.xmp.merge(xmp)
    values.decidePosition()
  }
}
