import PhotoMetadata
public import PhotoModel

/// One picture of one photo: where its row says that it is.
public struct PicturePlan: Sendable, Equatable {
  /// Which one.
  public var kind: PictureKind
  /// Below the site's root.
  public var folder: PathBytes
  /// With the size and time for which the place of the picture holds.
  public var file: ListedFile
  /// Where the index says that it is; nil: it does not know.
  public var place: EmbeddedPicture?

  /// A picture of a photo of an index.
  public init(_ row: PhotoRow, _ kind: PictureKind) {
    self.kind = kind
    folder = PathBytes(text: row.folder)
    file = ListedFile(name: PathBytes(text: row.file), size: row.size, mtime: row.mtime)
    place =
      switch kind {
      case .thumbnail: row.record.thumbnail
      case .preview: row.record.preview
      case .image: row.size.map { EmbeddedPicture(offset: 0, length: $0) }
      }
  }

  /// Why it cannot be read, as far as the row tells.
  public var obstacle: PictureFailure? {
    guard let place else {
      // The index of a Multi-Picture file, which stands behind what a sync reads, may know it.
      if kind == .preview, file.name.hasJPEGExtension { return nil }
      return PictureFailure(.noPicture, "\(file.name.text) has no embedded \(kind.name)")
    }
    guard place.length > 0, place.offset >= 0 else {
      return PictureFailure(.noPicture, "\(file.name.text) has no embedded \(kind.name)")
    }
    guard place.length <= kind.longest else {
      return PictureFailure(
        .tooLong, "the \(kind.name) of \(file.name.text) is longer than \(kind.longest) bytes")
    }
    let (end, overflows) = place.offset.addingReportingOverflow(place.length)
    if overflows || file.size.map({ end > $0 }) ?? false {
      return PictureFailure(
        .notAPicture, "the \(kind.name) of \(file.name.text) lies behind the end of the file")
    }
    return nil
  }
}

extension PathBytes {
  /// Only JPEG files have a Multi-Picture index.
  fileprivate var hasJPEGExtension: Bool {
    guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return false }
    let name = String(decoding: bytes[(dot + 1)...], as: UTF8.self).lowercased()
    return ["jpg", "jpeg", "jpe"].contains(name)
  }
}

/// Reads one picture by exact ranges, sans I/O: where its place is known, in one flight. Not `Sendable`.
///
/// Ask for ``nextRanges()``, give the answers to ``receive(_:_:)``, until it asks for nothing; then take ``result()``.
public final class PictureReader {
  /// Long pictures are asked for in portions: the link takes others in between. Bytes.
  private static let portion: Int64 = 256 << 10

  /// What it reads.
  public let plan: PicturePlan
  /// The file has another size or time than the row.
  private let isOther: Bool
  private var place: EmbeddedPicture?
  private var seeker: MetadataReader?
  private var bytes: [UInt8] = []
  /// What is asked for now; nil: the place is not looked at yet.
  private var asked: Range<Int64>?
  /// The file ends before the picture, or the bytes are no JPEG.
  private var isOver = false

  /// - Parameter file: as it is opened now.
  public init(_ plan: PicturePlan, file: ListedFile) {
    self.plan = plan
    isOther =
      plan.file.size != nil && file.size != plan.file.size
      || plan.file.mtime != nil && file.mtime != plan.file.mtime
    place = plan.place
    if place == nil, plan.kind == .preview {
      seeker = MetadataReader(fileSize: file.size, seeksPreview: true)
    }
  }

  /// About how many bytes it asks for at once.
  public var expectedBytes: Int { Int(clamping: min(place?.length ?? 16_384, Self.portion)) }

  /// Ranges of the file that it wants next, all at once; empty: no more.
  public func nextRanges() -> [Range<Int64>] {
    if isOther { return [] }
    if place == nil, let ranges = seek() { return ranges }
    guard let place, !isOver else { return [] }
    if asked == nil {
      var checked = plan
      checked.place = place
      guard checked.obstacle == nil else {
        self.place = nil
        return []
      }
    } else if bytes.count == Self.portion {
      bytes.reserveCapacity(Int(clamping: place.length))
    }
    let start = asked?.upperBound ?? place.offset
    let left = place.offset + place.length - start
    let next = start..<(start + min(Self.portion, left))
    asked = next
    return next.isEmpty ? [] : [next]
  }

  /// - Returns: nil when the search is over.
  private func seek() -> [Range<Int64>]? {
    switch seeker?.next() {
    case .need(let ranges): return ranges
    case .done(let record):
      place = record.preview
      seeker = nil
      return nil
    case nil: return nil
    }
  }

  /// The answer to one range: fewer bytes than asked mean that the file ends there.
  public func receive(_ range: Range<Int64>, _ bytes: [UInt8]) {
    guard let asked else {
      seeker?.receive(range, bytes)
      return
    }
    guard range == asked else { return }
    self.bytes += bytes
    isOver = bytes.count != range.count || !JPEGMarkers.begins(self.bytes)
  }

  /// After the reading: a JPEG by its markers, with all its bytes, or why there is none.
  public func result() -> Result<[UInt8], PictureFailure> {
    let (name, kind) = (plan.file.name.text, plan.kind)
    if isOther {
      return .failure(
        PictureFailure(
          .changed, "\(name) has changed since the last sync", advice: "gpsindex sync"))
    }
    guard let place else {
      return .failure(PictureFailure(.noPicture, "\(name) has no embedded \(kind.name)"))
    }
    guard bytes.count == place.length, JPEGMarkers.begins(bytes) else {
      return .failure(PictureFailure(.notAPicture, "the \(kind.name) of \(name) is no JPEG"))
    }
    return .success(bytes)
  }
}
