import Foundation
import PhotoModel
import SSHTransport
import Testing

@testable import PhotoSource

/// Servers that take no request before their VERSION, or fewer handles than they say.
@Suite(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
struct HiddenLimitTests {
  private func tree(_ count: Int = 600) throws -> Tree {
    let tree = try Tree()
    for file in 0..<count { tree.add("s/f\(file % 7)/\(file).jpg") }
    return tree
  }

  private func recorder() -> Recorder {
    let recorder = Recorder()
    recorder.deadline = .now + .seconds(120)
    return recorder
  }

  private func expectAll(_ recorder: Recorder, _ count: Int = 600) {
    #expect(!recorder.isLate, "never ends")
    #expect(
      recorder.contents.count == count && recorder.failures.isEmpty,
      "\(recorder.contents.count), \(recorder.failures.prefix(3))")
    #expect(recorder.readTwice.isEmpty && recorder.endedTwice.isEmpty)
    #expect(!recorder.ended.isEmpty && recorder.ended.values.allSatisfy { $0 == .complete })
  }

  /// What the client has sent before the server's first bytes were read.
  private final class Greeting {
    var sent: [UInt8] = []
    var isOver = false
  }

  private final class GreetingChannel: ByteChannel {
    private let inner: any ByteChannel
    private let greeting: Greeting
    init(_ inner: any ByteChannel, _ greeting: Greeting) {
      self.inner = inner
      self.greeting = greeting
    }
    var descriptor: Int32 { inner.descriptor }
    var interest: Interest { inner.interest }
    var stage: ConnectionStage { inner.stage }
    var isOpenSSH: Bool { inner.isOpenSSH }
    func advance() throws(TransportError) -> Bool { try inner.advance() }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
      let outcome = try inner.read(into: buffer)
      if case .bytes = outcome { greeting.isOver = true }
      return outcome
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
      let count = try inner.write(bytes)
      if !greeting.isOver { greeting.sent += bytes.prefix(count) }
      return count
    }
    func close() { inner.close() }
  }

  /// libssh's sample server drops what comes before it has answered INIT.
  @Test(arguments: [true, false]) func onlyAKnownServerGetsRequestsBeforeItsVersion(
    isBehindOpenSSH: Bool
  ) throws {
    let greeting = Greeting()
    let recorder = recorder()
    try SourceKind.sftp.run(try tree(50), recorder) {
      let server = LocalServer.path ?? ""
      return GreetingChannel(
        LocalServer.channel(arguments: [server], isOpenSSH: isBehindOpenSSH), greeting)
    }
    expectAll(recorder, 50)
    #expect(greeting.sent.prefix(9) == [0, 0, 0, 5, 1, 0, 0, 0, 3])
    #expect((greeting.sent.count > 9) == isBehindOpenSSH)
  }

  /// READs on handles that the server has not granted yet.
  @Test(arguments: [true, false]) func handlesArePredictedWhereverOpenSSHServes(
    isNamed: Bool
  ) throws {
    var granted: Set<[UInt8]> = []
    var ahead = 0
    let recorder = recorder()
    var options = SourceOptions()
    options.connections = 1
    let statistics = try SourceKind.sftp.run(try tree(), recorder, options: options) {
      JudgingChannel(
        isNamed ? LocalServer.unannounced() : LocalServer.channel(),
        judge: { message in
          let handle = JudgingChannel.string(message)
          if message[0] == 4 { granted.remove(handle) }
          if message[0] == 5, !granted.contains(handle) { ahead += 1 }
          return nil
        },
        edit: { message in
          if message[0] == 102 { granted.insert(JudgingChannel.string(message)) }
          return message
        })
    }
    expectAll(recorder)
    #expect(statistics.dataRequests == 600)
    #expect(isNamed ? ahead > 300 : ahead == 0, "\(ahead)")
  }

  /// Ends the session when it is told to.
  private final class EndingChannel: ByteChannel {
    private let inner: any ByteChannel
    private let isOver: () -> Bool
    init(_ inner: any ByteChannel, isOver: @escaping () -> Bool) {
      self.inner = inner
      self.isOver = isOver
    }
    var descriptor: Int32 { inner.descriptor }
    var interest: Interest { inner.interest }
    var stage: ConnectionStage { inner.stage }
    var isOpenSSH: Bool { inner.isOpenSSH }
    func advance() throws(TransportError) -> Bool { try inner.advance() }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
      isOver() ? .end : try inner.read(into: buffer)
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
      try inner.write(bytes)
    }
    func close() { inner.close() }
  }

  /// A server that ends the session with one handle too many, and says nothing of it before.
  @Test(arguments: [130, 70, 40]) func aSessionThatEndsWithTooManyHandlesComesBackWithFewer(
    limit: Int
  ) throws {
    let recorder = recorder()
    var options = SourceOptions()
    options.connections = 1
    var sessions = 0
    try SourceKind.sftp.run(try tree(2_000), recorder, options: options) {
      sessions += 1
      var open = 0
      var isOver = false
      return EndingChannel(
        JudgingChannel(
          LocalServer.channel(),
          judge: { message in
            switch message[0] {
            case 3, 11: open += 1
            case 4: open -= 1
            default: break
            }
            isOver = isOver || open > limit
            return nil
          })
      ) { isOver }
    }
    expectAll(recorder, 2_000)
    // Half of what was too much is enough, or half of that.
    #expect((2...3).contains(sessions), "\(sessions)")
  }

  /// A server that fails to read while more than a hundred files are open.
  @Test func aHandleThatBecomesInvalidAmongManyLosesNoPhoto() throws {
    let recorder = recorder()
    var options = SourceOptions()
    options.connections = 1
    var open = 0
    var refused = 0
    try SourceKind.sftp.run(try tree(2_000), recorder, options: options) {
      JudgingChannel(
        LocalServer.channel(),
        judge: { message in
          switch message[0] {
          case 3, 11: open += 1
          case 4: open -= 1
          case 5 where open > 100:
            refused += 1
            return JudgingChannel.status(4, for: message)
          default: break
          }
          return nil
        })
    }
    expectAll(recorder, 2_000)
    #expect(refused > 0, "no handle became invalid, so nothing was shown")
  }

  /// A server that fails to list while more than twenty handles are open.
  @Test func aFolderWhoseHandleBecomesInvalidAmongManyIsListedAgain() throws {
    let tree = try Tree()
    for file in 0..<600 { tree.add("s/f\(file % 60)/\(file).jpg") }
    let recorder = recorder()
    var options = SourceOptions()
    options.connections = 1
    var open = 0
    var refused = 0
    try SourceKind.sftp.run(tree, recorder, options: options) {
      JudgingChannel(
        LocalServer.channel(),
        judge: { message in
          switch message[0] {
          case 3, 11: open += 1
          case 4: open -= 1
          case 12 where open > 20:
            refused += 1
            return JudgingChannel.status(4, for: message)
          default: break
          }
          return nil
        })
    }
    expectAll(recorder)
    #expect(refused > 0, "no handle became invalid, so nothing was shown")
  }

  /// A folder that cannot be listed is its own fault: it is tried again, alone, and reported as incomplete.
  @Test func aFolderThatCannotBeListedFailsAlone() throws {
    let tree = try Tree()
    for file in 0..<600 { tree.add("s/f\(file % 60)/\(file).jpg") }
    let recorder = recorder()
    var opens = 0
    try SourceKind.sftp.run(tree, recorder) {
      // Each connection has handles and numbers of requests of its own.
      var handles: Set<[UInt8]> = []
      var ids: Set<[UInt8]> = []
      return JudgingChannel(
        LocalServer.channel(),
        judge: { message in
          let text = JudgingChannel.string(message)
          if message[0] == 11, text.ends(with: "/f7") {
            opens += 1
            ids.insert(Array(message[1..<5]))
          }
          if message[0] == 4 { handles.remove(text) }
          return message[0] == 12 && handles.contains(text)
            ? JudgingChannel.status(4, for: message) : nil
        },
        edit: { message in
          if message[0] == 102, ids.contains(Array(message[1..<5])) {
            handles.insert(JudgingChannel.string(message))
          }
          return message
        })
    }
    #expect(!recorder.isLate && recorder.contents.count == 590 && recorder.failures.isEmpty)
    #expect(recorder.ended.values.count { $0 != .complete } == 1)
    #expect(recorder.readTwice.isEmpty && recorder.endedTwice.isEmpty)
    #expect((2...3).contains(opens), "\(opens)")
  }

  /// A file that cannot be read is its own fault: it costs one more try, and the others go on as before.
  @Test func aFileThatCannotBeReadFailsAlone() throws {
    let tree = try tree(2_000)
    let recorder = recorder()
    var victim: [UInt8]?
    var opens = 0
    try SourceKind.sftp.run(tree, recorder) {
      var asked: [[UInt8]: [UInt8]] = [:]
      var names: [[UInt8]: [UInt8]] = [:]
      return JudgingChannel(
        LocalServer.channel(),
        judge: { message in
          let text = JudgingChannel.string(message)
          if message[0] == 3 {
            opens += 1
            if opens == 1_000 { victim = text }
            asked[Array(message[1..<5])] = text
          }
          if message[0] == 5, let victim, names[text] == victim {
            return JudgingChannel.status(4, for: message)
          }
          return nil
        },
        edit: { message in
          if message[0] == 102, let path = asked.removeValue(forKey: Array(message[1..<5])) {
            names[JudgingChannel.string(message)] = path
          }
          return message
        })
    }
    #expect(!recorder.isLate)
    #expect(recorder.failures.count == 1 && recorder.contents.count == 1_999)
  }

  @Test func habitsLowerTheLimitByHalvesDownToSixteen() {
    var habits = ServerHabits()
    func window(_ peak: Int, done: Int = 0) -> HandleWindow {
      var window = HandleWindow()
      for beside in 0..<peak { window.opening(beside: beside) }
      for _ in 0..<done { window.finished() }
      return window
    }
    // A whole window came to its end: the number is not to blame.
    var limits = [habits.lowerLimit(after: window(20, done: 20))]
    for peak in [130, 65, 40, 32, 20] { limits.append(habits.lowerLimit(after: window(peak))) }
    #expect(limits == [nil, 65, 32, 20, 16, nil])
    habits.liftLimit()
    #expect(habits.handleLimit == nil)
    var stated = window(200)
    stated.serverStates(handles: 1_000)
    #expect(habits.lowerLimit(after: stated) == nil)
  }
}
