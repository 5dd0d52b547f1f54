import Platform
import PhotoModel
import PhotoSource

/// Counts what stands in the root. Folders in it are reported as too deep to enter.
final class RootVisitor: SourceVisitor {
  private(set) var photos = 0
  private(set) var folders = 0
  private(set) var extensions: Set<String> = []
  /// Why the root could not be listed. One with more entries than a walk takes is listed well enough.
  private(set) var error: SourceError?
  let isCancelled = false
  private let onNote: (String) -> Void

  init(onNote: @escaping (String) -> Void) { self.onNote = onNote }

  var knownFolders: [KnownFolderHint] { [] }
  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    if folder.isEmpty {
      photos += files.count
      for file in files {
        if let suffix = NameExtension(of: file.name.bytes) { extensions.insert(suffix.text) }
      }
    }
    return []
  }
  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    if !folder.isEmpty {
      if folder.parent.isEmpty { folders += 1 }
    } else if case .incomplete(let reason, let detail) = outcome {
      error = Self.error(reason, "the site's folder could not be listed: \(detail)")
    } else {
      error = nil
    }
  }

  private static func error(_ reason: ListingFailure, _ message: String) -> SourceError? {
    switch reason {
    case .permissionDenied: .rootUnreadable(message)
    case .vanished: .rootMissing(message)
    case .serverError: .rootFailed(message)
    case .transport:
      .gaveUp(message, advice: "again, with a longer --timeout when the link is slow")
    case .tooManyEntries, .tooDeep, .siteLimit, .cancelled: nil
    }
  }

  func didVanish(_ folder: PathBytes) {}
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    SpeedReading(size: 0)
  }
  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {}
  func note(_ text: String) { onNote(text) }
}

/// Reads a part of the largest photo of the first folder that has some, and then ends the walk; also when there
/// seems to be none.
final class SpeedVisitor: SourceVisitor {
  private let onNote: (String) -> Void
  private var listed = 0
  private var reading: SpeedReading?
  private var isOver = false

  init(onNote: @escaping (String) -> Void) { self.onNote = onNote }

  var knownFolders: [KnownFolderHint] { [] }
  var isCancelled: Bool { isOver || listed > 200 && reading == nil }

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    guard reading == nil,
      let largest = files.indices.max(by: { files[$0].size ?? 0 < files[$1].size ?? 0 }),
      let size = files[largest].size, size > 0
    else { return [] }
    reading = SpeedReading(size: size)
    return [largest]
  }
  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) { listed += 1 }
  func didVanish(_ folder: PathBytes) {}
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    reading?.start = SystemClock.now()
    return reading ?? SpeedReading(size: 0)
  }
  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) { isOver = true }
  func note(_ text: String) { onNote(text) }

  /// Bytes per second. The round trip of the OPEN says nothing of the link's bandwidth.
  func rate(roundTrip: Double) -> Double? {
    guard let reading, reading.bytes > 0 else { return nil }
    return Double(reading.bytes) / max(reading.end - reading.start - roundTrip, 1e-4)
  }
}

/// Reads the first bytes of a file, two megabytes at most.
private final class SpeedReading: FileReader {
  private var wanted: Int64
  var start = 0.0
  private(set) var end = 0.0
  private(set) var bytes = 0

  init(size: Int64) { wanted = min(size, 2 << 20) }

  func nextRanges() -> [Range<Int64>] {
    defer { wanted = 0 }
    return wanted > 0 ? [0..<wanted] : []
  }

  func receive(_ range: Range<Int64>, _ bytes: [UInt8]) {
    self.bytes += bytes.count
    end = SystemClock.now()
  }
}
