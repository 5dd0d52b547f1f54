import PhotoModel
import Sync

extension Reasons {
  /// Explains a reason; nil for one of another version.
  static func explanation(_ name: String) -> String? {
    if let reason = NoPosition(rawValue: name) { return reason.explanation }
    return Failure(rawValue: name)?.explanation
  }
}

extension NoPosition {
  var explanation: String {
    switch self {
    case .zero: "latitude and longitude are both exactly 0: the receiver had no fix"
    case .undefined: "the position is written as x/0: the receiver had no fix"
    case .outOfRange: "the position is outside ±90°, ±180°"
    case .badType: "the position has a type that Exif does not allow"
    case .noGPS: "the camera wrote no position"
    case .noExif: "the file contains no Exif data"
    case .unsupported: "the format, or the compression of its metadata, is not supported"
    }
  }
}

extension Failure {
  var explanation: String {
    switch self {
    case .damaged: "empty, truncated or inconsistent; copy it again from the card"
    case .notAnImage: "not an image, whatever its name"
    case .unreadable: "permission denied"
    case .vanished: "deleted before it was read"
    case .changing: "written to while it was read"
    case .transport: "the connection broke repeatedly on this file"
    case .serverError: "the server could not read it"
    }
  }
}
