import Dispatch
import Platform
import Synchronization

/// What one thread does in one go.
protocol LocalWork: Sendable {
  /// When the latest of several steps began, in seconds of ``SystemClock/now()``; 0 for work of one step.
  var lastStep: Double { get }
}

/// Threads that wait for the file system in place of the walk's own thread. On a mounted share each call is a round trip.
///
/// One thread submits jobs and takes their results. A thread that never comes back from the file system is given up with
/// its job; nobody waits for it.
final class LocalWorkers<Job: LocalWork, Output: Sendable>: Sendable {
  private struct State {
    var queued: [(id: Int, job: Job)] = []
    /// Of the next job in `queued`.
    var head = 0
    var lastID = 0
    /// What runs, and since when, in seconds of ``SystemClock/now()``.
    var running: [Int: (job: Job, since: Double)] = [:]
    var results: [(id: Int, output: Output)] = []
    var threads = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  private let jobs = DispatchSemaphore(value: 0)
  private let finished = DispatchSemaphore(value: 0)
  private let perform: @Sendable (Job) -> Output

  init(_ perform: @escaping @Sendable (Job) -> Output) { self.perform = perform }

  /// Jobs that wait for a thread.
  var waiting: Int { state.withLock { $0.queued.count - $0.head } }
  var threads: Int { state.withLock { $0.threads } }

  /// Starts threads until there are `count`, as far as the system allows.
  func grow(to count: Int) {
    while state.withLock({ $0.threads < count && !$0.isClosed }) {
      state.withLock { $0.threads += 1 }
      if !SystemThread.start({ [self] in serve() }) {
        state.withLock { $0.threads -= 1 }
        return
      }
    }
  }

  /// - Returns: the number by which ``take(waiting:)`` names the job.
  func submit(_ job: Job) -> Int {
    let id = state.withLock { state in
      state.lastID += 1
      state.queued.append((state.lastID, job))
      return state.lastID
    }
    jobs.signal()
    return id
  }

  /// What has been finished; empty when nothing is within some seconds.
  func take(waiting seconds: Double) -> [(id: Int, output: Output)] {
    _ = finished.wait(timeout: .now() + seconds)
    return state.withLock { state in
      defer { state.results = [] }
      return state.results
    }
  }

  /// Gives up jobs whose current step has taken longer than some seconds: no result of theirs is taken any more. Each one's
  /// thread is lost with it.
  /// - Returns: their numbers.
  func giveUp(after seconds: Double) -> [Int] {
    let now = SystemClock.now()
    return state.withLock { state in
      var late: [Int] = []
      for (id, work) in state.running where now - max(work.since, work.job.lastStep) > seconds {
        late.append(id)
      }
      for id in late { state.running[id] = nil }
      state.threads -= late.count
      return late.sorted()
    }
  }

  /// Ends the threads that come back; queued jobs are dropped.
  func close() {
    let threads = state.withLock { state in
      state.isClosed = true
      state.queued = []
      state.head = 0
      return state.threads
    }
    for _ in 0..<threads { jobs.signal() }
  }

  private func serve() {
    while true {
      jobs.wait()
      let next = state.withLock { state -> (id: Int, job: Job)? in
        guard !state.isClosed, state.head < state.queued.count else { return nil }
        let next = state.queued[state.head]
        state.head += 1
        // Shifting the rest at every step would cost the square of their number.
        if state.head > 64, state.head * 2 > state.queued.count {
          state.queued.removeFirst(state.head)
          state.head = 0
        }
        state.running[next.id] = (next.job, SystemClock.now())
        return next
      }
      guard let next else {
        if state.withLock(\.isClosed) { return }
        continue
      }
      let output = perform(next.job)
      let isWanted = state.withLock { state in
        guard state.running.removeValue(forKey: next.id) != nil else { return false }
        // One signal for all that have not been taken.
        if state.results.isEmpty { finished.signal() }
        state.results.append((next.id, output))
        return true
      }
      if !isWanted { return }
    }
  }
}

/// How many threads a walk of this machine uses, and how many files each takes at once. Sans I/O.
///
/// A local disk answers within microseconds: there two threads are enough, and files go in batches. Where opening and
/// reading take longer than ``slow``, the number of threads is doubled as long as the rate grows.
struct LocalGrowth {
  /// Seconds for one file.
  static let slow = 0.0002
  /// A mounted share answers no faster with more.
  static let most = 64
  /// A doubling that makes the rate grow by less than this is the last one.
  private static let gain = 1.15
  /// Seconds of work for one batch.
  private static let batchTime = 0.0005

  private(set) var threads: Int
  /// Windows until another doubling is tried; the last one did not help.
  private var pause = 0
  private static let longPause = 20
  /// With half as many threads.
  private var lastSecondsPerFile: Double?
  private var windowStart: Double
  private var windowFiles = 0
  private var windowSeconds = 0.0
  /// Of one file in the latest window.
  private var secondsPerFile = LocalGrowth.batchTime / 4

  init(cores: Int, now: Double) {
    threads = min(max(cores, 2), 8)
    windowStart = now
  }

  /// Files for one batch.
  var batch: Int { min(max(Int(Self.batchTime / max(secondsPerFile, 1e-6)), 1), 32) }

  /// The process has no more file descriptors.
  mutating func shrink() {
    threads = max(threads / 2, 1)
    pause = .max
  }

  /// - Parameters:
  ///   - files: that were opened, or looked at, by one job.
  ///   - seconds: that the file system took for them.
  ///   - backlog: jobs that wait; without any, more threads would wait, too.
  mutating func note(files: Int, seconds: Double, backlog: Int, now: Double) {
    windowFiles += files
    windowSeconds += seconds
    let elapsed = now - windowStart
    guard windowFiles >= 2 * threads, elapsed >= 0.02 else { return }
    secondsPerFile = windowSeconds / Double(windowFiles)
    if pause > 0 {
      pause -= 1
    } else if secondsPerFile > Self.slow, backlog > 0, threads < Self.most {
      // As long as a file takes as long as before, twice the threads read twice as many. The rate itself would also
      // fall for want of work.
      if let last = lastSecondsPerFile, 2 * last < secondsPerFile * Self.gain {
        threads = max(threads / 2, 2)
        pause = Self.longPause
      } else {
        threads = min(threads * 2, Self.most)
        lastSecondsPerFile = secondsPerFile
      }
    }
    windowStart = now
    windowFiles = 0
    windowSeconds = 0
  }
}
