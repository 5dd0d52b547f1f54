import LinkSimulation
import TestSupport
import Testing

@testable import SSHTransport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Several streams over one login at a real server.
@Suite(.enabled(if: PrivateSSHD.isAvailable, "needs OpenSSH's server"))
struct SiblingChannelTests {
  private func channel(_ server: PrivateSSHD, port: UInt16? = nil) throws -> LibSSH2Channel {
    var endpoint = Endpoint(server)
    if let port {
      endpoint.port = port
      endpoint.knownHostsFiles = [try server.knownHosts(port: port)]
    }
    let channel = LibSSH2Channel(endpoint)
    try ChannelDriver(channel: channel).open()
    return channel
  }

  private func sibling(_ channel: any ByteChannel) throws -> any ByteChannel {
    let sibling = try #require(channel.makeSibling())
    try ChannelDriver(channel: sibling).open()
    return sibling
  }

  @Test func siblingsSpeakSFTPOverOneLogin() throws {
    let server = try PrivateSSHD()
    let first = try channel(server)
    // OpenSSH opens the window when the subsystem runs, to 2 MB.
    #expect(first.sendWindow == nil)
    let second = try sibling(first)
    let third = try sibling(second)
    #expect(third.isOpenSSH && third.peer == first.peer && third.descriptor == first.descriptor)
    for channel in [third, first, second] {
      #expect(try ChannelDriver(channel: channel).initialize() == 2)
    }
  }

  @Test func aSessionLastsAsLongAsAnyOfItsStreams() throws {
    let server = try PrivateSSHD()
    let first = try channel(server)
    let second = try sibling(first)
    first.close()
    #expect(first.descriptor == -1 && first.makeSibling() == nil)
    let third = try sibling(second)
    second.close()
    #expect(try ChannelDriver(channel: third).initialize() == 2)
    third.close()
    #expect(third.descriptor == -1 && third.makeSibling() == nil)
  }

  @Test func aRefusedSiblingLeavesTheOthersAlone() throws {
    var options = PrivateSSHD.Options()
    options.extraLines = ["MaxSessions 1"]
    let server = try PrivateSSHD(options)
    let first = try channel(server)
    let second = try #require(first.makeSibling())
    let error = #expect(throws: TransportError.self) {
      try ChannelDriver(channel: second).open()
    }
    #expect(error?.kind == .channelRefused)
    #expect(try ChannelDriver(channel: first).initialize() == 2)
  }

  /// One of four streams, which all ask for a path again and again.
  private struct Talk {
    static let requests = 8_000
    let channel: any ByteChannel
    var outbound: [UInt8] = [0, 0, 0, 5, 1, 0, 0, 0, 3]
    var sent = 0
    var received: [UInt8] = []
    var replies = 0
    var isOver: Bool { replies == Self.requests + 1 }

    init(_ channel: any ByteChannel) {
      self.channel = channel
      for id in 0..<UInt32(Self.requests) {
        // SSH_FXP_LSTAT of "/".
        outbound += [0, 0, 0, 10, 7] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) }
        outbound += [0, 0, 0, 1, 0x2F]
      }
    }

    mutating func goOn(_ room: inout [UInt8]) throws {
      while sent < outbound.count {
        let count = try outbound[sent...].withUnsafeBytes { raw throws(TransportError) in
          try channel.write(raw)
        }
        sent += count
        if count == 0 { break }
      }
      while true {
        let outcome = try room.withUnsafeMutableBytes { raw throws(TransportError) in
          try channel.read(into: raw)
        }
        guard case .bytes(let count) = outcome else {
          #expect(outcome == .wouldBlock)
          break
        }
        received += room[..<count]
      }
      var start = 0
      while received.count - start >= 4 {
        let length = received[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        guard received.count - start >= 4 + length else { break }
        let id = received[start + 5..<start + 9].reduce(0) { $0 << 8 | Int($1) }
        // VERSION first, then every reply in its turn.
        #expect(replies == 0 ? received[start + 4] == 2 : id == replies - 1)
        replies += 1
        start += 4 + length
      }
      received.removeFirst(start)
    }
  }

  /// The socket takes only parts of packets, and each stream's window fills.
  @Test func allStreamsGetTheirRepliesOverASlowLink() throws {
    let server = try PrivateSSHD()
    let link = try LinkProxy(
      to: server.port, settings: LinkSettings(milliseconds: 5, megabits: 40))
    let first = try channel(server, port: link.port)
    var small: Int32 = 4_096
    _ = setsockopt(
      first.descriptor, SOL_SOCKET, SO_SNDBUF, &small, socklen_t(MemoryLayout<Int32>.size))
    var talks = [Talk(first)]
    while talks.count < 4 { talks.append(Talk(try sibling(first))) }
    var room = [UInt8](repeating: 0, count: 65_536)
    while !talks.allSatisfy(\.isOver) {
      for index in talks.indices where !talks[index].isOver { try talks[index].goOn(&room) }
      let waiting = talks.filter { !$0.isOver }.map(\.channel)
      if waiting.isEmpty || waiting.contains(where: \.mayHoldBytes) { continue }
      let interest = waiting.reduce(into: Interest.read) { $0.formUnion($1.interest) }
      try #require(ChannelDriver(channel: first).wait(for: interest), "nothing for a minute")
    }
    #expect(link.statistics.connections == 1)
  }
}
