/// Why there is no stream, or no longer one: what failed, where, why, and what to try.
public struct TransportError: Error, Sendable, Equatable {
  public var kind: Kind
  /// What happened and where, one line.
  public var message: String
  /// What to try, one line; may be empty.
  public var advice: String
  /// libssh2 cannot do it; the ssh program may. See ``AutomaticChannel``.
  public var needsSSHProgram = false

  public init(_ kind: Kind, _ message: String, advice: String = "") {
    self.kind = kind
    self.message = message
    self.advice = advice
  }

  /// The server ended the session after the login and before it spoke SFTP.
  package static func endedAfterLogin(_ server: String, _ detail: String) -> TransportError {
    TransportError(
      .endedAfterLogin, "\(server) ended the session right after the login: \(detail)",
      advice:
        "ask its administrator; usual causes: a chroot folder that root does not own, no sftp-server, "
        + "a ForceCommand, an account without access to SFTP")
  }

  /// What went wrong, and with it whether another try can help.
  public enum Kind: Sendable, Equatable {
    /// Name not found, connection refused, no route: not retried.
    case unreachable
    /// No answer to the connection request in time: worth a retry.
    case connectTimeout
    /// The server hung up before authentication, as it does under MaxStartups: worth a retry
    /// when another connection to it stands.
    case handshakeDropped
    /// No common algorithm, or not an SSH server.
    case handshakeFailed
    case hostKeyUnknown
    case hostKeyChanged
    case hostKeyRevoked
    /// Never retried.
    case authentication
    /// The server refused the channel or the subsystem, as it does under MaxSessions.
    case channelRefused
    /// The session ended after the login and before the server spoke SFTP: the account may not use it, or the link
    /// broke in that moment. Worth one retry.
    case endedAfterLogin
    /// An open stream broke: reset, MAC error, server gone.
    case connectionLost
    case configuration
  }
}
