internal import CSQLite
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Waiting for another connection's lock, for all connections of the process.
package enum LockWaiting {
  private static let question = Mutex<@Sendable () -> Bool>({ false })

  /// From the moment that `isStopped` is true, no connection waits longer than a quarter of a second: a program that
  /// was asked to stop ends with what it has. Asked on any thread, some twenty times a second.
  package static func stop(when isStopped: @escaping @Sendable () -> Bool) {
    question.withLock { $0 = isStopped }
  }

  static var isStopped: Bool { question.withLock { $0 }() }
}

/// How long one connection waits; lives as long as the connection.
final class LockPatience {
  fileprivate var milliseconds: Int32 = 0
  private var start = ContinuousClock.now

  /// - Parameter count: earlier calls for the same lock.
  fileprivate func waits(_ count: Int32) -> Bool {
    if count == 0 { start = .now }
    let waited = start.duration(to: .now)
    let limit = LockWaiting.isStopped ? min(milliseconds, 250) : milliseconds
    guard waited < .milliseconds(Int64(limit)) else { return false }
    // Short ones first: most locks are held for a few milliseconds.
    usleep(count < 5 ? 2_000 : 25_000)
    return true
  }
}

extension Connection {
  /// How long a statement waits for another connection's lock (`sqlite3_busy_handler`); less once the process is
  /// asked to stop (``LockWaiting``).
  package func setBusyTimeout(milliseconds: Int32) {
    patience.milliseconds = milliseconds
    let pointer = unsafe Unmanaged.passUnretained(patience).toOpaque()
    _ = unsafe sqlite3_busy_handler(handle, askPatience, pointer)
  }
}

private func askPatience(_ pointer: UnsafeMutableRawPointer?, _ count: Int32) -> Int32 {
  guard let pointer = unsafe pointer else { return 0 }
  return unsafe Unmanaged<LockPatience>.fromOpaque(pointer).takeUnretainedValue().waits(count)
    ? 1 : 0
}
