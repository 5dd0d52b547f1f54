#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Sets O_NONBLOCK and FD_CLOEXEC.
package func setNonBlocking(_ fd: Int32) {
  _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
  _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
}

/// strerror(3).
package func errorText(_ code: Int32) -> String {
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}

/// The whole of a small regular file; nil when it cannot be read or is larger than `limit` bytes. Never blocks on a FIFO.
package func contents(ofFile path: String, limit: Int = 8 << 20) -> [UInt8]? {
  let fd = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard fd >= 0 else { return nil }
  defer { _ = close(fd) }
  var status = stat()
  if unsafe fstat(fd, &status) != 0 || status.st_mode & S_IFMT == S_IFIFO {
    errno = EINVAL
    return nil
  }
  var out: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(fd, $0.baseAddress, $0.count) }
    if count == 0 { return out }
    guard count > 0, out.count + count <= limit else { return nil }
    out.append(contentsOf: chunk[..<count])
  }
}

/// close(2), for types that have a `close` of their own.
package func closeDescriptor(_ fd: Int32) -> Int32 { close(fd) }
