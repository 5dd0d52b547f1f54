import Foundation
import Synchronization

/// A TCP proxy on 127.0.0.1 that injects one fault, after a number of bytes from the server. Later connections pass
/// unchanged. A lossy link injects faults all the time.
package final class FaultyLink: Sendable {
  package enum Action: String, Sendable, CaseIterable {
    /// Both connections stay open and transfer nothing more.
    case stall
    /// Both are closed hard (RST).
    case reset
    /// One bit of one byte is turned.
    case flip
    /// Every twentieth packet is a quarter of a second late, as after a TCP retransmission.
    case loss
  }

  package let port: UInt16
  private let listener: Int32
  private let target: UInt16
  private let action: Action
  private let limit: Int
  private let acted = Mutex(false)

  package var hasActed: Bool { acted.withLock { $0 } }

  package init(to target: UInt16, _ action: Action, after limit: Int) throws {
    self.target = target
    self.action = action
    self.limit = limit
    let listener = Self.makeSocket()
    self.listener = listener
    var address = Self.loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let made = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 16) == 0
          && getsockname(listener, $0, &size) == 0
      }
    }
    guard made else { throw TestSupportError("no port for the faulty link") }
    port = UInt16(bigEndian: address.sin_port)
    Thread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0, let self else { return }
        Thread { self.carry(client) }.start()
      }
    }.start()
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func carry(_ client: Int32) {
    let server = Self.makeSocket()
    var address = Self.loopback(target)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    defer {
      close(client)
      close(server)
    }
    guard connected else { return }
    var fromServer = 0
    var portions = 0
    var isStalled = false
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      var polled = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isStalled ? -1 : server, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&polled, 2, 30_000) > 0 else { return }
      if polled[0].revents != 0 {
        let count = recv(client, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        if !isStalled, send(server, buffer, count, Int32(MSG_NOSIGNAL)) != count { return }
      }
      if polled[1].revents != 0 {
        let count = recv(server, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        fromServer += count
        portions += 1
        if action == .loss {
          if portions % 20 == 0 { usleep(250_000) }
          if send(client, buffer, count, Int32(MSG_NOSIGNAL)) != count { return }
          continue
        }
        let isDue = fromServer > limit && !acted.withLock { $0 }
        if isDue {
          acted.withLock { $0 = true }
          switch action {
          case .stall:
            isStalled = true
            continue
          case .flip: buffer[0] ^= 1
          case .loss: break
          case .reset:
            var hard = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
              client, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
            return
          }
        }
        if send(client, buffer, count, Int32(MSG_NOSIGNAL)) != count { return }
      }
    }
  }

  private static func makeSocket() -> Int32 {
    #if canImport(Darwin)
      socket(AF_INET, SOCK_STREAM, 0)
    #else
      socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    address.sin_port = port.bigEndian
    return address
  }
}
