import Platform
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SSHKeys
@testable import SSHTransport

/// What an agent is asked, and which of its signatures are used.
@Suite struct AgentTests {
  /// An agent that signs by this algorithm whatever it is asked for, as old ones do.
  private final class OldAgent: Sendable {
    let asked = Mutex<[UInt32]>([])
    let socket: String
    private let listener: Int32
    private let folder: TemporaryFolder

    init(_ folder: TemporaryFolder, signsBy algorithm: String) throws {
      self.folder = folder
      socket = folder.file("agent")
      #if canImport(Darwin)
        listener = Darwin.socket(AF_UNIX, SOCK_STREAM, 0)
      #else
        listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      #endif
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socket.utf8)) }
      let listener = listener
      let isBound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
      }
      try #require(isBound && listen(listener, 4) == 0)
      Thread { [weak self] in
        while true {
          let client = accept(listener, nil, nil)
          guard client >= 0, let self else { return }
          serve(client, algorithm)
          close(client)
        }
      }.start()
    }

    deinit {
      shutdown(listener, Int32(SHUT_RDWR))
      close(listener)
    }

    private func serve(_ client: Int32, _ algorithm: String) {
      var room = [UInt8](repeating: 0, count: 4_096)
      let count = read(client, &room, room.count)
      guard count > 0 else { return }
      var reader = FieldReader(room[..<count])
      guard var message = reader.string().map({ FieldReader($0) }), message.take(1) == [13],
        message.string() != nil, message.string() != nil, let flags = message.word()
      else { return }
      asked.withLock { $0.append(flags) }
      var blob: [UInt8] = []
      blob.append(string: algorithm.utf8)
      blob.append(string: [1, 2, 3])
      var answer: [UInt8] = [14]
      answer.append(string: blob)
      var framed: [UInt8] = []
      framed.append(string: answer)
      _ = write(client, framed, framed.count)
    }
  }

  private static let key: [UInt8] = {
    var key: [UInt8] = []
    key.append(string: "ssh-rsa".utf8)
    return key
  }()

  private func answer(_ old: OldAgent, by algorithm: String) throws -> Agent.Answer? {
    let agent = try #require(Agent(socketPath: old.socket))
    #expect([9].withUnsafeBufferPointer { agent.startSigning($0, with: Self.key, by: algorithm) })
    var found: Agent.Answer?
    _ = Poll.until(seconds: 60) {
      found = agent.signature()
      if case .waiting = found { return false }
      return true
    }
    return found
  }

  @Test(arguments: [("rsa-sha2-512", UInt32(4)), ("rsa-sha2-256", 2), ("ssh-ed25519", 0)])
  func requestsTheAlgorithmByFlags(algorithm: String, flags: UInt32) throws {
    let old = try OldAgent(try TemporaryFolder(), signsBy: algorithm)
    let found = try answer(old, by: algorithm)
    guard case .signature([1, 2, 3]) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(old.asked.withLock { $0 } == [flags])
  }

  @Test func rejectsSHA1SignaturesOfAgents() throws {
    let old = try OldAgent(try TemporaryFolder(), signsBy: "ssh-rsa")
    let found = try answer(old, by: "rsa-sha2-512")
    guard case .otherAlgorithm("ssh-rsa") = found else {
      Issue.record("\(String(describing: found))")
      return
    }
  }
}
