/// How many bytes of whole files may be asked for and not yet here, over all connections: a little more than the link
/// holds (its bandwidth-delay product). More gains nothing, and everything that is asked for behind it waits longer.
struct TransferWindow {
  /// Above the bandwidth-delay product itself, at which a link is not full.
  private static let surplus = 1.25
  /// Before the link is known. A smaller start costs round trips until it has grown.
  private let start: Int
  /// Of one connection: the channel window of 16 MiB must exceed it by a quarter.
  static let mostPerConnection = 12 << 20
  /// Of all connections: memory.
  private static let most = 40 << 20
  /// Seconds. A reply takes as long to be handled on a busy machine, however short the link.
  private static let shortestTrip = 0.004
  /// Intervals of which the best rate counts.
  private static let samples = 8

  private(set) var outstanding = 0
  private var connections = 1

  // Of the last intervals, bytes per second; a ring.
  private var rates: [Double] = []
  private var nextRate = 0
  private var intervalStart: Double?
  private var intervalBytes = 0
  /// In this interval the window kept something from being asked for.
  private var wasFull = false

  /// The shortest reply times of the last half minute and of the half minute before, seconds.
  private var trips: (now: Double?, before: Double?) = (nil, nil)
  private var tripsSince = 0.0
  /// Until then the window is smaller: the queue in the link drains, and replies show the round trip alone.
  private var probeEnd: Double?
  private var nextProbe: Double?

  init(start: Int = 4 << 20) { self.start = start }

  // MARK: The link

  /// Seconds; nil before the first reply.
  var roundTrip: Double? { [trips.now, trips.before].compactMap(\.self).min() }

  /// Bytes per second; nil before the first interval.
  var rate: Double? { rates.max() }

  /// Bytes that the link holds; nil before it is known.
  private var product: Double? {
    guard let rate, let roundTrip else { return nil }
    return rate * max(roundTrip, Self.shortestTrip)
  }

  private var limit: Int { min(Self.most, connections * Self.mostPerConnection) }

  /// The link takes more than one connection's window.
  var isAtLimit: Bool { (product ?? 0) * Self.surplus > Double(limit) }

  mutating func use(connections count: Int) { connections = max(1, count) }

  // MARK: The window

  /// Bytes of one READ. Short ones where the link is short or slow, so that whole ones fit.
  var readLength: Int {
    guard let product else { return 128 << 10 }
    return product >= 1_000_000 ? 128 << 10 : product >= 250_000 ? 64 << 10 : 32 << 10
  }

  /// Bytes.
  var size: Int {
    guard let product else { return min(start, limit) }
    let wanted = product * Self.surplus
    let whole = Int(min(wanted, Double(limit))) + 2 * readLength
    return min(probeEnd == nil ? whole : whole / 2, limit)
  }

  /// - Returns: false when the window is full.
  mutating func hasRoom(for length: Int) -> Bool {
    if outstanding == 0 || outstanding + length <= size { return true }
    wasFull = true
    return false
  }

  mutating func take(_ length: Int) { outstanding += length }
  mutating func release(_ length: Int) { outstanding = max(0, outstanding - length) }

  // MARK: Measuring

  /// Bytes of files arrived.
  mutating func received(_ bytes: Int, now: Double) {
    guard let start = intervalStart else {
      // The first bytes end a wait, and do not show a rate.
      intervalStart = now
      tripsSince = now
      nextProbe = roundTrip.map { now + 40 * max($0, 0.02) }
      return
    }
    intervalBytes += bytes
    let passed = now - start
    guard passed >= max(roundTrip ?? 0, 0.02) else { return }
    let sample = Double(intervalBytes) / passed
    // Where the window did not hold anything back, the link may be able to carry more.
    if probeEnd == nil, wasFull || sample > rate ?? 0 { keep(sample) }
    intervalStart = now
    intervalBytes = 0
    wasFull = false
    advance(now: now)
  }

  private mutating func keep(_ sample: Double) {
    if rates.count < Self.samples {
      rates.append(sample)
    } else {
      rates[nextRate] = sample
      nextRate = (nextRate + 1) % Self.samples
    }
  }

  /// A reply came after so many seconds.
  mutating func replied(after seconds: Double) {
    guard seconds >= 0 else { return }
    trips.now = min(trips.now ?? .infinity, seconds)
  }

  private mutating func advance(now: Double) {
    if let end = probeEnd, now >= end {
      probeEnd = nil
      nextProbe = now + 30
    }
    if now - tripsSince >= 30 {
      trips = (nil, trips.now)
      tripsSince = now
    }
    guard probeEnd == nil, let due = nextProbe, now >= due, let roundTrip else { return }
    probeEnd = now + max(roundTrip, 0.02)
  }
}
