import Platform
import SFTP
import SSHTransport

// What breaks the protocol.
extension ConnectionPool {
  func failed(
    _ connection: PooledConnection, _ error: ProtocolError, _ user: any ConnectionUser
  ) throws {
    guard connection.isOpen else { return }
    if case .brokenPrediction = error {
      // What this server does with handles is not known after all: again, one step after the other.
      habits.predictsHandles = false
      user.note("connection \(connection.number + 1) starts again: \(error.description)")
      retire(connection, user)
      if !othersStand { backOff.schedule(now: SystemClock.now(), .none) }
      return
    }
    let isVersionKnown = connection.isVersionKnown
    retire(connection, user)
    // A server that breaks the protocol once does so again: one more try, then the end.
    protocolErrors += 1
    if protocolErrors > 1 || !isVersionKnown {
      throw SourceError.violation(error, by: label)
    }
    user.note("connection \(connection.number + 1) dropped: \(error.description)")
    backOff.schedule(now: SystemClock.now())
  }
}
