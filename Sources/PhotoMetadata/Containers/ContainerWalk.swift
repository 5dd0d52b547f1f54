/// Finds where a file of one format keeps its Exif blocks, its XMP and its own fields. It never
/// decodes them, never reads image data and asks for nothing but ranges.
protocol ContainerWalk: Sendable {
  /// How the format is read where it differs from the others.
  static var rules: WalkRules { get }

  /// Goes on to the next place worth decoding. Called again after each answer; a call that waited
  /// is repeated with more bytes held.
  mutating func next(_ window: inout FileWindow) -> Found
}

extension ContainerWalk {
  static var rules: WalkRules { WalkRules() }
}

/// What ``ContainerRead`` has to know of a format.
struct WalkRules: Sendable {
  /// Bytes that the walk and the XMP packets it finds may demand.
  var budget = FileWindow.budget
  /// Places worth decoding; what follows them is not looked at.
  var maxFinds = 64
  /// False: all Exif blocks describe one photo and are merged, and each takes ``TiffWalk/maxBytes``
  /// of the budget. True: the first block with a position counts, without one the first block, and
  /// their bytes do not count.
  var takesOneExifBlock = false
  /// Photos of a folder keep their metadata in the same places (``LayoutMemory``).
  var hasSteadyLayout = false
}

/// What a walk has come to.
enum Found: Sendable {
  /// Bytes are missing; the window knows which.
  case waiting
  /// A TIFF block in the file, whose first directory is `root`.
  case exif(Range<Int64>, root: TiffDirectory)
  /// A TIFF block that was packed.
  case exifBytes([UInt8])
  /// `segment`: where the packet's segment begins, in formats that have segments.
  case xmp(Range<Int64>, segment: Int64? = nil)
  case xmpBytes([UInt8])
  /// A portion of extended XMP; `head` is its segment from the marker on.
  case extendedXmp(Range<Int64>, segment: Int64, head: ArraySlice<UInt8>)
  /// A JPEG inside the file. It is read to its end, then the walk continues.
  case jpeg(at: Int64)
  /// The container's own fields.
  case fields(ContainerFields)
  case end(RecordBuilder.Ending)
}

/// What a video's own boxes say.
struct ContainerFields: Sendable {
  var latitude = Axis.absent
  var longitude = Axis.absent
  /// Metres, signed.
  var altitude: Double?
  /// Whether the format itself says what the altitude is above.
  var altitudeIsSeaLevel = false
  /// Milliseconds since 1970-01-01 UTC, of writers that keep to UTC.
  var createdAt: Int64?
  /// The same field of all others: a clock of unknown zone.
  var createdLocal: CivilTime?
  /// A date with its zone, as Apple writes it.
  var createdText: String?
  var make: String?
  var model: String?
}

extension FileWindow {
  /// The TIFF block in `range`, without the `Exif\0\0` that some writers put before it; nil when
  /// it waits.
  mutating func tiffBlock(in range: Range<Int64>) -> Range<Int64>? {
    let size = range.upperBound - range.lowerBound
    let head = range.lowerBound..<(range.lowerBound + min(6, size))
    guard let bytes = bytes(head, ahead: min(1024, size)) else { return nil }
    let isMarked = bytes.elementsEqual([0x45, 0x78, 0x69, 0x66, 0, 0])
    return (range.lowerBound + (isMarked ? 6 : 0))..<range.upperBound
  }
}
