import Platform
package import PhotoModel
package import PhotoSource
package import SSHTransport

/// What a ``SiteProbe`` found out about a site, its server and the link to it.
package struct SiteFindings: Sendable, Equatable {
  /// Photos and folders directly in the root.
  package var photos = 0
  package var folders = 0
  /// What the listing of the root skips.
  package var skipped = SkippedEntries()
  /// Of the files in the root that are read, in small letters.
  package var extensions: Set<String> = []
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
  /// Absolute path of the login folder, where `SourceOptions.asksHome` asked for it.
  package var home: [UInt8]?
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
  /// - Throws: `SourceError` or `TransportError`, also when the root could not be listed to its end.
  package func run(
    measuresLink: Bool = false, onNote: @escaping (String) -> Void
  ) throws -> SiteFindings {
    let start = SystemClock.now()
    // All walks go over one connection.
    let connections = ConnectionKeeper()
    var findings = SiteFindings()
    let root = RootVisitor(onNote: onNote)
    var loss: String?
    do {
      loss = try walk(place, root, depth: 0, connections, &findings, onNote)
    } catch let error as SourceError {
      guard case .rootMissing = error, let other = place.slashChanged else { throw error }
      do {
        loss = try walk(other, root, depth: 0, connections, &findings, onNote)
      } catch _ as SourceError {
        throw error
      }
      findings.workingPath = other.server?.path
    }
    if let error = root.error {
      // The listing itself only knows that its connection broke.
      guard case .gaveUp(let message, let advice) = error, let loss else { throw error }
      throw SourceError.gaveUp("\(loss); \(message)", advice: advice)
    }
    if measuresLink, findings.workingPath == nil {
      let speed = SpeedVisitor(onNote: onNote)
      // As deep as the first photo may lie.
      _ = try walk(place, speed, depth: 3, connections, &findings, onNote)
      findings.bytesPerSecond = speed.rate(
        roundTrip: (findings.roundTripMilliseconds ?? 0) / 1000)
    }
    findings.photos = root.photos
    findings.folders = root.folders
    findings.extensions = root.extensions
    findings.seconds = SystemClock.now() - start
    return findings
  }

  /// - Returns: why its last connection broke.
  private func walk(
    _ place: SitePlace, _ visitor: any SourceVisitor, depth: Int, _ connections: ConnectionKeeper,
    _ findings: inout SiteFindings, _ onNote: (String) -> Void
  ) throws -> String? {
    var options = options
    options.connections = 1
    options.maximumDepth = depth
    let source = openSource(
      place, access: access, options: options, visitor: visitor,
      connections: connections)
    defer { access.credentials.takeNewHostKeys().forEach(onNote) }
    try source.run()
    if depth == 0 { findings.skipped = source.statistics.skipped }
    let state = source.state
    let server = state.server
    findings.home = findings.home ?? server.home
    findings.peer = findings.peer ?? server.peer
    let times = [findings.roundTripMilliseconds, source.statistics.roundTripMilliseconds]
    findings.roundTripMilliseconds = times.compactMap { $0 }.min()
    if let limits = server.limits {
      findings.maximumRead = limits.readLength
      findings.maximumHandles = limits.openHandles
    }
    return state.loss
  }
}
