import PhotoMetadata
import PhotoModel
import PhotoSource

/// A metadata machine as the source's file reader.
final class PhotoReading: FileReader {
  private(set) var machine: MetadataReader
  private(set) var record: PhotoRecord?

  init(fileSize: Int64?, hint: ReadHint) {
    machine = MetadataReader(fileSize: fileSize, hint: hint)
  }

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

/// The machine for a file beside a photo as the source's file reader.
final class SidecarReading: FileReader {
  private var machine: SidecarReader
  private(set) var record: PhotoRecord?

  init(kind: SidecarKind, fileSize: Int64?) {
    machine = SidecarReader(kind: kind, fileSize: fileSize)
  }

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
