/// When to poll next: at a fixed rate while all goes well; after failures with growing pauses, so that a server that comes back is
/// not met by everybody at once. Sans I/O: times are seconds of a clock that also runs while the machine sleeps.
package struct WatchSchedule: Sendable, Equatable {
  package let interval: Double
  /// The next poll.
  package private(set) var due: Double
  /// In a row.
  package private(set) var failures = 0

  /// The longest pause after failures, seconds.
  static let longestPause = 300.0
  private static let jitter = 0.7...1.3

  /// The first poll is due at once.
  package init(interval: Double, now: Double) {
    self.interval = interval
    due = now
  }

  /// A poll that began when it was due has ended. The next ones keep the rate; what was missed is not made up for.
  package mutating func succeeded(now: Double) {
    failures = 0
    due += interval
    if due <= now { due = now + interval - (now - due).truncatingRemainder(dividingBy: interval) }
  }

  /// Another process holds what the poll needs: as if it had found nothing.
  package mutating func skipped(now: Double) { succeeded(now: now) }

  /// 1 s, doubled with each failure up to 5 min, ± 30 %.
  package mutating func failed(now: Double, random: inout some RandomNumberGenerator) {
    let pause = failures > 8 ? Self.longestPause : min(Self.longestPause, Double(1 << failures))
    failures += 1
    due = now + pause * Double.random(in: Self.jitter, using: &random)
  }

  /// Not before `time`.
  package mutating func wait(until time: Double) { due = max(due, time) }

  /// The machine has slept: whatever was waited for, the pause is over.
  package mutating func woke(now: Double) { due = min(due, now) }
}

/// Notices that the machine has slept: one clock went on, and the other stood still.
package struct SleepWatch: Sendable {
  private static let least = 2.0
  private var difference: Double?

  package init() {}

  /// - Parameters:
  ///   - elapsed: also passes while the machine sleeps.
  ///   - awake: does not.
  package mutating func hasSlept(elapsed: Double, awake: Double) -> Bool {
    let now = elapsed - awake
    defer { difference = now }
    guard let difference else { return false }
    return now - difference > Self.least
  }
}
