import PhotoModel
package import PhotoSource
package import SSHTransport

/// What a ``SiteProbe`` found out about a site, its server and the link to it.
package struct SiteFindings: Sendable, Equatable {
  /// Photos and folders directly in the root.
  package var photos = 0
  package var folders = 0
  /// The path that works when the given one does not: the same with or without the leading slash.
  package var workingPath: [UInt8]?
  /// nil for a folder, and where the ssh program makes the connection.
  package var peer: PeerInfo?
  package var roundTripMilliseconds: Double?
  /// Bytes per second while a part of one photo was read; nil when none was found near the root.
  package var bytesPerSecond: Double?
  /// What the server states of itself (`limits@openssh.com`); nil: nothing, 0: no limit.
  package var maximumRead: UInt64?
  package var maximumHandles: UInt64?
  package var seconds = 0.0

  /// Files that a connection has open at once, at most, and at first where nothing is stated.
  package var window: Int {
    guard let handles = maximumHandles, handles > 0 else { return 64 }
    return max(1, min(Int(min(handles, 100_000)) - 16, 1_000))
  }
}

/// Connects to a site, lists its root and, when asked, measures the link. Writes nothing.
package struct SiteProbe {
  package var place: SitePlace
  package var access: AccessOptions
  package var options: SourceOptions

  package init(place: SitePlace, access: AccessOptions, options: SourceOptions) {
    self.place = place
    self.access = access
    self.options = options
  }

  /// - Parameter measuresLink: also read up to two megabytes of the first photo near the root.
  /// - Throws: `SourceError` or `TransportError`.
  package func run(
    measuresLink: Bool = false, onNote: @escaping (String) -> Void
  ) throws -> SiteFindings {
    let start = monotonicClock()
    // All walks go over one connection.
    let connections = ConnectionKeeper()
    var findings = SiteFindings()
    let root = RootVisitor(onNote: onNote)
    do {
      try walk(root, depth: 0, connections, &findings)
    } catch let error as SourceError {
      guard case .rootMissing = error, let path = otherPath else { throw error }
      do {
        try walk(root, depth: 0, path: path, connections, &findings)
      } catch _ as SourceError {
        throw error
      }
      findings.workingPath = path
    }
    if measuresLink, findings.workingPath == nil {
      let speed = SpeedVisitor(onNote: onNote)
      // As deep as the first photo may lie.
      try walk(speed, depth: 3, connections, &findings)
      findings.bytesPerSecond = speed.rate(
        roundTrip: (findings.roundTripMilliseconds ?? 0) / 1000)
    }
    findings.photos = root.photos
    findings.folders = root.folders
    findings.seconds = monotonicClock() - start
    return findings
  }

  /// Some servers want the leading slash, some want none.
  private var otherPath: [UInt8]? {
    guard case .server(let server) = place, let first = server.path.first else { return nil }
    let slash = UInt8(ascii: "/")
    return first == slash ? Array(server.path.drop { $0 == slash }) : [slash] + server.path
  }

  private func walk(
    _ visitor: any SourceVisitor, depth: Int, path: [UInt8]? = nil,
    _ connections: ConnectionKeeper, _ findings: inout SiteFindings
  ) throws {
    var options = options
    options.connections = 1
    options.maximumDepth = depth
    let source = openSource(
      place, path: path, access: access, options: options, visitor: visitor,
      connections: connections)
    try source.run()
    findings.peer = findings.peer ?? source.peer
    let times = [findings.roundTripMilliseconds, source.statistics.roundTripMilliseconds]
    findings.roundTripMilliseconds = times.compactMap { $0 }.min()
    if let limits = source.statedLimits {
      findings.maximumRead = limits.readLength
      findings.maximumHandles = limits.openHandles
    }
  }
}
