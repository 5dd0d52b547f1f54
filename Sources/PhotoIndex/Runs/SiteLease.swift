import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The exclusive right to sync one site of one index, held until it is dropped or the process ends.
///
/// It is a lock (`flock`) on a side file `INDEX.siteN.lock` that names the holder; the system drops it
/// with the process, so that nothing has to be cleaned up after a crash.
public final class SiteLease {
  let file: Int32
  private let path: String

  init(index: String, site: Int64) throws(IndexError) {
    path = "\(index).site\(site).lock"
    var tries = 0
    while true {
      let file = openRegular(path, O_RDWR | O_CREAT, 0o600)
      guard file >= 0 else {
        var error = IndexError.system(errno, "the lock \(path) cannot be made")
        if errno == EINVAL || errno == ELOOP {
          error.advice = "remove it: it is no regular file"
        }
        throw error
      }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        let reason = errno
        let pid = Self.holder(file)
        close(file)
        if reason == EINTR { continue }
        // Perhaps `trace` holds it for a moment.
        tries += 1
        if reason == EWOULDBLOCK, tries < 3 {
          usleep(10_000)
          continue
        }
        guard reason == EWOULDBLOCK else {
          throw IndexError.system(reason, "the lock \(path) cannot be taken")
        }
        throw IndexError(
          .busy(pid: pid),
          "the site is being synced by \(pid.map { "process \($0)" } ?? "another process")",
          advice: "again when it has finished")
      }
      // The holder before us may have removed the file between open and lock.
      if let own = FileIdentity(descriptor: file), own == FileIdentity(path: path) {
        self.file = file
        break
      }
      close(file)
    }
    ftruncate(file, 0)
    let text = Array("\(getpid())\n".utf8)
    // For the error message of other processes; the lock holds without it.
    _ = pwrite(file, text, text.count, 0)
  }

  deinit {
    unlink(path)
    close(file)
  }

  private static func holder(_ file: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(file, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
  }
}

extension IndexWriter {
  /// - Throws: .busy with the other's process id when the site is being synced.
  public func lease(site: Int64) throws(IndexError) -> SiteLease {
    try SiteLease(index: path, site: site)
  }
}
