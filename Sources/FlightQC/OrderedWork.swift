import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Runs jobs on other threads and hands over their results in the order in which they started.
final class OrderedWork<Result: Sendable> {
  /// Jobs that may run or wait to be taken: enough to keep all cores busy, few enough to bound memory.
  let most: Int
  private let queue = DispatchQueue(label: "gpsindex.flights", attributes: .concurrent)
  private var jobs: [Job] = []

  private final class Job: Sendable {
    let isDone = DispatchSemaphore(value: 0)
    let result = Mutex<Result?>(nil)
  }

  init(cores: Int = OrderedWork.cores) { most = max(2, cores + 1) }

  var count: Int { jobs.count }

  func start(_ work: @escaping @Sendable () -> Result) {
    let job = Job()
    jobs.append(job)
    queue.async {
      let result = work()
      job.result.withLock { $0 = result }
      job.isDone.signal()
    }
  }

  /// Waits for the oldest job; nil without one.
  func next() -> Result? {
    guard !jobs.isEmpty else { return nil }
    let job = jobs.removeFirst()
    job.isDone.wait()
    return job.result.withLock { $0.take() }
  }

  private static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
