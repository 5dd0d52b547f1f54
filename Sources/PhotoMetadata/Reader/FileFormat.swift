internal import PhotoModel

/// A format whose metadata is read: how its files begin, and the walk that finds the metadata.
///
/// A new format is one file in `Containers/`, which declares its walk and its `FileFormat`, and one
/// entry in ``all``.
final class FileFormat: Sendable {
  private let name: String
  let kind: MediaKind
  private let signatures: [FileSignature]
  /// Whether it is this format, by the brands of an ISO base media file.
  private let hasBrand: @Sendable (IsoBrands) -> Bool
  let walk: @Sendable () -> any ContainerWalk

  init(
    _ name: String, kind: MediaKind = .photo, _ signatures: [FileSignature] = [],
    hasBrand: @escaping @Sendable (IsoBrands) -> Bool = { _ in false },
    walk: @escaping @Sendable () -> any ContainerWalk
  ) {
    self.name = name
    self.kind = kind
    self.signatures = signatures
    self.hasBrand = hasBrand
    self.walk = walk
  }

  /// Tried in this order, the most frequent one first.
  static let all: [FileFormat] = [
    .jpeg, .tiff, .mrw, .raf, .png, .webp, .jxl, .jxlCodestream, .cr3, .heif, .video,
  ]

  /// - Parameter head: the first ``FileKind/bytesNeeded`` bytes.
  static func of(_ head: ArraySlice<UInt8>) -> FileFormat? {
    let brands = IsoBrands(head)
    return all.first { $0.matches(head, brands) }
  }

  /// - Parameter brands: of an ISO base media file.
  func matches(_ head: ArraySlice<UInt8>, _ brands: IsoBrands?) -> Bool {
    for signature in signatures where signature.matches(head) { return true }
    return brands.map(hasBrand) ?? false
  }
}

extension FileFormat: Equatable, CustomStringConvertible {
  var description: String { name }

  static func == (a: FileFormat, b: FileFormat) -> Bool { a === b }
}

/// Bytes that a format begins with.
struct FileSignature: Sendable {
  private let offset: Int
  private let bytes: [UInt8]

  init(_ bytes: [UInt8], at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  init(_ text: String, at offset: Int = 0) { self.init(Array(text.utf8), at: offset) }

  func matches(_ head: ArraySlice<UInt8>) -> Bool {
    head.dropFirst(offset).starts(with: bytes)
  }
}
