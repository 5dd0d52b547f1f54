/// CLOSEs that the server has not answered: it may still hold their handles. Some servers answer none.
struct UnansweredCloses {
  /// Seconds in which a server that answers them does so, after the last one was sent.
  static let patience = 2.0

  private var count = 0
  private var lastSent = 0.0

  mutating func sent(_ now: Double) {
    count += 1
    lastSent = now
  }

  mutating func answered() { count = max(0, count - 1) }

  /// All are answered, or no answer is to be expected.
  func areOver(now: Double) -> Bool { count == 0 || now - lastSent > Self.patience }
}
