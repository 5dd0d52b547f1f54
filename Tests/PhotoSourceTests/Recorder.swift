import PhotoModel

@testable import PhotoSource

/// Writes down what a source reports, and reads a fixed piece of each file.
final class Recorder: SourceVisitor {
  var knownFolders: [KnownFolderHint] = []
  var cancelAfter = Int.max
  var ranges: [Range<Int64>] = [0..<100]
  /// Photos of an earlier run.
  var known: [PathBytes: [PathBytes]] = [:]
  var wants: (ListedFile) -> Bool = { _ in true }
  /// Called for every file that is done, before it is written down.
  var onRead: () -> Void = {}
  /// A run that has not ended by then hangs.
  var deadline: ContinuousClock.Instant?

  private(set) var listed: [PathBytes: [ListedFile]] = [:]
  private(set) var ended: [PathBytes: ListingOutcome] = [:]
  private(set) var endedTwice: [PathBytes] = []
  private(set) var vanished: Set<PathBytes> = []
  private(set) var contents: [PathBytes: [UInt8]] = [:]
  private(set) var failures: [PathBytes: Failure] = [:]
  private(set) var readTwice: [PathBytes] = []
  private(set) var notes: [String] = []
  private(set) var isLate = false

  var isCancelled: Bool {
    if let deadline, deadline < .now {
      isLate = true
      return true
    }
    return contents.count >= cancelAfter
  }

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    listed[folder, default: []] += files
    return files.indices.filter { wants(files[$0]) }
  }

  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    if ended.updateValue(outcome, forKey: folder) != nil { endedTwice.append(folder) }
  }

  func unseen(in folder: PathBytes) -> [PathBytes] {
    let seen = Set(listed[folder]?.map(\.name) ?? [])
    return (known[folder] ?? []).filter { !seen.contains($0) }
  }

  func didVanish(_ folder: PathBytes) { vanished.insert(folder) }

  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    PieceReader(ranges)
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    let path = folder.appending(file.name)
    onRead()
    if contents[path] != nil || failures[path] != nil { readTwice.append(path) }
    switch outcome {
    case .read(let reader): contents[path] = (reader as? PieceReader)?.bytes ?? []
    case .failed(let failure, _): failures[path] = failure
    }
  }

  func note(_ text: String) { notes.append(text) }
}

/// Asks for its ranges one flight after the other.
final class PieceReader: FileReader {
  private var ranges: [Range<Int64>]
  private(set) var bytes: [UInt8] = []

  init(_ ranges: [Range<Int64>]) { self.ranges = ranges }

  func nextRanges() -> [Range<Int64>] { ranges.isEmpty ? [] : [ranges.removeFirst()] }
  func receive(_ range: Range<Int64>, _ bytes: [UInt8]) { self.bytes += bytes }
}
