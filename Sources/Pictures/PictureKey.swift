public import PhotoModel

/// A picture in the side cache: the photo's URL, and which picture of it.
public struct PictureKey: Hashable, Sendable {
  /// Bytes that name the photo's file: its URL.
  public var location: [UInt8]
  public var kind: PictureKind

  /// - Parameter location: bytes that name the photo's file.
  public init(location: [UInt8], kind: PictureKind) {
    self.location = location
    self.kind = kind
  }

  /// - Returns: nil for a row that was not read from an index.
  public init?(_ row: PhotoRow, _ kind: PictureKind) {
    guard let url = row.url else { return nil }
    self.init(location: Array(url.utf8), kind: kind)
  }
}
