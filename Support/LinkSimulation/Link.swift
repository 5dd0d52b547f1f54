import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A TCP proxy between two ports of 127.0.0.1 that behaves like a long cable: each direction is
/// delayed by half the round trip, optionally capped, and holds as many bytes as are sent.
///
/// One thread, the caller of ``run(onIdle:)``, does everything; ``stop()`` and
/// ``statistics`` may be called from any other.
package final class Link: Sendable {
  /// The port clients connect to.
  package let port: UInt16
  package let target: UInt16
  package let settings: LinkSettings

  private let latest = Mutex(LinkStatistics())
  private let stopping = Atomic(false)
  private let listener: Int32
  private let wake: (read: Int32, write: Int32)

  /// Starts to listen; nothing is forwarded before ``run(onIdle:)``.
  /// - Parameters:
  ///   - listen: port on 127.0.0.1; 0: any free one.
  ///   - target: port of the server on 127.0.0.1.
  package init(listen: UInt16 = 0, target: UInt16, settings: LinkSettings) throws(LinkError) {
    wake = try LoopbackSocket.wakePipe()
    (listener, port) = try LoopbackSocket.listener(port: listen)
    self.target = target
    self.settings = settings
  }

  deinit {
    close(listener)
    close(wake.read)
    close(wake.write)
  }

  package var statistics: LinkStatistics { latest.withLock { $0 } }

  /// Makes ``run(onIdle:)`` close all connections and return. Safe in a signal handler: an atomic
  /// store and a `write`.
  package func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    var byte: UInt8 = 1
    _ = write(wake.write, &byte, 1)
  }

  /// Forwards until ``stop()``.
  /// - Parameter onIdle: called on this thread each time the last open connection has ended.
  package func run(onIdle: (LinkStatistics) -> Void = { _ in }) {
    var loop = LinkLoop(listener: listener, wake: wake.read, target: target, settings: settings)
    var wasOpen = false
    while !stopping.load(ordering: .sequentiallyConsistent) {
      loop.turn()
      let now = loop.statistics
      latest.withLock { $0 = now }
      if wasOpen, now.openConnections == 0 { onIdle(now) }
      wasOpen = now.openConnections > 0
    }
    loop.closeAll()
    let last = loop.statistics
    latest.withLock { $0 = last }
  }
}
