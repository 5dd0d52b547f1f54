import PhotoModel
import Synchronization

/// Files that wait to be read, in their order.
struct ReadQueue {
  typealias Entry = (file: ListedFile, folder: PathBytes, attempt: Int, hasChanged: Bool)
  private var files: [Entry] = []
  private var head = 0

  var count: Int { files.count - head }
  var isEmpty: Bool { count == 0 }

  mutating func add(
    _ file: ListedFile, in folder: PathBytes, attempt: Int = 1, hasChanged: Bool = false
  ) {
    files.append((file, folder, attempt, hasChanged))
  }

  mutating func next() -> Entry? {
    guard head < files.count else {
      files = []
      head = 0
      return nil
    }
    defer {
      head += 1
      if head > 1024, head * 2 > files.count {
        files.removeFirst(head)
        head = 0
      }
    }
    return files[head]
  }
}

enum LocalJob: LocalWork {
  case list(LocalListingJob)
  case look(LocalLookJob)
  case read(LocalBatch)

  var lastStep: Double {
    if case .read(let batch) = self { batch.lastStep } else { 0 }
  }

  func perform() -> LocalOutput {
    switch self {
    case .list(let job): .listed(job.list())
    case .look(let job): .looked(job.look())
    case .read(let batch): .read(batch.read())
    }
  }
}

enum LocalOutput: Sendable {
  case listed(LocalListingJob.Output)
  case looked(LocalLookJob.Output)
  case read(LocalBatch.Output)
}

/// Raised once, read by all threads.
final class SharedFlag: Sendable {
  private let flag = Atomic(false)
  var isRaised: Bool { flag.load(ordering: .relaxed) }
  func raise() { flag.store(true, ordering: .relaxed) }
}
