import Platform
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Copies whole files of this machine, one after the other.
final class LocalDownload: PhotoDownload {
  private let root: LocalRoot
  private unowned let visitor: any DownloadVisitor
  private var limit: RateLimit?
  private(set) var statistics = SourceStatistics()

  init(root: [UInt8], options: DownloadOptions, visitor: any DownloadVisitor) {
    self.root = LocalRoot(root)
    self.visitor = visitor
    limit = options.mostBytesPerSecond.map { RateLimit($0) }
  }

  var state: SourceState {
    var state = SourceState()
    state.isListing = false
    state.bytesReceived = statistics.bytesReceived
    return state
  }

  func run() throws {
    var next = visitor.nextFile()
    if next == nil { return }
    let folder = withPath(root.absolute([])) { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard folder >= 0 else { throw root.error(errno) }
    close(folder)
    while let wanted = next {
      if visitor.isCancelled { return }
      visitor.beat()
      guard read(wanted) else { return }
      next = visitor.nextFile()
    }
  }

  /// - Returns: false when the visitor cancelled.
  private func read(_ wanted: WantedFile) -> Bool {
    var file = wanted.file
    for _ in 0..<3 {
      let path = root.absolute(wanted.folder.appending(file.name).bytes)
      // Never waits on a FIFO that took the file's place.
      let fd = withPath(path) { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
      guard fd >= 0 else {
        fail(file, wanted.folder, errno)
        return true
      }
      defer { close(fd) }
      statistics.filesOpened += 1
      guard let before = Self.facts(fd, file) else {
        fail(file, wanted.folder, EINVAL)
        return true
      }
      if before != file {
        file = before
        // The right part of another version may be there already.
        continue
      }
      let taker = visitor.makeTaker(for: file, in: wanted.folder)
      switch copy(fd, to: taker) {
      case .stopped: return false
      case .failed(let code):
        fail(file, wanted.folder, code)
        return true
      case .whole:
        guard let after = Self.facts(fd, file) else { continue }
        if after == file {
          visitor.didRead(file, in: wanted.folder, .read(taker))
          return true
        }
        file = after
      }
    }
    visitor.didRead(
      file, in: wanted.folder, .failed(.changing, detail: "changed while it was read, twice"))
    return true
  }

  /// The file's size and time now; nil for what is no regular file.
  private static func facts(_ fd: Int32, _ file: ListedFile) -> ListedFile? {
    var status = stat()
    guard fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return ListedFile(name: file.name, size: Int64(status.st_size), mtime: status.mtime)
  }

  private enum End {
    case whole
    case stopped
    case failed(Int32)
  }

  private func copy(_ fd: Int32, to taker: any FileTaker) -> End {
    var offset = taker.start
    let portion = min(1 << 20, limit?.portion ?? 1 << 20)
    while true {
      guard waitForLimit() else { return .stopped }
      var bytes = [UInt8](repeating: 0, count: portion)
      let count = bytes.withUnsafeMutableBytes {
        pread(fd, $0.baseAddress, $0.count, off_t(offset))
      }
      if count < 0 {
        if errno == EINTR { continue }
        return .failed(errno)
      }
      if count == 0 { return .whole }
      bytes.removeSubrange(count...)
      limit?.take(count)
      statistics.dataRequests += 1
      statistics.bytesReceived += count
      offset += Int64(count)
      taker.take(bytes)
      if visitor.isCancelled { return .stopped }
      visitor.beat()
    }
  }

  /// - Returns: false when the visitor cancelled meanwhile.
  private func waitForLimit() -> Bool {
    limit?.advance(now: SystemClock.now())
    while let limit, !limit.isOpen {
      if visitor.isCancelled { return false }
      visitor.beat()
      SystemClock.sleep(min(0.1, limit.wait))
      self.limit?.advance(now: SystemClock.now())
    }
    return true
  }

  private func fail(_ file: ListedFile, _ folder: PathBytes, _ code: Int32) {
    let failure: Failure =
      switch code {
      case ENOENT, ENOTDIR: .vanished
      case EACCES, EPERM: .unreadable
      default: .serverError
      }
    visitor.didRead(file, in: folder, .failed(failure, detail: errorText(code)))
  }
}
