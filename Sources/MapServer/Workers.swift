import Dispatch
import NIOPosix
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Threads for blocking work (SQLite, waiting for processes): the executor of async code has one thread per core.
package struct Workers: Sendable {
  private let pool: NIOThreadPool
  /// Computes responses that grow with the index one after the other, to bound their memory.
  private let largePool: NIOThreadPool
  private let waiting = DispatchQueue(label: "gpsindex.waiting", attributes: .concurrent)

  private static let mostLarge = 1

  package init(threads: Int) {
    pool = NIOThreadPool(numberOfThreads: threads)
    largePool = NIOThreadPool(numberOfThreads: min(threads, Self.mostLarge))
    pool.start()
    largePool.start()
  }

  func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await run(stoppable: { _ in try body() })
  }

  /// Runs `body` on one of the threads. Cancelling the task sets the flag; a body that has not started never runs.
  ///
  /// Does not use `runIfActive`: the pool would keep each id that is cancelled while it runs for ever.
  func run<R: Sendable>(
    isLarge: Bool = false, stoppable body: @escaping @Sendable (StopFlag) throws -> R
  ) async throws -> R {
    let stop = StopFlag()
    let taken = DispatchSemaphore(value: 0)
    return try await withTaskCancellationHandler {
      defer { taken.signal() }
      return try await withCheckedThrowingContinuation { continuation in
        (isLarge ? largePool : pool).submit { state in
          guard state == .active, !stop.isSet else {
            return continuation.resume(throwing: CancellationError())
          }
          continuation.resume(with: Result { try body(stop) })
          // Waiting tasks run late on a busy machine. The next large response must not start before the memory of this one
          // is counted.
          if isLarge { taken.wait() }
        }
      }
    } onCancel: {
      stop.set()
    }
  }

  /// Waits for a child process, outside of the threads that serve requests.
  /// - Returns: the status of waitpid(2).
  @discardableResult
  func wait(for pid: pid_t) async -> Int32 {
    await withCheckedContinuation { continuation in
      waiting.async {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        continuation.resume(returning: status)
      }
    }
  }
}

/// A cancellation flag for a thread. Thread-safe.
package final class StopFlag: Sendable {
  private let flag = Atomic(false)

  package init() {}

  package var isSet: Bool { flag.load(ordering: .relaxed) }

  package func set() { flag.store(true, ordering: .relaxed) }
}
