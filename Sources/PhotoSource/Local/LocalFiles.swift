import PhotoModel
import Platform
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Some files of this machine, read one after the other by one thread.
final class LocalBatch: Sendable {
  /// A file to be read, and its reader.
  ///
  /// `@unchecked Sendable`: the reader is not, but only one side uses it at a time. The walk makes it and hands it over
  /// with the job; the thread hands it back with the result, or the walk never touches it again. Both go through the lock
  /// of ``LocalWorkers``.
  struct Item: @unchecked Sendable {
    var file: ListedFile
    var folder: PathBytes
    var path: [UInt8]
    var reader: any FileReader
    /// Of opening it, from 1.
    var attempt: Int
    /// It changed while it was read before.
    var hasChanged: Bool
  }

  enum Outcome: Sendable {
    case read
    /// Has another size and time by now.
    case changed(size: Int64, mtime: Int64)
    /// A system error.
    case failed(Int32)
  }

  struct Output: Sendable {
    var outcomes: [Outcome] = []
    var statistics = SourceStatistics()
    /// That the file system took, without the parser.
    var seconds = 0.0
  }

  let items: [Item]
  /// The file that is being read, for the case that this never ends.
  private let position = Atomic(0)
  /// When it began, in microseconds of ``SystemClock/now()``.
  private let began = Atomic(Int64(0))

  init(_ items: [Item]) { self.items = items }

  var current: Int { position.load(ordering: .relaxed) }
  var lastStep: Double { Double(began.load(ordering: .relaxed)) / 1e6 }

  func read() -> Output {
    var output = Output()
    output.outcomes.reserveCapacity(items.count)
    for (i, item) in items.enumerated() {
      position.store(i, ordering: .relaxed)
      began.store(Int64(SystemClock.now() * 1e6), ordering: .relaxed)
      output.outcomes.append(Self.read(item, &output))
    }
    return output
  }

  /// Bytes that the kernel reads ahead at the least.
  private static let smallFile: Int64 = 16_384

  private static func read(_ item: Item, _ output: inout Output) -> Outcome {
    let start = SystemClock.now()
    // Never waits on a FIFO that took the file's place.
    let fd = withPath(item.path) { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
    guard fd >= 0 else { return .failed(errno) }
    defer { close(fd) }
    #if !canImport(Darwin)
      // Otherwise the kernel reads ahead ten times as much as is needed. There is no more of a small file.
      if item.file.size ?? .max > smallFile { posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) }
    #endif
    output.seconds += SystemClock.now() - start
    output.statistics.filesOpened += 1
    // One clock for files and program, as far as anybody can tell.
    output.statistics.serverTime.clock = SystemClock.wall()
    if let code = feed(item.reader, from: fd, &output) { return .failed(code) }
    var status = stat()
    guard fstat(fd, &status) == 0 else { return .failed(errno) }
    if Int64(status.st_size) == item.file.size, status.mtime == item.file.mtime { return .read }
    return .changed(size: Int64(status.st_size), mtime: status.mtime)
  }

  /// Answers the reader until it asks no more; an errno when reading fails.
  private static func feed(
    _ reader: any FileReader, from fd: Int32, _ output: inout Output
  ) -> Int32? {
    while true {
      let ranges = reader.nextRanges()
      if ranges.isEmpty { return nil }
      for range in ranges {
        let start = SystemClock.now()
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
          while filled < buffer.count {
            let count = pread(
              fd, buffer.baseAddress?.advanced(by: filled), buffer.count - filled,
              off_t(range.lowerBound) + off_t(filled))
            if count < 0 {
              if errno == EINTR { continue }
              code = errno
            }
            if count <= 0 { return }
            filled += count
          }
        }
        output.seconds += SystemClock.now() - start
        if code != 0 { return code }
        output.statistics.dataRequests += 1
        output.statistics.bytesReceived += bytes.count
        reader.receive(range, bytes)
      }
    }
  }
}
