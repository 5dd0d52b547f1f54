import SSHTransport

// Timeouts of one connection.
extension PooledConnection {
  /// Why nothing is to be expected of it any more; nil while it is in time.
  func overdue(_ options: SourceOptions, _ label: String, now: Double) -> TransportError? {
    let connectTimeout = min(options.timeout, options.connectTimeout)
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
        advice: "try a longer --timeout")
    case .ready where isOverdue(options.timeout, now: now):
      return TransportError(
        .connectionLost, "\(label): no reply within \(Self.text(options.timeout)) s",
        advice: "the link or the server stalls; run the sync again, finished photos are kept")
    default: return nil
    }
  }

  static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() && abs(seconds) < 1e6 ? String(Int(seconds)) : String(seconds)
  }
}
