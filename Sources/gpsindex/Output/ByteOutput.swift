#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Writing failed; the reader's going away is not an error but an end.
struct OutputError: Error, Equatable {
  var message: String
  var advice = ""
  var isPermission = false

  static func system(_ number: Int32, _ what: String) -> OutputError {
    let message = "\(what): \(String(cString: strerror(number)))"
    switch number {
    case ENOSPC, EDQUOT: return OutputError(message: message, advice: "make room, or another -o")
    case EACCES, EPERM, EROFS:
      return OutputError(message: message, advice: "another folder with -o", isPermission: true)
    default: return OutputError(message: message, advice: "check the path given with -o")
    }
  }
}

/// The reader of a pipe has left (`| head`): the command ends at once and well.
struct ClosedPipe: Error {}

/// Writes all bytes to a descriptor: goes on after signals, waits for slow readers (write(2)).
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String) throws {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
    if count > 0 {
      rest = rest.dropFirst(count)
      continue
    }
    switch errno {
    case EINTR: continue
    case EAGAIN:
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&waiting, 1, -1)
    case EPIPE: throw ClosedPipe()
    default: throw OutputError.system(errno, "writing \(name) failed")
    }
  }
}

/// Standard output carries data and nothing else.
enum StandardOutput {
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  static func write(_ bytes: UnsafeRawBufferPointer) throws {
    try writeAll(bytes, to: STDOUT_FILENO, name: "standard output")
  }

  static func write(_ text: String) throws {
    try Array(text.utf8).withUnsafeBytes { try write($0) }
  }
}
