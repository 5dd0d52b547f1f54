package import PhotoModel

/// What is known of the server's clock, seconds since 1970 UTC. SFTP v3 has no request for it, but
/// the times of files tell: no file can have been written after "now".
package struct ServerTime: Sendable, Equatable {
  /// The clock itself, seen when reading a file moved its access time; nil when none did
  /// (`noatime`).
  package var clock: Int64?
  /// The newest time of any entry seen, not later than the own clock allows: the server's clock
  /// has passed it, unless somebody dated a file into the future.
  package var newest: Int64?

  package init(clock: Int64? = nil, newest: Int64? = nil) {
    self.clock = clock
    self.newest = newest
  }

  mutating func note(_ time: UInt32?, now: Int64) {
    guard let time, Int64(time) <= now else { return }
    newest = max(newest ?? .min, Int64(time))
  }
}

/// What a run has cost so far.
package struct SourceStatistics: Sendable, Equatable {
  /// OPEN requests for files that the server granted.
  package var filesOpened = 0
  /// READ requests sent.
  package var dataRequests = 0
  /// Bytes of the SFTP protocol, before SSH framing and compression.
  package var bytesReceived = 0
  package var bytesSent = 0
  /// Connections that carried work.
  package var connections = 0
  /// Connections that were made anew, each with a login.
  package var logins = 0
  /// The shortest request-to-reply time seen, milliseconds; nil before the first reply.
  package var roundTripMilliseconds: Double?
  /// Files requeued after a broken connection or a refused open.
  package var retries = 0
  /// Entries that were listed and not looked at.
  package var skipped = SkippedEntries()
  /// Sidecar files (`ListingRules.sidecar(_:)`), whether or not they belong to a photo.
  package var sidecarsListed = 0
  /// Folders that waited when a limit of the walk was reached, and were not listed.
  package var foldersUnlisted = 0
  /// The server's clock, as far as it showed it.
  package var serverTime = ServerTime()

  package init() {}

  /// With what another part of the same walk counted.
  package func adding(_ other: SourceStatistics) -> SourceStatistics {
    var sum = self
    sum.filesOpened += other.filesOpened
    sum.dataRequests += other.dataRequests
    sum.bytesReceived += other.bytesReceived
    sum.bytesSent += other.bytesSent
    sum.connections += other.connections
    sum.logins += other.logins
    sum.retries += other.retries
    sum.skipped.add(other.skipped)
    sum.sidecarsListed += other.sidecarsListed
    sum.foldersUnlisted += other.foldersUnlisted
    sum.roundTripMilliseconds = [roundTripMilliseconds, other.roundTripMilliseconds]
      .compactMap(\.self).min()
    sum.serverTime.clock = [serverTime.clock, other.serverTime.clock].compactMap(\.self).max()
    sum.serverTime.newest = [serverTime.newest, other.serverTime.newest].compactMap(\.self).max()
    return sum
  }
}
