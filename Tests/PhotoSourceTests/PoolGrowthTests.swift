import Testing

@testable import PhotoSource

/// When another connection is worth its handshake.
@Suite struct PoolGrowthTests {
  /// Files per second before and after a second connection joined, and what follows.
  @Test(arguments: [
    (1_000, 2_000, PoolGrowth.Verdict.grow), (1_000, 1_200, .grow), (1_000, 1_100, .enough),
    (1_000, 1_000, .enough), (1_000, 500, .enough),
  ])
  func aJoinedConnectionMustHelp(before: Int, after: Int, wanted: PoolGrowth.Verdict) {
    var growth = PoolGrowth()
    read(before, &growth, from: 0)
    #expect(growth.verdict(now: 1, period: 0.25, shortest: 0.05) == .grow)
    growth.poolChanged()
    read(after, &growth, from: 1)
    #expect(growth.verdict(now: 2, period: 0.25, shortest: 0.05) == wanted)
  }

  @Test func nothingIsDecidedBeforeItIsMeasured() {
    var growth = PoolGrowth()
    #expect(growth.verdict(now: 100, period: 0.25, shortest: 0) == .undecided)
    growth.fileDone(now: 100)
    #expect(growth.verdict(now: 100, period: 0, shortest: 0) == .undecided)
    #expect(growth.verdict(now: 100.2, period: 0.25, shortest: 0) == .undecided)
    // A long link needs as long as its replies take.
    #expect(growth.verdict(now: 100.9, period: 0.25, shortest: 0.2) == .undecided)
    #expect(growth.verdict(now: 101.1, period: 0.25, shortest: 0.2) == .grow)
  }

  @Test func aFullLinkGetsNoFurtherConnection() {
    var growth = PoolGrowth()
    for _ in 0..<1_000 { growth.replied(after: 3) }
    read(100, &growth, from: 0)
    #expect(growth.verdict(now: 1, period: 0.25, shortest: 0.05) == .undecided)
    for _ in 0..<1_000 { growth.replied(after: 0.1) }
    #expect(growth.verdict(now: 1, period: 0.25, shortest: 0.05) == .grow)
  }

  private func read(_ files: Int, _ growth: inout PoolGrowth, from start: Double) {
    for file in 0..<files { growth.fileDone(now: start + Double(file) / Double(files)) }
  }
}
