import GeoFormats
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Writing failed. A closed pipe is not an error, see ``ClosedPipe``.
struct OutputError: Error, Equatable {
  var message: String
  var advice = ""
  var isPermission = false

  static func system(_ number: Int32, _ what: String) -> OutputError {
    let message = "\(what): \(String(cString: strerror(number)))"
    switch number {
    case ENOSPC, EDQUOT:
      return OutputError(
        message: message, advice: "-o FILE on another disk, or free space on this one")
    case EACCES, EPERM, EROFS:
      return OutputError(
        message: message, advice: "-o FILE in a folder that you can write", isPermission: true)
    default: return OutputError(message: message, advice: "-o FILE with another path")
    }
  }
}

/// The reader of a pipe has exited (`| head`): the command ends at once, with success.
struct ClosedPipe: Error {}

/// All output of the program. A terminal gets no control character of a name, a server or an index (`TerminalFilter`), in any
/// format; files and pipes get the bytes unchanged.
final class ByteOutput: Sendable {
  static let standardOutput = ByteOutput(STDOUT_FILENO, name: "standard output")
  static let standardError = ByteOutput(STDERR_FILENO, name: "standard error")

  /// Seconds for which a stalled reader may delay a program that received SIGINT or SIGTERM.
  private static let patience = 0.3
  /// A write of this size to a pipe that polls as writable does not block (PIPE_BUF, pipe(7)).
  private static let portion = 4096

  private struct State {
    var filter = TerminalFilter()
    /// The reader is stalled, and the program received a signal.
    var isAbandoned = false
  }

  let isTerminal: Bool
  private let descriptor: Int32
  private let name: String
  private let state = Mutex(State())

  /// - Parameter name: for error messages.
  init(_ descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    isTerminal = isatty(descriptor) == 1
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    try state.withLock { state in
      guard isTerminal else { return try writeAll(bytes, &state) }
      var shown: [UInt8] = []
      state.filter.add(bytes, to: &shown)
      try shown.withUnsafeBytes { try writeAll($0, &state) }
    }
  }

  func write(_ text: String) throws {
    try Array(text.utf8).withUnsafeBytes { try write($0) }
  }

  /// Writes text with gpsindex's own escape sequences. The rest of it must consist of ``Span``s.
  func write(own text: String) throws {
    try state.withLock { state in
      try Array(text.utf8).withUnsafeBytes { try writeAll($0, &state) }
    }
  }

  /// Writes an incomplete character at the end of the output.
  func finish() {
    guard isTerminal else { return }
    try? state.withLock { state in
      var shown: [UInt8] = []
      state.filter.finish(&shown)
      try shown.withUnsafeBytes { try writeAll($0, &state) }
    }
  }

  /// Continues after signals and waits for slow readers (write(2)).
  private func writeAll(_ bytes: UnsafeRawBufferPointer, _ state: inout State) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      var size = rest.count
      if StopSignal.isHeard {
        try waitForRoom(&state)
        size = min(size, Self.portion)
      }
      let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest.prefix(size)))
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, StopSignal.isHeard ? 50 : -1)
      case EPIPE: throw ClosedPipe()
      default: throw OutputError.system(errno, "cannot write to \(name)")
      }
    }
  }

  /// Polls, because the signal handler restarts a blocked write(2).
  private func waitForRoom(_ state: inout State) throws {
    let clock = ContinuousClock()
    var deadline: ContinuousClock.Instant?
    while true {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&waiting, 1, state.isAbandoned ? 0 : 50) > 0 { return }
      guard let status = StopSignal.received else { continue }
      let end = deadline ?? clock.now + .seconds(Self.patience)
      deadline = end
      if state.isAbandoned || clock.now >= end {
        state.isAbandoned = true
        throw EarlyEnd(status: status)
      }
    }
  }
}

/// write(2), under a name that the methods do not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Standard output, which carries only data.
enum StandardOutput {
  static var isTerminal: Bool { ByteOutput.standardOutput.isTerminal }

  static func write(_ bytes: UnsafeRawBufferPointer) throws {
    try ByteOutput.standardOutput.write(bytes)
  }

  static func write(_ text: String) throws { try ByteOutput.standardOutput.write(text) }

  /// Writes text of ``Span``s, with colours.
  static func write(own text: String) throws { try ByteOutput.standardOutput.write(own: text) }
}
