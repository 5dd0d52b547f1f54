#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads small files as a whole.
package enum WholeFile {
  /// What may stand at the path.
  package enum Access: Sendable {
    /// A file of any kind, also behind a link; for a FIFO nobody waits, it is refused (`EINVAL`).
    case any
    /// A regular file, and no link in its place: for folders in which others may write.
    case regular
  }

  /// The bytes of a file.
  /// - Parameter limit: a larger file is an error (`EFBIG`).
  package static func bytes(
    of path: String, limit: Int, _ access: Access = .any
  ) throws(SystemError) -> [UInt8] {
    let file = open(path, O_RDONLY, access: access)
    guard file >= 0 else { throw .last }
    defer { _ = closeFile(file) }
    return try bytes(of: file, limit: limit)
  }

  /// All bytes from the descriptor's place on.
  /// - Parameter limit: more bytes are an error (`EFBIG`).
  package static func bytes(of file: Int32, limit: Int) throws(SystemError) -> [UInt8] {
    var out: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe read(file, $0.baseAddress, $0.count)
      }
      if count == 0 { return out }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last
      }
      guard count <= limit - out.count else { throw SystemError(EFBIG) }
      out += chunk[..<count]
    }
  }

  /// open(2) for a file that somebody else may have put there: never waits for the other end of a FIFO.
  /// - Returns: −1 and errno when it cannot be opened, or is not what `access` allows (`EINVAL`).
  package static func open(
    _ path: String, _ flags: Int32, mode: UInt32 = 0, access: Access
  ) -> Int32 {
    let more = O_CLOEXEC | O_NONBLOCK | (access == .regular ? O_NOFOLLOW : 0)
    let file = openFile(path, flags | more, mode_t(mode))
    guard file >= 0 else { return -1 }
    var status = stat()
    let kind = unsafe fstat(file, &status) == 0 ? status.st_mode & S_IFMT : 0
    let isAllowed = access == .regular ? kind == S_IFREG : kind != 0 && kind != S_IFIFO
    if isAllowed { return file }
    _ = closeFile(file)
    errno = EINVAL
    return -1
  }
}

// open(2) and close(2), which members of these names would hide.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  unsafe open(path, flags, mode)
}
private func closeFile(_ file: Int32) -> Int32 { close(file) }
