public import PhotoModel

/// The machine for a file beside a photo; asked and fed like ``MetadataReader``. It reads the
/// beginning and, when what matters is not in there, once more of it.
public struct SidecarReader: Sendable {
  /// Editors write 2…15 KB of XMP; with histories and masks it may be megabytes, none of which matter. A
  /// subtitle entry has 100…400 bytes.
  private static let first: Int64 = 16_384
  private static let most: Int64 = 131_072
  private static let firstOfSubtitles: Int64 = 2048

  private let kind: SidecarKind
  private let size: Int64
  private let isSizeKnown: Bool
  private var bytes: [UInt8] = []
  private var due: Range<Int64>?
  private var isWhole = false
  /// At the end.
  private var result: PhotoRecord?

  /// - Parameter fileSize: bytes, nil when the listing did not say.
  public init(kind: SidecarKind, fileSize: Int64?) {
    self.kind = kind
    size = max(0, fileSize ?? Self.most)
    isSizeKnown = fileSize != nil
  }

  public mutating func next() -> MetadataReader.Step {
    if let ranges = nextRanges() { return .need(ranges) }
    return .done(result ?? PhotoRecord(outcome: .failed(.damaged)))
  }

  /// ``next()`` without a copy of the record: nil when there is one.
  package mutating func nextRanges() -> [Range<Int64>]? {
    if result != nil { return nil }
    if due != nil { return [] }
    let held = Int64(bytes.count)
    if held > 0 || size == 0 || isWhole {
      let isAll = isWhole || held >= min(size, Self.most)
      if let values = values(isAll: isAll) {
        result = Self.record(values, isXmpCut: isCut)
        return nil
      }
    }
    let first = kind == .srt ? Self.firstOfSubtitles : Self.first
    let range = held..<min(size, held == 0 ? first : Self.most)
    due = range
    return [range]
  }

  /// The record, without a copy; the machine is of no use any more.
  package mutating func takeResult() -> (record: PhotoRecord?, usage: LayoutUsage?) {
    bytes = []
    return (result.take(), nil)
  }

  /// The answer to the needed range; fewer bytes than asked for mean that the file ends there.
  public mutating func receive(_ range: Range<Int64>, _ answer: [UInt8]) {
    guard due == range else { return }
    due = nil
    bytes += answer.prefix(range.count)
    if answer.count < range.count { isWhole = true }
  }

  /// An XMP file goes on behind what was read.
  private var isCut: Bool {
    kind == .xmp && !isWhole && Int64(bytes.count) >= Self.most
      && (!isSizeKnown || size > Self.most)
      && XmpPacket.end(in: bytes[...]) == nil
  }

  /// Nil when it is worth reading on.
  private func values(isAll: Bool) -> XmpValues? {
    switch kind {
    case .srt:
      let isFile = isWhole || isSizeKnown && Int64(bytes.count) >= size
      if let values = SrtFix.values(bytes[...], isWhole: isFile) { return values }
      return isAll ? XmpValues() : nil
    case .xmp:
      guard isAll || XmpPacket.end(in: bytes[...]) != nil else { return nil }
      return XmpPacket.values(Self.packet(bytes))
    }
  }

  /// Up to its end tag, without a byte order mark.
  private static func packet(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    let end = XmpPacket.end(in: bytes[...]) ?? bytes.count
    let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    return bytes[(isMarked ? 3 : 0)..<end]
  }

  /// What it says for itself: no position is `no-gps`, whatever else stands in it.
  private static func record(_ values: XmpValues, isXmpCut: Bool) -> PhotoRecord {
    var found = MetadataValues(kind: .photo)
    found.xmp = values
    found.isXmpCut = isXmpCut
    found.decidePosition()
    var record = RecordBuilder.record(found)
    if case .withoutPosition(.noExif) = record.outcome { record.outcome = .withoutPosition(.noGPS) }
    if record.source != nil { record.source = .sidecar }
    if record.otherSource != nil { record.otherSource = .sidecar }
    return record
  }
}
