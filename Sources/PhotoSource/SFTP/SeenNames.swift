import PhotoModel

/// The names that one folder's listing has shown, and what they take of the walk's budget.
struct SeenNames {
  /// Paths are hashed all bytes at once.
  private var names: Set<PathBytes> = []
  private var held = 0

  /// - Returns: false when it is not the first time, or when a limit is reached.
  mutating func insert(_ name: [UInt8], _ budget: inout WalkBudget, waitingJobs: Int) -> Bool {
    guard budget.reached == nil, names.insert(PathBytes(name)).inserted else { return false }
    hold(WalkBudget.cost(name: name), &budget, waitingJobs: waitingJobs)
    return true
  }

  mutating func hold(_ bytes: Int, _ budget: inout WalkBudget, waitingJobs: Int) {
    held += bytes
    budget.hold(bytes, beside: waitingJobs * WalkBudget.job)
  }

  mutating func release(_ bytes: Int, _ budget: inout WalkBudget) {
    let bytes = min(bytes, held)
    held -= bytes
    budget.release(bytes)
  }

  /// For another listing of the same folder: these come as new.
  mutating func subtract(_ others: Set<[UInt8]>) { names.subtract(others.map { PathBytes($0) }) }

  /// No name is needed any more.
  mutating func forget(_ budget: inout WalkBudget) {
    names = []
    release(held, &budget)
  }

  /// Those of the names that the listing has, be it in other letters, as after a renaming on a file system
  /// that makes no difference. One pass over the listing, however many names there are.
  func matches(_ wanted: [[UInt8]]) -> Set<[UInt8]> {
    func plain(_ name: [UInt8]) -> [UInt8] {
      name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }
    var shown = Set(wanted.filter { names.contains(PathBytes($0)) })
    var missing: [[UInt8]: [[UInt8]]] = [:]
    var lengths: Set<Int> = []
    for name in wanted where !shown.contains(name) {
      missing[plain(name), default: []].append(name)
      lengths.insert(name.count)
    }
    if missing.isEmpty { return shown }
    for name in names where lengths.contains(name.bytes.count) {
      if let found = missing[plain(name.bytes)] { shown.formUnion(found) }
    }
    return shown
  }
}
