import Testing

@testable import PhotoSource

/// The window on a modelled link: replies queue for the rate, and take a round trip.
@Suite struct TransferWindowTests {
  struct Link: Sendable, CustomTestStringConvertible {
    /// Bytes per second, and seconds.
    var rate: Double
    var trip: Double
    var testDescription: String { "\(rate / 125_000) Mbit/s, \(trip * 1000) ms" }
  }

  static let links = [
    (200.0, 0.02), (200, 0.05), (200, 0.1), (200, 0.2), (20, 0.05), (1000, 0.01), (4, 0.05),
  ].map { Link(rate: $0.0 * 125_000, trip: $0.1) }

  /// - Returns: bytes received from `from` to `to`, and the mean of outstanding bytes then.
  private func run(
    _ link: Link, window: inout TransferWindow, from: Double, to: Double
  ) -> (bytes: Double, outstanding: Double) {
    var now = 0.0
    var free = 0.0
    var replies: [(at: Double, sent: Double, length: Int)] = []
    var next = 0
    var bytes = 0.0
    var sum = 0.0
    var count = 0.0
    while now < to {
      while window.hasRoom(for: window.readLength) {
        let length = window.readLength
        window.take(length)
        free = max(free, now + link.trip / 2) + Double(length) / link.rate
        replies.append((free + link.trip / 2, now, length))
      }
      guard next < replies.count else { break }
      let reply = replies[next]
      next += 1
      now = reply.at
      window.release(reply.length)
      window.replied(after: now - reply.sent)
      window.received(reply.length, now: now)
      if now >= from, now < to {
        bytes += Double(reply.length)
        sum += Double(window.outstanding)
        count += 1
      }
    }
    return (bytes, sum / max(1, count))
  }

  @Test(arguments: links) func fillsTheLink(_ link: Link) {
    var window = TransferWindow()
    // The first window is for a fast link; a slow one takes its time to pass it.
    let start = max(1, 30 * link.trip) + 8_000_000 / link.rate
    let (bytes, outstanding) = run(link, window: &window, from: start, to: start + 10)
    #expect(bytes >= 0.97 * 10 * link.rate, "\(bytes / link.rate / 10)")
    let product = link.rate * max(link.trip, 0.004)
    #expect(outstanding <= 1.3 * product + 3 * 131_072, "\(outstanding / product)")
  }

  /// A reply time that was too long at first is corrected, so that little queues.
  @Test func findsTheRoundTripBehindAQueue() {
    let link = Link(rate: 25_000_000, trip: 0.05)
    var window = TransferWindow()
    window.replied(after: 0.09)
    let (_, outstanding) = run(link, window: &window, from: 5, to: 10)
    #expect((window.roundTrip ?? 1) < 0.06, "\(window.roundTrip ?? 0)")
    #expect(outstanding <= 1.5 * 1_250_000 + 262_144)
  }

  @Test func oneConnectionHoldsAtMostItsPart() {
    let link = Link(rate: 500_000_000, trip: 0.2)
    var window = TransferWindow()
    _ = run(link, window: &window, from: 0, to: 5)
    #expect(window.size == TransferWindow.mostPerConnection)
    #expect(window.isAtLimit)
    window.use(connections: 3)
    #expect(window.size > TransferWindow.mostPerConnection)
  }

  @Test func aRateLimitHoldsOverTime() {
    var limit = RateLimit(1_000_000)
    var taken = 0
    var now = 0.0
    while now < 20 {
      limit.advance(now: now)
      while limit.isOpen {
        limit.take(limit.portion)
        taken += limit.portion
      }
      now += 0.01
    }
    #expect(abs(Double(taken) - 20_000_000) < 700_000, "\(taken)")
  }
}
