import PhotoModel
package import PhotoSource
package import SSHTransport

/// What `site test` found.
package struct SiteTestReport: Sendable, Equatable {
  /// Photos and folders directly in the root.
  package var photos = 0
  package var folders = 0
  /// The path that works when the given one does not: the same with or without the leading slash.
  package var workingPath: [UInt8]?
  package var roundTripMilliseconds: Double?
  /// nil for a folder, and where the ssh program makes the connection.
  package var peer: PeerInfo?
  package var seconds = 0.0
}

/// Logs in, lists the root and stops.
/// - Throws: `SourceError` or `TransportError`.
package func testSite(
  place: SitePlace, access: AccessOptions, options: SourceOptions, note: @escaping (String) -> Void
) throws -> SiteTestReport {
  let start = monotonicClock()
  var options = options
  options.connections = 1
  options.maximumDepth = 0
  let visitor = RootVisitor(note: note)
  var report = SiteTestReport()
  switch place {
  case .folder(let path):
    let source = LocalSource(root: path, options: options, visitor: visitor)
    try source.run()
  case .server(let server):
    let access = ServerAccess(server, access, timeout: options.timeout)
    func run(_ path: [UInt8]) throws {
      let source = SFTPSource(access, path: path, options: options, visitor: visitor)
      try source.run()
      report.roundTripMilliseconds = source.statistics.roundTripMilliseconds
      report.peer = source.peer
    }
    do {
      try run(server.path)
    } catch let error as SourceError {
      guard case .rootMissing = error, !server.path.isEmpty else { throw error }
      // Some servers want the leading slash, some want none.
      let slash = UInt8(ascii: "/")
      let other =
        server.path.first == slash ? Array(server.path.drop { $0 == slash }) : [slash] + server.path
      do { try run(other) } catch _ as SourceError { throw error }
      report.workingPath = other
    }
  }
  report.photos = visitor.photos
  report.folders = visitor.folders
  report.seconds = monotonicClock() - start
  return report
}

/// Counts what stands in the root; folders below are named to it as too deep to enter.
final class RootVisitor: SourceVisitor {
  private(set) var photos = 0
  private(set) var folders = 0
  let isCancelled = false
  private let onNote: (String) -> Void

  init(note: @escaping (String) -> Void) { onNote = note }

  var knownFolders: [KnownFolderHint] { [] }
  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    if folder.isEmpty { photos += files.count }
    return []
  }
  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    if folder.parent.isEmpty, !folder.isEmpty { folders += 1 }
  }
  func didVanish(_ folder: PathBytes) {}
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader { NoReading() }
  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {}
  func note(_ text: String) { onNote(text) }
}

private final class NoReading: FileReader {
  func nextRanges() -> [Range<Int64>] { [] }
  func receive(_ range: Range<Int64>, _ bytes: [UInt8]) {}
}
