import Platform
import SFTP
import SSHTransport

// What happens to kept connections between two walks.
extension ConnectionKeeper {
  /// Seconds without a byte of the server until it is asked for a sign of life, and until that must have come.
  private static let silence = 30.0
  private static let patience = 10.0

  package var isEmpty: Bool { all.isEmpty }

  /// Waits up to `seconds`, at most a quarter of a second, and takes what the servers send meanwhile: replies that no walk waited
  /// for, and questions of the server whether this side is still there, which libssh2 answers while it reads (OpenSSH's
  /// ClientAliveInterval). A server that is silent for half a minute gets one request. What ends, or does not answer, is closed: the
  /// next walk connects anew.
  package func tend(_ seconds: Double) {
    let connections = all.filter { $0.descriptor >= 0 }
    let wait = max(0, min(seconds, 0.25))
    guard !connections.isEmpty else { return SystemClock.sleep(wait) }
    for connection in connections where connection.hasOutbound {
      do { _ = try connection.flush() } catch { drop(connection) }
    }
    let milliseconds = Int32((wait * 1000).rounded(.up))
    let readable = PollSet.wait(for: all, milliseconds: milliseconds)
    let now = SystemClock.now()
    for connection in all {
      connection.tend()
      let isReadable = readable.contains { $0 === connection }
      if !isReadable || receive(on: connection, now) {
        ask(connection, now)
      } else {
        drop(connection)
      }
    }
  }

  /// - Returns: false when the connection is of no use any more.
  private func receive(on connection: PooledConnection, _ now: Double) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    do {
      for _ in 0..<64 {
        switch try connection.receive(through: &buffer) {
        case .bytes: while try connection.nextReply(now: now) != nil {}
        case .wouldBlock: return true
        case .end: return false
        }
      }
      return true
    } catch {
      return false
    }
  }

  private func ask(_ connection: PooledConnection, _ now: Double) {
    if connection.isOverdue(Self.patience, now: now) { return drop(connection) }
    guard connection.requests.isEmpty, now - connection.lastProgress > Self.silence else { return }
    connection.ping(now: now)
    do { _ = try connection.flush() } catch { drop(connection) }
  }
}
