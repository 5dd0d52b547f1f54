/// Which picture of a photo.
public enum PictureKind: UInt8, Sendable, CaseIterable {
  /// The small JPEG that the camera embedded (about 160 pixels).
  case thumbnail = 1
  /// The larger JPEG that some cameras embed.
  case preview = 2
  /// The photo's own file.
  case image = 3

  /// Longer pictures are refused, bytes.
  public var longest: Int64 {
    switch self {
    case .thumbnail: 2 << 20
    case .preview: 16 << 20
    case .image: 64 << 20
    }
  }

  public var name: String {
    switch self {
    case .thumbnail: "thumbnail"
    case .preview: "preview"
    case .image: "image"
    }
  }
}

/// Why there is no picture.
public struct PictureFailure: Error, Sendable, Equatable {
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// The index has no such photo.
    case noPhoto = 1
    /// The photo has no such picture, or its place is not known.
    case noPicture = 2
    /// The file has another size or time than the index: the place may be another one's.
    case changed = 3
    /// The file is no longer there.
    case gone = 4
    /// Permission denied.
    case unreadable = 5
    /// The bytes at that place are no JPEG.
    case notAPicture = 6
    /// Longer than ``PictureKind/longest``.
    case tooLong = 7
    /// The server or folder cannot be reached.
    case unreachable = 8
    /// No answer in time.
    case timeout = 9
    /// Too many pictures wait.
    case busy = 10
    /// The server answered with another error.
    case serverError = 11
    /// Nobody waits for it any more.
    case cancelled = 12
    /// The server refused the login.
    case refused = 13
    /// The server's key is unknown, or another one than before.
    case hostKey = 14
  }

  public var kind: Kind
  /// What failed, on what, and why.
  public var message: String
  /// A command or an option to try; may be empty.
  public var advice: String

  public init(_ kind: Kind, _ message: String, advice: String = "") {
    self.kind = kind
    self.message = message
    self.advice = advice
  }
}
