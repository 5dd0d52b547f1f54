/// Decides by measurement whether another connection helps.
///
/// One connection reads alone until its rate is known. Then one joins, and the rate after it is
/// compared with the rate before: where it did not rise, the link or the server is the limit, and
/// no other is tried.
struct PoolGrowth {
  /// A joined connection must add this much.
  private static let worthwhile = 1.15

  private(set) var filesDone = 0
  /// Since when, and from how many files on, the present pool has been measured.
  private var mark: (time: Double, files: Int)?
  private var rateBefore: Double?
  /// Mean time from request to reply, recent ones count most; seconds.
  private(set) var latency = 0.0

  mutating func fileDone(now: Double) {
    if mark == nil { mark = (now, filesDone) }
    filesDone += 1
  }

  mutating func replied(after seconds: Double) {
    latency += (seconds - latency) / 64
  }

  /// The pool is no longer the one that was measured.
  mutating func poolChanged() { mark = nil }

  enum Verdict: Equatable { case undecided, grow, enough }

  /// - Parameters:
  ///   - period: how long the first connection is measured; a joined one four times as long; seconds.
  ///   - shortest: the shortest reply time seen, seconds.
  mutating func verdict(now: Double, period: Double, shortest: Double) -> Verdict {
    guard let mark, now > mark.time,
      now - mark.time >= max(rateBefore == nil ? period : 4 * period, 5 * shortest)
    else { return .undecided }
    // Replies that queue for half a second wait for the link: more requests only queue longer.
    if latency > 2 * shortest + 0.5 { return .undecided }
    let rate = Double(filesDone - mark.files) / (now - mark.time)
    if let before = rateBefore, rate < before * Self.worthwhile { return .enough }
    rateBefore = rate
    return .grow
  }
}
