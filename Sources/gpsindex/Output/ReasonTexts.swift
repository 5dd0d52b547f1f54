import PhotoModel
import Sync

extension Reasons {
  /// A reason's name in words; nil for one of another version.
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
    case .outOfRange: "the position lies outside ±90°, ±180°"
    case .badType: "the position is stored in a way that Exif does not allow"
    case .noGPS: "the camera wrote no position"
    case .noExif: "the file holds no Exif data"
    case .unsupported: "a format, or a packing of its metadata, that is not read"
    }
  }
}

extension Failure {
  var explanation: String {
    switch self {
    case .damaged: "empty or cut, or contradicting itself; copy it again from the card"
    case .notAnImage: "no image, whatever the name says"
    case .unreadable: "the account may not read it"
    case .vanished: "gone before it was read"
    case .changing: "written to while it was read"
    case .transport: "the connection broke on it again and again"
    case .serverError: "the server could not read it"
    }
  }
}
