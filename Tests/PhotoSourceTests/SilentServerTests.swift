import Foundation
import PhotoModel
import SSHTransport
import Testing

@testable import PhotoSource

/// Servers that stop answering requests, all of them or those about one file, and servers that answer CLOSE late.
@Suite(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
struct SilentServerTests {
  private func tree(_ count: Int) throws -> Tree {
    let tree = try Tree()
    for file in 0..<count { tree.add("s/f\(file % 7)/\(file).jpg") }
    return tree
  }

  private func recorder() -> Recorder {
    let recorder = Recorder()
    recorder.deadline = .now + .seconds(120)
    return recorder
  }

  private func options() -> SourceOptions {
    var options = SourceOptions()
    options.connections = 1
    options.timeout = 0.5
    return options
  }

  /// sftp-server whose replies pass one by one, or are kept back for a while or for ever.
  private final class FilteredChannel: ByteChannel {
    enum Verdict { case pass, end, drop, hold(seconds: Double, then: () -> Void) }

    private let inner: any ByteChannel
    private let verdict: (JudgingChannel.Message) -> Verdict
    private var received: [UInt8] = []
    private var ready: [UInt8] = []
    private var held: [(due: ContinuousClock.Instant, packet: [UInt8], then: () -> Void)] = []
    private var isOver = false

    init(_ inner: any ByteChannel, _ verdict: @escaping (JudgingChannel.Message) -> Verdict) {
      self.inner = inner
      self.verdict = verdict
    }

    var descriptor: Int32 { inner.descriptor }
    var interest: Interest { inner.interest }
    var stage: ConnectionStage { inner.stage }
    var isOpenSSH: Bool { false }
    var mayHoldBytes: Bool { !held.isEmpty || !ready.isEmpty || isOver }
    func advance() throws(TransportError) -> Bool { try inner.advance() }
    func close() { inner.close() }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
      try inner.write(bytes)
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
      if !isOver, case .bytes(let count) = try inner.read(into: target) {
        received += target[..<count]
        for message in JudgingChannel.messages(&received) {
          switch verdict(message) {
          case .pass: ready += JudgingChannel.packet(message)
          case .drop: break
          case .hold(let seconds, let then):
            held.append((.now + .seconds(seconds), JudgingChannel.packet(message), then))
          case .end: isOver = true
          }
          if isOver { break }
        }
      }
      while let first = held.first, first.due <= .now {
        ready += first.packet
        first.then()
        held.removeFirst()
      }
      return isOver && ready.isEmpty ? .end : ready.handOver(to: target)
    }
  }

  /// As with a disk or a share that is gone: logins succeed.
  @Test func aServerThatAnswersNothingAnyMoreBlamesNoPhoto() throws {
    let recorder = recorder()
    var replies = 0
    var sessions = 0
    let error = #expect(throws: SourceError.self) {
      try SourceKind.sftp.run(try tree(600), recorder, options: options()) {
        sessions += 1
        return FilteredChannel(LocalServer.channel()) { message in
          replies += 1
          return message[0] == 2 || replies < 300 ? .pass : .drop
        }
      }
    }
    guard case .gaveUp(let message, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(message.contains("answers no request") && message.contains("no reply within 0.5 s"))
    #expect(recorder.failures.isEmpty && !recorder.isLate)
    // The one that fell silent, and four that answered nothing.
    #expect(sessions == 5)
  }

  /// The first photo that is asked for: nothing else of the connection is answered.
  @Test(arguments: [true, false]) func aPhotoThatSilencesTheServerFailsAlone(ends: Bool) throws {
    let recorder = recorder()
    var victim: [UInt8]?
    try SourceKind.sftp.run(try tree(100), recorder, options: options()) {
      var isVictim = false
      let server = JudgingChannel(
        LocalServer.channel(),
        judge: { message in
          if message[0] == 3 {
            victim = victim ?? JudgingChannel.string(message)
            isVictim = isVictim || JudgingChannel.string(message) == victim
          }
          return isVictim && message[0] == 3 && JudgingChannel.string(message) == victim
            ? JudgingChannel.status(77, for: message) : nil
        })
      var isStuck = false
      return FilteredChannel(server) { message in
        if message[0] == 101, message.count > 8, message[5..<9].elementsEqual([0, 0, 0, 77]) {
          isStuck = true
        }
        return !isStuck ? .pass : ends ? .end : .drop
      }
    }
    #expect(recorder.failures.count == 1 && recorder.contents.count == 99)
    #expect(!recorder.isLate && recorder.ended.values.allSatisfy { $0 == .complete })
  }

  /// A handle is free when its CLOSE is answered, not when it is sent.
  @Test func aServerThatClosesLateAndBearsFewHandlesLosesNoPhoto() throws {
    let recorder = recorder()
    var refused = 0
    var options = options()
    options.timeout = 20
    try SourceKind.sftp.run(try tree(60), recorder, options: options) {
      var open = 0
      var closes: Set<[UInt8]> = []
      let server = JudgingChannel(
        LocalServer.channel(),
        judge: { message in
          switch message[0] {
          case 3, 11:
            if open >= 4 {
              refused += 1
              return JudgingChannel.status(4, for: message)
            }
            open += 1
          case 4: closes.insert(Array(message[1..<5]))
          default: break
          }
          return nil
        })
      return FilteredChannel(server) { message in
        guard message.count >= 5, closes.remove(Array(message[1..<5])) != nil else { return .pass }
        return .hold(seconds: 0.05) { open -= 1 }
      }
    }
    #expect(recorder.contents.count == 60 && recorder.failures.isEmpty, "\(recorder.failures)")
    #expect(!recorder.isLate && recorder.ended.values.allSatisfy { $0 == .complete })
    #expect(refused > 0, "no handle was refused, so nothing was shown")
  }
}
