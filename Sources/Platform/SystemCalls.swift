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

/// close(2), for types that have a `close` of their own.
package func closeDescriptor(_ fd: Int32) -> Int32 { close(fd) }
