import Dispatch
import NIOPosix
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Threads for what blocks (SQLite, waiting for processes): the executor of async code is only as wide as the machine.
package struct Workers: Sendable {
  private let pool: NIOThreadPool
  /// Answers that grow with the index are computed one after the other, so that their memory stays bounded.
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

  /// Runs `body` on one of the threads. When the task is cancelled, the flag is set, and a body that has not begun
  /// never runs.
  ///
  /// Not `runIfActive`: the pool would remember each id that is cancelled in mid-run for ever.
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
          // On a busy machine the tasks that wait run late: the next large answer is not computed before
          // the last one is counted.
          if isLarge { taken.wait() }
        }
      }
    } onCancel: {
      stop.set()
    }
  }

  /// Until a child has ended; not among the few threads that answer requests.
  func wait(for pid: pid_t) async {
    await withCheckedContinuation { continuation in
      waiting.async {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        continuation.resume()
      }
    }
  }
}

/// Tells a thread that nobody waits for its result any more.
package final class StopFlag: Sendable {
  private let flag = Atomic(false)

  package init() {}

  package var isSet: Bool { flag.load(ordering: .relaxed) }

  package func set() { flag.store(true, ordering: .relaxed) }
}
