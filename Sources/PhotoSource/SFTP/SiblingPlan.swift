import SSHTransport

/// How many streams share a login.
///
/// A server takes only a window of bytes per round trip and stream; dropbear's default is 24 kB. Requests of a first sync,
/// mostly paths, take ten times as much. Several streams have several windows.
struct SiblingPlan {
  /// Streams of one login at most; each is a process on the server.
  private static let most = 8
  /// Bytes of requests per second that one login should carry.
  private static let rate = 4_000_000.0
  /// On shorter links the windows open fast enough; seconds.
  private static let shortestRoundTrip = 0.005
  /// What reading a photo's head takes of the window, about: paths are most of it.
  private static let bytesPerHead = 200

  /// Streams that ended while their login stood, after which no further one is opened over it.
  private static let mostLosses = 2

  /// The server would not open another one.
  var isRefused = false
  /// By the number of the connection whose login it was.
  private var losses: [Int: Int] = [:]

  /// A stream ended.
  mutating func noteLoss(over parent: Int) { losses[parent, default: 0] += 1 }

  /// Another stream over a login, where that helps; one at a time.
  func next(
    to connections: [PooledConnection], _ backlog: ConnectionPool.Backlog
  ) -> (channel: any ByteChannel, parent: Int)? {
    guard !connections.contains(where: { $0.state == .connecting }),
      let parent = connections.first(where: { $0.isOpen && !$0.isSibling }),
      losses[parent.number, default: 0] < Self.mostLosses,
      let window = parent.sendWindow, wantsMore(than: connections.count, window, backlog)
    else { return nil }
    return parent.makeSibling().map { ($0, parent.number) }
  }

  func wantsMore(
    than streams: Int, _ window: SendWindow, _ backlog: ConnectionPool.Backlog
  ) -> Bool {
    guard !isRefused, window.bytes > 0, window.roundTrip >= Self.shortestRoundTrip,
      backlog.isExploring || backlog.heads > window.bytes / Self.bytesPerHead
    else { return false }
    let useful = (window.roundTrip * Self.rate / Double(window.bytes)).rounded(.up)
    return Double(streams) < min(useful, Double(Self.most))
  }
}
