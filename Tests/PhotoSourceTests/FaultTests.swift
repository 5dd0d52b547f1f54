import Foundation
import PhotoModel
import SSHTransport
import Testing

@testable import PhotoSource

/// Connections that break, stall or refuse, and servers with few handles: slower, never less.
@Suite(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
struct FaultTests {
  /// Passes bytes through until it has carried `limit`, then breaks.
  final class BreakingChannel: ByteChannel {
    private let inner: any ByteChannel
    private var left: Int
    init(_ inner: any ByteChannel, after limit: Int) {
      self.inner = inner
      left = limit
    }
    var descriptor: Int32 { inner.descriptor }
    var interest: Interest { inner.interest }
    var stage: ConnectionStage { inner.stage }
    var isOpenSSH: Bool { inner.isOpenSSH }
    func advance() throws(TransportError) -> Bool { try inner.advance() }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
      guard left > 0 else { throw TransportError(.connectionLost, "broken by the test") }
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
      let outcome = try inner.read(into: part)
      if case .bytes(let count) = outcome { left -= count }
      return outcome
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
      try inner.write(bytes)
    }
    func close() { inner.close() }
  }

  /// Never gets further than `error`.
  final class RefusedChannel: ByteChannel {
    let error: TransportError
    init(_ kind: TransportError.Kind) { error = TransportError(kind, "refused by the test") }
    let descriptor: Int32 = -1
    let interest: Interest = []
    let stage = ConnectionStage.connecting(to: "a test")
    let isOpenSSH = false
    func advance() throws(TransportError) -> Bool { throw error }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
      .end
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int { 0 }
    func close() {}
  }

  private func tree(_ count: Int = 400) throws -> Tree {
    let tree = try Tree()
    for file in 0..<count { tree.add("s/f\(file % 5)/\(file).jpg") }
    return tree
  }

  @Test(arguments: [700, 2_000, 9_000, 30_000])
  func aBrokenConnectionLosesNothing(_ limit: Int) throws {
    let tree = try tree()
    let recorder = Recorder()
    var made = 0
    let statistics = try SourceKind.sftp.run(tree, recorder) {
      made += 1
      return made == 1
        ? BreakingChannel(LocalServer.channel(), after: limit) : LocalServer.channel()
    }
    #expect(made == 2)
    #expect(statistics.connections == 2)
    #expect(recorder.contents.count == 400 && recorder.failures.isEmpty)
    #expect(recorder.readTwice.isEmpty && recorder.endedTwice.isEmpty)
    #expect(recorder.listed.values.reduce(0) { $0 + $1.count } == 400)
    #expect(!recorder.ended.isEmpty && recorder.ended.values.allSatisfy { $0 == .complete })
  }

  @Test func aServerWithFewHandlesIsAskedForFewer() throws {
    let tree = try tree()
    let recorder = Recorder()
    // Descriptors 0, 1, 2 and a few of the server's own leave about ten; the limits extension is
    // answered from the same number, so a second run hides it behind a fixed window.
    let limited = ["sh", "-c", "ulimit -n 14; exec \(LocalServer.path ?? "")"]
    try SourceKind.sftp.run(tree, recorder) { LocalServer.channel(arguments: limited) }
    #expect(recorder.contents.count == 400 && recorder.failures.isEmpty)
    #expect(!recorder.ended.isEmpty && recorder.ended.values.allSatisfy { $0 == .complete })
  }

  @Test(arguments: [TransportError.Kind.authentication, .unreachable, .hostKeyUnknown])
  func aFirstRefusalIsFinal(_ kind: TransportError.Kind) throws {
    let tree = try tree(1)
    var made = 0
    let error = #expect(throws: TransportError.self) {
      try SourceKind.sftp.run(tree, Recorder()) {
        made += 1
        return RefusedChannel(kind)
      }
    }
    #expect(error?.kind == kind)
    #expect(made == 1)
  }

  @Test func aSilentServerEndsTheWait() throws {
    let tree = try tree(1)
    var options = SourceOptions()
    options.timeout = 0.3
    options.giveUpAfter = 1
    let recorder = Recorder()
    recorder.deadline = .now + .seconds(120)
    #expect(throws: (any Error).self) {
      try SourceKind.sftp.run(tree, recorder, options: options) {
        LocalServer.channel(arguments: ["sleep", "600"])
      }
    }
    #expect(!recorder.isLate)
  }

  @Test func textBeforeTheProtocolIsNamed() throws {
    let tree = try tree(1)
    let error = #expect(throws: SourceError.self) {
      try SourceKind.sftp.run(tree, Recorder()) {
        LocalServer.channel(arguments: ["sh", "-c", "echo Welcome to the server; exec sleep 600"])
      }
    }
    guard case .protocolViolation(let message, let advice) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.contains("Welcome to the server") && advice.contains("no output"))
  }

  @Test func furtherConnectionsThatAreRefusedMakeASmallerPool() throws {
    let tree = try tree()
    let recorder = Recorder()
    var options = SourceOptions()
    options.inFlight = 1
    options.measuringPeriod = 0
    var made = 0
    let statistics = try SourceKind.sftp.run(tree, recorder, options: options) {
      made += 1
      return made == 1 ? LocalServer.channel() : RefusedChannel(.handshakeDropped)
    }
    #expect(made > 1, "no second connection was tried, so nothing was shown")
    #expect(statistics.connections == 1)
    #expect(recorder.contents.count == 400 && recorder.failures.isEmpty)
  }

  @Test func severalConnectionsShareTheWork() throws {
    let tree = try tree()
    let recorder = Recorder()
    var options = SourceOptions()
    options.inFlight = 4
    options.measuringPeriod = 0
    let statistics = try SourceKind.sftp.run(tree, recorder, options: options)
    #expect(statistics.connections > 1)
    #expect(recorder.contents.count == 400 && recorder.readTwice.isEmpty)
  }
}
