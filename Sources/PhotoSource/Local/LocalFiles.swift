import Platform
import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads files of this machine, one after the other.
final class LocalFiles {
  private let root: LocalRoot
  private unowned let visitor: any SourceVisitor
  private(set) var statistics = SourceStatistics()

  init(_ root: LocalRoot, _ visitor: any SourceVisitor) {
    self.root = root
    self.visitor = visitor
  }

  /// Reads what the visitor's reader asks for, and again when the file changed meanwhile.
  func read(_ listed: ListedFile, in folder: PathBytes) {
    var file = listed
    for attempt in 0..<2 {
      let path = root.absolute(folder.appending(file.name).bytes)
      // Never waits on a FIFO that took the file's place.
      let fd = withPath(path) { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
      guard fd >= 0 else {
        report(file, folder, errno)
        return
      }
      defer { close(fd) }
      statistics.filesOpened += 1
      // One clock for files and program, as far as anybody can tell.
      statistics.serverTime.clock = SystemClock.wall()
      let reader = visitor.makeReader(for: file, in: folder)
      if let code = feed(reader, from: fd) {
        report(file, folder, code)
        return
      }
      var status = stat()
      guard fstat(fd, &status) == 0 else {
        report(file, folder, errno)
        return
      }
      if Int64(status.st_size) == file.size, status.mtime == file.mtime {
        visitor.didRead(file, in: folder, .read(reader))
        return
      }
      file.size = Int64(status.st_size)
      file.mtime = status.mtime
      if attempt == 1 {
        visitor.didRead(
          file, in: folder, .failed(.changing, detail: "changed while it was read, twice"))
      }
    }
  }

  /// Answers the reader until it asks no more; an errno when reading fails.
  private func feed(_ reader: any FileReader, from fd: Int32) -> Int32? {
    while true {
      let ranges = reader.nextRanges()
      if ranges.isEmpty { return nil }
      for range in ranges {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
          let count = bytes.withUnsafeMutableBytes { raw in
            pread(
              fd, raw.baseAddress?.advanced(by: filled), raw.count - filled,
              off_t(range.lowerBound) + off_t(filled))
          }
          if count < 0 {
            if errno == EINTR { continue }
            return errno
          }
          if count == 0 { break }
          filled += count
        }
        statistics.dataRequests += 1
        statistics.bytesReceived += filled
        bytes.removeSubrange(filled...)
        reader.receive(range, bytes)
      }
    }
  }

  private func report(_ file: ListedFile, _ folder: PathBytes, _ code: Int32) {
    let failure: Failure =
      switch code {
      case ENOENT: .vanished
      case EACCES, EPERM: .unreadable
      default: .serverError
      }
    visitor.didRead(
      file, in: folder, .failed(failure, detail: String(cString: strerror(code))))
  }
}
