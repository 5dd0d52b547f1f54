/// When to connect again after the last connection broke: 0.5 s, doubled per failure up to 10 s, ± 20 %, so
/// that many clients do not come back at once.
struct BackOff {
  private var tries = 0
  private var at: Double?
  private var random = SystemRandomNumberGenerator()

  var isWaiting: Bool { at != nil }

  func remaining(now: Double) -> Double { max(0, (at ?? now) - now) }

  /// True once, when the time has come.
  mutating func isDue(now: Double) -> Bool {
    guard let at, now >= at else { return false }
    self.at = nil
    return true
  }

  enum Pause {
    case none
    /// The first: a server that never answered is reported soon.
    case short
    /// Doubled with each failure.
    case growing
  }

  mutating func schedule(now: Double, _ kind: Pause = .growing) {
    var pause = 0.5
    if kind == .growing { for _ in 0..<min(tries, 5) { pause = min(10, pause * 2) } }
    at = kind == .none ? now : now + pause * Double.random(in: 0.8...1.2, using: &random)
  }

  /// A connection could not be made.
  /// - Returns: false when that was one failure too many.
  mutating func mayTry(atMost limit: Int) -> Bool {
    tries += 1
    return tries <= limit
  }

  mutating func succeeded() { tries = 0 }
}
