import PhotoModel

/// The pictures of one site that are wanted: the newest wish first, those that nobody waits for last. Sans I/O.
struct PictureQueue {
  /// Wishes above this are refused, and read-ahead above it is dropped: a page shows a few hundred.
  static let most = 4096

  struct Job {
    var plan: PicturePlan
    var key: PictureKey
    var tag: UInt64
    /// Numbers of the requests that wait for it; none: it is read ahead.
    var waiters: [UInt64]
  }

  private struct File: Hashable {
    var folder: PathBytes
    var name: PathBytes
  }

  /// In the order of the wishes.
  private var wanted: [Job] = []
  private var ahead: [Job] = []
  /// Being read; one picture of a file at a time.
  private var active: [File: Job] = [:]

  var isEmpty: Bool { wanted.isEmpty && ahead.isEmpty && active.isEmpty }
  var waiting: Int { wanted.count + ahead.count }

  /// - Returns: false when too many wait.
  mutating func add(_ job: Job) -> Bool {
    let file = File(folder: job.plan.folder, name: job.plan.file.name)
    if let running = active[file], running.key == job.key {
      active[file]?.waiters += job.waiters
      return true
    }
    if job.waiters.isEmpty {
      let isKnown = (wanted + ahead).contains { $0.key == job.key }
      if !isKnown, ahead.count < Self.most { ahead.append(job) }
      return true
    }
    var job = job
    if let place = wanted.firstIndex(where: { $0.key == job.key }) {
      job.waiters += wanted.remove(at: place).waiters
    }
    guard wanted.count < Self.most else { return false }
    ahead.removeAll { $0.key == job.key }
    wanted.append(job)
    return true
  }

  /// Takes what is wanted most, of files of which nothing is being read.
  mutating func next() -> Job? {
    if let place = wanted.lastIndex(where: { active[Self.file(of: $0)] == nil }) {
      return begin(wanted.remove(at: place))
    }
    if let place = ahead.firstIndex(where: { active[Self.file(of: $0)] == nil }) {
      return begin(ahead.remove(at: place))
    }
    return nil
  }

  private mutating func begin(_ job: Job) -> Job {
    active[Self.file(of: job)] = job
    return job
  }

  private static func file(of job: Job) -> File {
    File(folder: job.plan.folder, name: job.plan.file.name)
  }

  /// What is being read of a file.
  func running(_ name: PathBytes, in folder: PathBytes) -> Job? {
    active[File(folder: folder, name: name)]
  }

  /// It is read.
  mutating func finish(_ name: PathBytes, in folder: PathBytes) -> Job? {
    active.removeValue(forKey: File(folder: folder, name: name))
  }

  /// Nobody waits under that number any more. What is being read is read to its end.
  mutating func cancel(_ number: UInt64) {
    for (file, job) in active where job.waiters.contains(number) {
      active[file]?.waiters.removeAll { $0 == number }
    }
    for place in wanted.indices where wanted[place].waiters.contains(number) {
      wanted[place].waiters.removeAll { $0 == number }
    }
    wanted.removeAll(where: \.waiters.isEmpty)
  }

  mutating func forgetAhead() { ahead = [] }

  /// Takes everything: the place cannot be reached.
  mutating func takeAll() -> [Job] {
    defer { self = PictureQueue() }
    return wanted + Array(active.values)
  }
}
