import SSHTransport

/// Who uses a pool's connections: it takes replies, and the work of connections that broke.
protocol ConnectionUser: AnyObject {
  var isCancelled: Bool { get }
  func received(_ reply: PooledConnection.Reply, on connection: PooledConnection, now: Double)
  /// The connection is gone; what was open on it is to be asked for again.
  /// - Parameter blamesWindow: it was too much at once, and none of the files is to blame.
  func lost(
    _ connection: PooledConnection, files: [FileReading], folders: [WalkedFolder],
    blamesWindow: Bool)
  func note(_ text: String)
}

extension ConnectionPool {
  /// Work that waits for connections.
  struct Backlog {
    /// Photos that wait to be read.
    var files = 0
    /// Of them, those of which a few ranges are read: the paths in their requests are what takes the way up.
    var heads = 0
    /// Folders wait or are open.
    var isListing = false
    /// Nothing is known of the tree, and it is being listed: photos will follow.
    var isExploring = false
    /// Anything at all is waited for.
    var hasWork = false
  }

  /// Those that take requests.
  var ready: [PooledConnection] { connections.filter(\.isReady) }
  /// What is waited for before the first connection stands.
  var stage: ConnectionStage? { everReady ? nil : connections.first?.stage }
  var logins: Int { connections.count { $0.state != .dead && !$0.isSibling } }
  var othersStand: Bool { connections.contains { $0.state != .dead } }
  /// The server holds no handle, as far as it can be known: what it refuses now it refuses for another reason.
  func isSettled(now: Double) -> Bool {
    connections.allSatisfy { $0.state == .dead || $0.isSettled(now: now) }
  }
  /// None stands or is being made.
  var isEmpty: Bool { connections.allSatisfy { $0.state == .dead } }
  var hasRoom: Bool { connections.contains(where: \.hasRoom) }
  /// How many handles all of them may have open together.
  var windows: Int { connections.reduce(0) { $0 + $1.windowSize } }
}

extension PooledConnection {
  /// Servers answer in order, or nearly so: what breaks a connection that has carried something is one
  /// of so many open files or folders that were asked for first.
  private static let suspects = 16

  /// What only waited for its turn behind others is not to blame: else a link that breaks every now and
  /// then would lose what no server ever looked at.
  /// A connection that answered nothing shows nothing about a file: the next one is asked for the root first. A stream
  /// beside others may have ended for the server's own reasons; the one that stands then reads its files.
  /// - Parameter numbers: of the openings that the connection took with it.
  func lastSuspect(among numbers: [Int], blamesWindow: Bool) -> Int {
    if blamesWindow || !hasAnswered || isSibling { return 0 }
    return hasFinishedWork ? numbers.sorted().prefix(Self.suspects).last ?? 0 : .max
  }
}
