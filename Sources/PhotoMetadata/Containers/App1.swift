/// The kinds of APP1 that are read; FLIR, PARROT, QVCI and others are not.
enum App1 {
  case exif, xmp, extendedXmp

  private static let exifMark = Array("Exif\0".utf8)
  private static let xmpMark = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
  private static let extendedMark = Array("http://ns.adobe.com/xmp/extension/\0".utf8)

  /// Thermal data of FLIR (exiftool's tag names, "FLIR Tags"), in many segments.
  static func isOfFlir(_ head: ArraySlice<UInt8>) -> Bool {
    head.dropFirst(4).starts(with: [0x46, 0x4C, 0x49, 0x52, 0])
  }

  init?(_ head: ArraySlice<UInt8>) {
    let body = head.dropFirst(4)
    if body.starts(with: Self.exifMark) {
      self = .exif
    } else if body.starts(with: Self.xmpMark) {
      self = .xmp
    } else if body.starts(with: Self.extendedMark) {
      self = .extendedXmp
    } else {
      return nil
    }
  }

  /// Bytes from the segment's begin to the content.
  var contentOffset: Int64 {
    switch self {
    case .exif: 10
    case .xmp: 33
    case .extendedXmp: 79
    }
  }
}
