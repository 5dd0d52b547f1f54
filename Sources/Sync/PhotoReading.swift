import PhotoMetadata
import PhotoModel
import PhotoSource

/// A reader of metadata that asks for byte ranges; photos and side-cars have one each.
protocol RecordMachine: Sendable {
  /// Ranges to read; nil at the end.
  mutating func nextRanges() -> [Range<Int64>]?
  mutating func receive(_ range: Range<Int64>, _ bytes: [UInt8])
  /// What the bytes say, once, at the end; and where they stood, as far as that teaches anything.
  mutating func takeResult() -> (record: PhotoRecord?, usage: LayoutUsage?)
}

extension MetadataReader: RecordMachine {}
extension SidecarReader: RecordMachine {}

/// A metadata reader as the source's file reader.
final class RecordReading<Machine: RecordMachine>: FileReader {
  private var machine: Machine
  private(set) var record: PhotoRecord?
  private(set) var usage: LayoutUsage?
  /// How often ranges of metadata were asked for: each time is a round trip of the link.
  private(set) var flights = 0
  /// Goes on to the embedded thumbnail, which mostly stands right behind the metadata.
  var wantsThumbnail = false
  private(set) var thumbnail: [UInt8]?
  private var thumbnailRange: Range<Int64>?

  init(_ machine: Machine) { self.machine = machine }

  func nextRanges() -> [Range<Int64>] {
    if record != nil { return nextThumbnail() }
    guard let ranges = machine.nextRanges() else {
      (record, usage) = machine.takeResult()
      return nextThumbnail()
    }
    if !ranges.isEmpty { flights += 1 }
    return ranges
  }

  private func nextThumbnail() -> [Range<Int64>] {
    guard wantsThumbnail, thumbnailRange == nil, let place = record?.thumbnail, place.offset >= 0,
      1...PictureKind.thumbnail.longest ~= place.length
    else { return [] }
    let (end, overflows) = place.offset.addingReportingOverflow(place.length)
    if overflows { return [] }
    thumbnailRange = place.offset..<end
    return [place.offset..<end]
  }

  func receive(_ range: Range<Int64>, _ bytes: [UInt8]) {
    guard range == thumbnailRange else { return machine.receive(range, bytes) }
    if bytes.count == range.count { thumbnail = bytes }
  }
}

typealias PhotoReading = RecordReading<MetadataReader>
typealias SidecarReading = RecordReading<SidecarReader>

extension RecordReading where Machine == MetadataReader {
  convenience init(fileSize: Int64?, hint: ReadHint) {
    self.init(MetadataReader(fileSize: fileSize, hint: hint))
  }
}

extension RecordReading where Machine == SidecarReader {
  convenience init(kind: SidecarKind, fileSize: Int64?) {
    self.init(SidecarReader(kind: kind, fileSize: fileSize))
  }
}

extension LayoutMemory {
  /// The reader for a listed file, which is a photo or a side-car by its name.
  func reader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    if let kind = ListingRules.sidecar(file.name.bytes) {
      return SidecarReading(kind: kind, fileSize: file.size)
    }
    return PhotoReading(fileSize: file.size, hint: hint(for: folder))
  }
}
