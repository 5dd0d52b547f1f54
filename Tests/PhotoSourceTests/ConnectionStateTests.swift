import SFTP
import SSHTransport
import Testing

@testable import PhotoSource

/// Small rules of a connection: its window, its back-off, its stage.
@Suite struct ConnectionStateTests {
  private func opening(beside: Int) -> Opening {
    Opening(number: 1, beside: beside, isAlone: false)
  }

  @Test func theWindowGrowsWhileOpensSucceed() {
    var window = HandleWindow(size: 64, limit: 70)
    for _ in 0..<100 { window.opened() }
    #expect(window.size == 70)
  }

  @Test(arguments: [(1_019, 1_000), (0x7FFF_FFFF, 1_000), (100, 84), (16, 1), (1, 1)])
  func aStatedLimitKeepsAReserve(_ handles: UInt64, _ wanted: Int) {
    var window = HandleWindow()
    window.serverStates(handles: handles)
    #expect(window.size == wanted && window.limit == wanted)
  }

  /// Refused before among so many, in this order.
  private func refusals(_ beside: Int...) -> Refusals {
    var refusals = Refusals()
    for beside in beside { refusals.note(opening(beside: beside)) }
    return refusals
  }

  @Test func aRefusalLowersTheWindowToWhatWasOpen() {
    var window = HandleWindow(size: 64, limit: 256)
    let isBesideOthers = window.refused(opening(beside: 40), refusals())
    #expect(isBesideOthers && window.size == 40 && window.limit == 40)
    // Refusals of what was sent in the same flight arrive later, with more beside them.
    _ = window.refused(opening(beside: 41), refusals())
    #expect(window.size == 40)
    _ = window.refused(opening(beside: 12), refusals())
    #expect(window.size == 12)
    // Never nothing.
    _ = window.refused(opening(beside: 0), refusals())
    #expect(window.size == 1)
  }

  @Test func aRefusalAmongFewerRestoresTheWindow() {
    var window = HandleWindow(size: 64, limit: 256)
    _ = window.refused(opening(beside: 40), refusals())
    _ = window.refused(opening(beside: 10), refusals())
    let isBesideOthers = window.refused(opening(beside: 5), refusals(10))
    #expect(!isBesideOthers && window.size == 64 && window.limit == 256)
  }

  /// It met another connection's window, which was not lowered yet.
  @Test func aRefusalAmongAsManyLowersTheWindow() {
    var window = HandleWindow(size: 64, limit: 256)
    let isBesideOthers = window.refused(opening(beside: 10), refusals(10))
    #expect(isBesideOthers && window.size == 10)
    let isStillBesideOthers = window.refused(opening(beside: 10), refusals(10, 10, 10, 10))
    #expect(!isStillBesideOthers && window.size == 10)
  }

  @Test func closesWithoutAnAnswerAreAwaitedForAWhile() {
    var closes = UnansweredCloses()
    #expect(closes.areOver(now: 0))
    closes.sent(10)
    closes.sent(11)
    closes.answered()
    #expect(!closes.areOver(now: 12.9) && closes.areOver(now: 13.1))
    closes.answered()
    #expect(closes.areOver(now: 11))
  }

  @Test func aLoginIsNoAnswer() {
    var silence = ServerSilence(now: 0)
    #expect(!silence.isLonger(than: 120, now: 120) && silence.isLonger(than: 120, now: 121))
    silence.greeted(119, timeout: 30, limit: 120)
    #expect(!silence.isLonger(than: 120, now: 149) && silence.isLonger(than: 120, now: 150))
    // The next logins give no more time.
    silence.greeted(149, timeout: 30, limit: 120)
    #expect(silence.isLonger(than: 120, now: 150))
    silence.ended(150)
    #expect(!silence.isLonger(than: 120, now: 270))
  }

  @Test func fourConnectionsWithoutAnAnswerAreTheEnd() {
    var silence = ServerSilence(now: 0)
    let ends = [false, false, true, false, false, false, false]
      .map { silence.isHopeless(afterAnswer: $0) }
    #expect(ends == [false, false, false, false, false, false, true])
  }

  @Test func backOffDoublesUpToTenSeconds() {
    var backOff = BackOff()
    #expect(!backOff.isWaiting)
    for base in [0.5, 1, 2, 4, 8, 10, 10] {
      backOff.schedule(now: 100)
      #expect((0.8 * base...1.2 * base).contains(backOff.remaining(now: 100)))
      let early = (backOff.isDue(now: 100 + 0.79 * base), backOff.isWaiting)
      let late = (backOff.isDue(now: 100 + 1.21 * base), backOff.isWaiting)
      #expect(early == (false, true) && late == (true, false))
      _ = backOff.mayTry(atMost: 2)
    }
    backOff.schedule(now: 100, .short)
    #expect((0.4...0.6).contains(backOff.remaining(now: 100)), "however many have failed")
    backOff.schedule(now: 100, .none)
    #expect(backOff.remaining(now: 100) == 0)
    let last = backOff.mayTry(atMost: 2)
    backOff.succeeded()
    let first = backOff.mayTry(atMost: 2)
    #expect(!last && first)
  }

  @Test(arguments: [
    (ConnectionStage.connecting(to: "nas:22"), "connecting to nas:22", true),
    (.handshake(with: "nas:22"), "waiting for the SSH handshake of nas:22", false),
    (.authenticating(at: "nas:22"), "authenticating at nas:22", false),
    (.startingSFTP(on: "nas:22"), "starting SFTP on nas:22", false),
    (.talking(to: "nas:22"), "talking to nas:22", false),
    (.talking(to: "nas:22", through: "ssh"), "talking to nas:22 through ssh", false),
  ])
  func stagesAreNamed(_ stage: ConnectionStage, _ text: String, _ isConnecting: Bool) {
    #expect(stage.description == text && stage.isConnecting == isConnecting)
  }

  /// What an earlier run knows, without a server.
  @Test func aProofIsAskedForOnce() {
    var proof = ListingProof()
    let known: () -> [[UInt8]] = { [[1], [2], [3]] }
    let shown: ([[UInt8]]) -> Set<[UInt8]> = { Set($0.filter { $0 != [2] && $0 != [3] }) }
    let isNeeded = proof.isNeeded(of: known, shown: shown)
    #expect(isNeeded && proof.names == [[2], [3]])
    proof.sent()
    let answers = [proof.isAsking, proof.answered(), proof.answered(), proof.isAsking]
    #expect(answers == [true, false, true, false])
    let isNeededAgain = proof.isNeeded(of: known, shown: shown)
    #expect(!isNeededAgain)
  }

  @Test func namesMatchInAnyCase() {
    var names = SeenNames()
    var budget = WalkBudget(WalkLimits())
    for name in ["DSC1.JPG", "b.jpg"] {
      let isNew = (0..<2).map { _ in names.insert(Array(name.utf8), &budget, waitingJobs: 0) }
      #expect(isNew == [true, false])
    }
    let wanted = ["dsc1.jpg", "b.jpg", "c.jpg"].map { Array($0.utf8) }
    #expect(names.matches(wanted) == Set(wanted.prefix(2)))
    names.forget(&budget)
    #expect(budget.heldBytes == 0 && names.matches(wanted).isEmpty)
  }
}
