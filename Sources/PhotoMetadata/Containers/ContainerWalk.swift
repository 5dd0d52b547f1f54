/// Finds where a file of one format keeps its Exif blocks, its XMP and its own fields. It never
/// decodes them, never reads image data and asks for nothing but ranges.
protocol ContainerWalk: Sendable {
  /// Goes on to the next place worth decoding. Called again after each answer; a call that waited
  /// is repeated with more bytes held.
  mutating func next(_ window: inout FileWindow) -> Found
}

/// What a walk has come to.
enum Found: Sendable {
  /// Bytes are missing; the window knows which.
  case waiting
  /// A TIFF block in the file, whose first directory is `root`.
  case exif(Range<Int64>, root: TiffDirectory)
  /// A TIFF block that was packed.
  case exifBytes([UInt8])
  case xmp(Range<Int64>)
  case xmpBytes([UInt8])
  /// A JPEG inside the file; its end counts the search.
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
  /// Whether the format itself says what the height is above.
  var altitudeIsSeaLevel = false
  /// Milliseconds since 1970-01-01 UTC.
  var createdAt: Int64?
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
