import SFTP
import SSHTransport

// Timeouts of one connection.
extension PooledConnection {
  /// Busy, and no progress at all for so long; a slow link that delivers is not overdue.
  func isOverdue(_ timeout: Double, now: Double) -> Bool {
    guard !requests.isEmpty || !isVersionKnown else { return false }
    if now - max(lastProgress, readyAt) <= timeout { return false }
    // An idle connection's clock starts with its next request.
    let firstSent = requests.values.lazy.map(\.sentAt).min() ?? readyAt
    return now - firstSent > timeout
  }

  /// Why nothing is to be expected of it any more; nil while it is in time.
  func overdue(_ options: SourceOptions, _ label: String, now: Double) -> TransportError? {
    let connectTimeout = options.connecting
    let age = age(now: now)
    switch state {
    case .connecting where age > connectTimeout && stage.isConnecting:
      return TransportError(
        .connectTimeout, "\(stage): no answer within \(Self.text(connectTimeout)) s",
        advice: "check host, port and network; a firewall may drop the packets")
    case .connecting where age > options.timeout:
      // A host that answers but stays silent does so again: no retry of the first connection.
      return TransportError(
        .handshakeDropped, "\(stage): no answer within \(Self.text(options.timeout)) s",
        advice: "a longer --timeout")
    case .greeting where isOverdue(options.timeout, now: now),
      .ready where isOverdue(options.timeout, now: now):
      return TransportError(
        .connectionLost, "\(label): no reply within \(Self.text(options.timeout)) s",
        advice: "again, with a longer --timeout when the link is slow; finished photos are kept")
    default: return nil
    }
  }

  /// A stream that was opened and ends before the server's first SFTP message tells of the account, not of the link.
  func cause(of error: TransportError, _ label: String) -> TransportError {
    let isStart = isOpen && !isVersionKnown
    return isStart && error.kind == .connectionLost
      ? .endedAfterLogin(label, error.message) : error
  }

  static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() && abs(seconds) < 1e6 ? String(Int(seconds)) : String(seconds)
  }
}

extension SourceError {
  static func violation(_ error: ProtocolError, by server: String) -> SourceError {
    let isText = if case .textBeforeVersion = error { true } else { false }
    return .protocolViolation(
      "\(server): \(error.description)",
      advice: isText
        ? "make sure the remote shell produces no output at login (.bashrc, banner)"
        : "check which SFTP server runs there")
  }

  static func silence(of server: String, seconds: Double) -> SourceError {
    .gaveUp(
      "\(server): no reply for \(PooledConnection.text(seconds)) s",
      advice: "run the sync again later; finished photos are kept")
  }
}

extension SourceError {
  /// Logins succeed, and no request is answered.
  static func mute(_ server: String, _ last: TransportError) -> SourceError {
    .gaveUp(
      "\(server) answers no request: \(last.message)",
      advice: "check the server's disk and its SFTP program; finished photos are kept")
  }
}

extension TransportError {
  static func sessionClosed(by server: String) -> TransportError {
    TransportError(
      .connectionLost, "\(server) closed the SFTP session",
      advice: "run the sync again; finished photos are kept")
  }
}
