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
    /// Folders wait or are open.
    var isListing = false
    /// Anything at all is waited for.
    var hasWork = false
  }

  /// Those that take requests.
  var ready: [PooledConnection] { connections.filter(\.isReady) }
  var hasRoom: Bool { connections.contains(where: \.hasRoom) }
  /// How many handles all of them may have open together.
  var windows: Int { connections.reduce(0) { $0 + $1.windowSize } }
}
