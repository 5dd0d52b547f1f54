internal import PhotoModel

/// All that was found in one file.
struct MetadataValues: Sendable {
  let kind: MediaKind
  var exif: SharedExif?
  var xmp = XmpValues()
  var fields: ContainerFields?
  /// As the container itself states them.
  var pictures = PictureValues()
  /// What all of them say of the position so far.
  private(set) var place = PositionDecision.nothing
  var ending = RecordBuilder.Ending.complete
  /// Exif names a maker of drones.
  var isOfDrone = false
  /// There is more XMP than was read.
  var isXmpCut = false

  init(kind: MediaKind) { self.kind = kind }

  mutating func decidePosition() {
    place = PositionDecision(exif: exif, xmp: xmp, fields: fields)
  }
}

extension PositionDecision {
  /// Before anything has been found.
  fileprivate static let nothing = PositionDecision(exif: nil, xmp: XmpValues(), fields: nil)
}
