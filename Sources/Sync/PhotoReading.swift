import PhotoMetadata
import PhotoModel
import PhotoSource

/// A reader of metadata that asks for byte ranges; photos and side-cars have one each.
protocol RecordMachine: Sendable {
  mutating func next() -> MetadataReader.Step
  mutating func receive(_ range: Range<Int64>, _ bytes: [UInt8])
}

extension MetadataReader: RecordMachine {}
extension SidecarReader: RecordMachine {}

/// A metadata reader as the source's file reader.
final class RecordReading<Machine: RecordMachine>: FileReader {
  private(set) var machine: Machine
  private(set) var record: PhotoRecord?

  init(_ machine: Machine) { self.machine = machine }

  func nextRanges() -> [Range<Int64>] {
    if record != nil { return [] }
    switch machine.next() {
    case .need(let ranges): return ranges
    case .done(let record):
      self.record = record
      return []
    }
  }

  func receive(_ range: Range<Int64>, _ bytes: [UInt8]) { machine.receive(range, bytes) }
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
