import GeoFormats
import Synchronization

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

/// Where bytes leave the program. All output goes through here: a terminal gets no control character of a
/// name, a server or an index (`TerminalFilter`), whatever the format; files and pipes get every byte as it is.
final class ByteOutput: Sendable {
  static let standardOutput = ByteOutput(STDOUT_FILENO, name: "standard output")
  static let standardError = ByteOutput(STDERR_FILENO, name: "standard error")

  /// Seconds that a reader who takes nothing may hold up a program that was asked to stop.
  private static let patience = 0.3
  /// Written at once into a pipe with room, without waiting (PIPE_BUF, pipe(7)).
  private static let portion = 4096

  private struct State {
    var filter = TerminalFilter()
    /// Nobody reads, and the program was asked to stop.
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

  /// Text with gpsindex's own escape sequences. All else in it is harmless already: it is made of ``Span``s.
  func write(own text: String) throws {
    try state.withLock { state in
      try Array(text.utf8).withUnsafeBytes { try writeAll($0, &state) }
    }
  }

  /// Shows the beginning of a character whose rest never came.
  func finish() {
    guard isTerminal else { return }
    try? state.withLock { state in
      var shown: [UInt8] = []
      state.filter.finish(&shown)
      try shown.withUnsafeBytes { try writeAll($0, &state) }
    }
  }

  /// Goes on after signals and waits for slow readers (write(2)).
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
      default: throw OutputError.system(errno, "writing \(name) failed")
      }
    }
  }

  /// A write that blocks would not see the signal: its handler lets it begin again.
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

/// write(2), named apart from the methods.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Standard output carries data and nothing else.
enum StandardOutput {
  static var isTerminal: Bool { ByteOutput.standardOutput.isTerminal }

  static func write(_ bytes: UnsafeRawBufferPointer) throws {
    try ByteOutput.standardOutput.write(bytes)
  }

  static func write(_ text: String) throws { try ByteOutput.standardOutput.write(text) }

  /// Text made of ``Span``s, with colours.
  static func write(own text: String) throws { try ByteOutput.standardOutput.write(own: text) }
}
