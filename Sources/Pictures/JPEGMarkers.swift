/// Looks at the first markers of a JPEG (ITU-T T.81 §B.1.1.2), and at nothing else of it: pictures are foreign bytes, and are
/// passed on as they are.
///
/// The last marker, EOI, proves nothing: one of twenty thumbnails of real cameras lacks it, others are filled up behind it, and
/// browsers show both.
public enum JPEGMarkers {
  /// The bytes begin with SOI and another marker.
  public static func begins(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 4 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF
  }
}
