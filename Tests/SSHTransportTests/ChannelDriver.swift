import Foundation
import TestSupport
import Testing

@testable import SSHTransport

/// Drives a channel as its owner does: never calls without poll(2).
struct ChannelDriver {
  let channel: any ByteChannel

  /// Until the stream is open.
  func open() throws {
    while !(try channel.advance()) {
      try #require(wait(for: channel.interest), "no answer while \(channel.stage)")
    }
  }

  /// Sends SSH_FXP_INIT and reads the answer; the type of its packet.
  func initialize() throws -> UInt8? {
    var sent = 0
    let packet: [UInt8] = [0, 0, 0, 5, 1, 0, 0, 0, 3]
    while sent < packet.count {
      let count = try packet[sent...].withUnsafeBytes { raw throws(TransportError) in
        try channel.write(raw)
      }
      sent += count
      if count == 0 { try #require(wait(for: channel.interest)) }
    }
    var room = [UInt8](repeating: 0, count: 4_096)
    var answer: [UInt8] = []
    while answer.count < 5 {
      let outcome = try room.withUnsafeMutableBytes { raw throws(TransportError) in
        try channel.read(into: raw)
      }
      switch outcome {
      case .bytes(let count): answer += room[..<count]
      case .wouldBlock: try #require(wait(for: .read), "no answer to INIT")
      case .end: return nil
      }
    }
    return answer[4]
  }

  /// False when nothing happened for a minute.
  func wait(for interest: Interest) -> Bool {
    var event = pollfd(fd: channel.descriptor, events: 0, revents: 0)
    if interest.contains(.read) { event.events |= Int16(POLLIN) }
    if interest.contains(.write) { event.events |= Int16(POLLOUT) }
    return poll(&event, 1, 60_000) > 0
  }
}

extension Endpoint {
  /// The way to a private server, with its key alone.
  init(_ server: PrivateSSHD, mayHandOver: Bool = false) {
    self.init(host: server.host, port: server.port, user: server.user)
    identities = [server.identity]
    knownHostsFiles = [server.knownHosts]
    self.mayHandOver = mayHandOver
  }
}
