import Foundation
import TestSupport

/// A port of 127.0.0.1 that accepts and says nothing: whoever connects waits until it is closed. So a test knows
/// what a client is doing, without waiting by the clock.
final class SilentServer {
  let port: UInt16
  private let listener: Int32
  private var clients: [Int32] = []

  init() throws {
    #if canImport(Darwin)
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #else
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let listens = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 8) == 0
          && getsockname(listener, $0, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard listens else { throw TestSupportError("no free port on 127.0.0.1") }
    _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
  }

  /// True when somebody has connected.
  func waitForClient(seconds: Double) -> Bool {
    Poll.until(seconds: seconds) {
      let client = accept(listener, nil, nil)
      if client < 0 { return false }
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      clients.append(client)
      return true
    }
  }

  /// Lets all clients go, and whoever comes again, until that holds.
  func dismiss(until holds: () -> Bool) {
    _ = Poll.until(seconds: 60) {
      for client in clients { close(client) }
      clients = []
      _ = waitForClient(seconds: 0)
      return holds()
    }
  }

  deinit {
    for client in clients { close(client) }
    close(listener)
  }
}
