import PhotoModel
package import PhotoSource
package import SSHTransport

/// What one connection to a site shows of server and link.
package struct SiteProbe: Sendable, Equatable {
  package var peer: PeerInfo?
  package var roundTripMilliseconds: Double?
  /// Bytes a second while a part of one photo was read; nil when none was found near the root.
  package var bytesPerSecond: Double?
  /// What the server states of itself (`limits@openssh.com`); nil: nothing, 0: no limit.
  package var maximumRead: UInt64?
  package var maximumHandles: UInt64?
  /// Photos and folders directly in the root.
  package var photos = 0
  package var folders = 0

  /// Files that a connection has open at once, at most, and at first where nothing is stated.
  package var window: Int {
    guard let handles = maximumHandles, handles > 0 else { return 64 }
    return max(1, min(Int(min(handles, 100_000)) - 16, 1_000))
  }
}

/// Logs in, looks into the root, and reads up to two megabytes of the first photo it meets.
/// - Throws: `SourceError` or `TransportError`.
package func probeSite(
  place: SitePlace, access: AccessOptions, options: SourceOptions, note: @escaping (String) -> Void
) throws -> SiteProbe {
  var options = options
  options.connections = 1
  let keeper = ConnectionKeeper()
  let root = RootVisitor(note: note)
  let speed = SpeedVisitor(note: note)
  var probe = SiteProbe()
  // Two walks over one connection: the root alone, then as deep as the first photo may lie.
  for (visitor, depth) in [(root, 0), (speed, 3)] as [(any SourceVisitor, Int)] {
    options.maximumDepth = depth
    switch place {
    case .folder(let path):
      let source = LocalSource(root: path, options: options, visitor: visitor)
      try source.run()
    case .server(let server):
      let access = ServerAccess(server, access, timeout: options.timeout)
      let source = SFTPSource(access, options: options, visitor: visitor, keeper: keeper)
      try source.run()
      probe.peer = probe.peer ?? source.peer
      let times = [probe.roundTripMilliseconds, source.statistics.roundTripMilliseconds]
      probe.roundTripMilliseconds = times.compactMap { $0 }.min()
      if let limits = source.statedLimits {
        probe.maximumRead = limits.readLength
        probe.maximumHandles = limits.openHandles
      }
    }
  }
  probe.photos = root.photos
  probe.folders = root.folders
  probe.bytesPerSecond = speed.rate(roundTrip: (probe.roundTripMilliseconds ?? 0) / 1000)
  return probe
}

/// Reads a part of the largest photo of the first folder that has some, and then ends the walk; also when there
/// seems to be none.
private final class SpeedVisitor: SourceVisitor {
  private let onNote: (String) -> Void
  private var listed = 0
  private var reading: SpeedReading?
  private var isOver = false

  init(note: @escaping (String) -> Void) { onNote = note }

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
    reading?.start = monotonicClock()
    return reading ?? SpeedReading(size: 0)
  }
  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) { isOver = true }
  func note(_ text: String) { onNote(text) }

  /// Bytes a second; the round trip of the OPEN is no time of the link's bandwidth.
  func rate(roundTrip: Double) -> Double? {
    guard let reading, reading.bytes > 0 else { return nil }
    return Double(reading.bytes) / max(reading.end - reading.start - roundTrip, 1e-4)
  }
}

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
    end = monotonicClock()
  }
}
