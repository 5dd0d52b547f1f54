/// Lets bytes pass at a rate: `--limit-rate`. Unused time adds up to a quarter of a second.
struct RateLimit {
  private let rate: Double
  private var allowance: Double
  private var at: Double?

  /// - Parameter rate: bytes per second, above 0.
  init(_ rate: Int) {
    self.rate = Double(max(1, rate))
    allowance = 0
  }

  /// Bytes that one request should not exceed, so that a slow rate stays even.
  var portion: Int { Int(max(1024, min(rate / 4, 1_048_576))) }

  mutating func advance(now: Double) {
    let passed = max(0, now - (at ?? now))
    at = now
    allowance = min(allowance + rate * passed, max(rate / 4, 1))
  }

  var isOpen: Bool { allowance >= 0 }

  /// The bytes may be more than is allowed now; then the next ones wait.
  mutating func take(_ bytes: Int) { allowance -= Double(bytes) }

  /// Seconds until it is open.
  var wait: Double { max(0, -allowance / rate) }
}
