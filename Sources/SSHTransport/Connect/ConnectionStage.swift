/// What a connection is doing before it carries SFTP; its `description` is for messages.
public enum ConnectionStage: Hashable, Sendable {
  /// TCP, or a proxy program, is reaching this address.
  case connecting(to: String)
  case handshake(with: String)
  case authenticating(at: String)
  /// The SFTP subsystem is being asked for.
  case startingSFTP(on: String)
  /// The stream is open, or a child process has it.
  case talking(to: String, through: String? = nil)

  /// No byte of the server has arrived yet.
  public var isConnecting: Bool {
    if case .connecting = self { true } else { false }
  }
}

extension ConnectionStage: CustomStringConvertible {
  public var description: String {
    switch self {
    case .connecting(let server): "connecting to \(server)"
    case .handshake(let server): "waiting for the SSH handshake of \(server)"
    case .authenticating(let server): "authenticating at \(server)"
    case .startingSFTP(let server): "starting SFTP on \(server)"
    case .talking(let server, nil): "talking to \(server)"
    case .talking(let server, let program?): "talking to \(server) through \(program)"
    }
  }
}
