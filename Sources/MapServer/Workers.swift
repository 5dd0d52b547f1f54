import Dispatch
import NIOPosix

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Threads for what blocks (SQLite, waiting for processes): the executor of async code is only as wide as the machine.
package struct Workers: Sendable {
  private let pool: NIOThreadPool
  private let waiting = DispatchQueue(label: "gpsindex.waiting", attributes: .concurrent)

  package init(threads: Int) {
    pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
  }

  func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await pool.runIfActive(body)
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
