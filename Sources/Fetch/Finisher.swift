import Dispatch
import Platform
import PhotoModel
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Puts finished files into their places on threads of its own: while a disk takes its time to make files durable, the
/// network goes on. Several files at once: journals of file systems make them durable in one go.
///
/// `@unchecked Sendable`: `destination` is used by the serial queue `placing` alone from `init` to the end of ``wait()``;
/// everything else is constant or under the lock.
final class Finisher: @unchecked Sendable {
  struct Item: Sendable {
    /// The number of its target.
    var number: Int
    var path: [UInt8]
    var part: String
    /// Closed here.
    var descriptor: Int32
    /// As the source has it.
    var file: ListedFile
  }

  enum Outcome: Sendable, Equatable {
    /// - Parameter defect: what its own structure lacks (``FileCheck``).
    case placed(sum: String?, defect: String?)
    /// Something else has its name.
    case taken
    case failed(SystemError)
  }

  /// Files that wait at most; each is open.
  private static let most = 24

  private let destination: Destination
  private let replaces: Bool
  private let checks: Bool
  private let sums: Bool
  private let queue = DispatchQueue(label: "gpsindex.fetch.finish", attributes: .concurrent)
  private let placing = DispatchQueue(label: "gpsindex.fetch.place")
  /// Starts at 0 and is then raised: libdispatch traps when a semaphore is freed below its initial value.
  private let room = DispatchSemaphore(value: 0)
  private let done = Mutex<[(number: Int, outcome: Outcome)]>([])

  /// - Parameters:
  ///   - checks: looks at the structure of each file.
  ///   - sums: computes the SHA-256 sum of each file.
  init(_ destination: Destination, replaces: Bool, checks: Bool, sums: Bool) {
    self.destination = destination
    self.replaces = replaces
    self.checks = checks
    self.sums = sums
    for _ in 0..<Self.most { room.signal() }
  }

  /// Blocks while many files wait.
  func add(_ item: Item) {
    room.wait()
    queue.async { [self] in
      let outcome = finish(item)
      done.withLock { $0.append((item.number, outcome)) }
      room.signal()
    }
  }

  /// What has come to its end since the last call.
  func results() -> [(number: Int, outcome: Outcome)] {
    done.withLock { done in
      defer { done = [] }
      return done
    }
  }

  /// All that was added has come to its end.
  func wait() { queue.sync(flags: .barrier) {} }

  private func finish(_ item: Item) -> Outcome {
    defer { close(item.descriptor) }
    var status = stat()
    guard fstat(item.descriptor, &status) == 0 else { return .failed(.last) }
    let size = Int64(status.st_size)
    // Whoever else wrote to it: it is not the file.
    guard size == item.file.size ?? size else { return .failed(SystemError(ESTALE)) }
    let sum = sums ? FileSum.of(item.descriptor) : nil
    var defect: String?
    if checks, case .cut(let missing) = FileCheck.check(item.descriptor, size: size) {
      defect = missing
    }
    if let mtime = item.file.mtime {
      let time = timespec(tv_sec: Int(clamping: mtime), tv_nsec: 0)
      guard futimens(item.descriptor, [time, time]) == 0 else { return .failed(.last) }
    }
    guard fsync(item.descriptor) == 0 else { return .failed(.last) }
    let placed = placing.sync {
      destination.place(item.part, at: item.path, replaces: replaces)
    }
    switch placed {
    case .done: return .placed(sum: sum, defect: defect)
    case .taken: return .taken
    case .failed(let error): return .failed(error)
    }
  }
}

/// SHA-256 of an open file.
enum FileSum {
  /// nil when it cannot be read.
  static func of(_ file: Int32) -> String? {
    var hash = SHA256()
    var block = [UInt8](repeating: 0, count: 1 << 18)
    var place: off_t = 0
    while true {
      let count = block.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, place) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { return SHA256.text(hash.finish()) }
      block.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      place += off_t(count)
    }
  }
}
