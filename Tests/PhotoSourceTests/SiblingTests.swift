import Foundation
import SSHTransport
import Testing

@testable import PhotoSource

/// Several streams over one login, where a server takes little per round trip.
@Suite(.enabled(if: LocalServer.path != nil, "needs OpenSSH's sftp-server"))
struct SiblingTests {
  private static let small = SendWindow(bytes: 24_576, roundTrip: 0.05)

  @Test(arguments: [
    (0.05, 24_576, 8), (0.05, 50_000, 4), (0.02, 24_576, 4), (0.004, 24_576, 1),
    (0.05, 2_097_152, 1), (0.2, 24_576, 8), (0.05, 0, 1),
  ])
  func windowsTogetherHoldWhatTheLinkCarries(
    _ roundTrip: Double, _ bytes: Int, _ streams: Int
  ) {
    let window = SendWindow(bytes: bytes, roundTrip: roundTrip)
    let plan = SiblingPlan()
    var backlog = ConnectionPool.Backlog()
    backlog.isExploring = true
    let wanted = (1...20).first { !plan.wantsMore(than: $0, window, backlog) }
    #expect(wanted == streams)
  }

  @Test func fewPhotosNeedNoSibling() {
    var plan = SiblingPlan()
    var backlog = ConnectionPool.Backlog()
    backlog.heads = 100
    #expect(!plan.wantsMore(than: 1, Self.small, backlog))
    backlog.heads = 1_000
    #expect(plan.wantsMore(than: 1, Self.small, backlog))
    plan.isRefused = true
    #expect(!plan.wantsMore(than: 1, Self.small, backlog))
  }

  /// What the streams of a test have in common.
  private final class Login {
    var window = SiblingTests.small
    var streams = 0
    var refuses = false
    /// Replies until a sibling ends.
    var repliesOfSiblings = Int.max
  }

  /// sftp-server with a window that it states.
  private final class WindowChannel: ByteChannel {
    private let inner = LocalServer.channel()
    private let login: Login
    private let isSibling: Bool
    private var reads = 0

    init(_ login: Login, isSibling: Bool = false) {
      self.login = login
      self.isSibling = isSibling
      login.streams += 1
    }

    var descriptor: Int32 { inner.descriptor }
    var interest: Interest { inner.interest }
    var stage: ConnectionStage { inner.stage }
    var isOpenSSH: Bool { false }
    var sendWindow: SendWindow? { login.window }
    func makeSibling() -> (any ByteChannel)? { WindowChannel(login, isSibling: true) }
    func advance() throws(TransportError) -> Bool {
      if isSibling, login.refuses {
        throw TransportError(.channelRefused, "the server refused a channel")
      }
      return try inner.advance()
    }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReadOutcome {
      reads += 1
      if isSibling, reads > login.repliesOfSiblings { return .end }
      return try inner.read(into: buffer)
    }
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
      try inner.write(bytes)
    }
    func close() { inner.close() }
  }

  private func walk(_ login: Login) throws -> (Recorder, SourceStatistics) {
    let tree = try Tree()
    for file in 0..<2_000 { tree.add("s/f\(file % 40)/\(file).jpg") }
    let recorder = Recorder()
    recorder.deadline = .now + .seconds(120)
    var options = SourceOptions()
    options.connections = 1
    let statistics = try SourceKind.sftp.run(tree, recorder, options: options) {
      WindowChannel(login)
    }
    #expect(!recorder.isLate, "never ends")
    #expect(recorder.contents.count == 2_000 && recorder.failures.isEmpty)
    #expect(recorder.readTwice.isEmpty && recorder.endedTwice.isEmpty)
    return (recorder, statistics)
  }

  @Test func aSmallWindowIsMultipliedOverOneLogin() throws {
    let login = Login()
    let (_, statistics) = try walk(login)
    #expect(login.streams == 8)
    #expect(statistics.connections == 1 && statistics.logins == 1)
  }

  @Test func aShortLinkNeedsOneStream() throws {
    let login = Login()
    login.window.roundTrip = 0.001
    _ = try walk(login)
    #expect(login.streams == 1)
  }

  @Test func aRefusedSiblingIsNotAskedForAgain() throws {
    let login = Login()
    login.refuses = true
    let (recorder, _) = try walk(login)
    #expect(login.streams == 2 && recorder.notes.isEmpty, "\(recorder.notes)")
  }

  @Test func photosOfASiblingThatEndsAreReadByOthers() throws {
    let login = Login()
    login.repliesOfSiblings = 20
    let (_, statistics) = try walk(login)
    #expect(statistics.connections == 1)
    // Those that were open when the first ones ended, and no further one.
    #expect(login.streams <= 8)
  }
}
