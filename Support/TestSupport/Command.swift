import Foundation
import Synchronization

/// Runs programs and keeps what they print.
///
///     let result = try Command.run("/usr/bin/ogrinfo", ["-so", index, "photos"])
///     #expect(result.exitCode == 0, "\(result.errorText)")
package enum Command {
  package struct Result: Sendable {
    package var stdout: [UInt8]
    package var stderr: [UInt8]
    /// The exit status; 128 + the signal when one ended the program, as shells count.
    package var exitCode: Int32
    /// The signal that ended the program.
    package var signal: Int32?
    /// The program did not end in time and was killed, with its process group.
    package var timedOut: Bool
    package var seconds: Double
    /// Of processor time.
    package var processorSeconds: Double = 0

    /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: stdout, as: UTF8.self) }
    package var errorText: String { String(decoding: stderr, as: UTF8.self) }
  }

  /// Options of the AddressSanitizer (`make test-asan`), also for programs with their own environment.
  package static let sanitizer =
    ProcessInfo.processInfo.environment.filter { $0.key == "ASAN_OPTIONS" }

  /// Runs to the end.
  /// - Parameters:
  ///   - executable: a path, or a name looked up in PATH.
  ///   - environment: the whole environment; nil: this process's.
  ///   - timeout: seconds until the program and its process group are killed.
  /// - Throws: `TestSupportError` when it cannot be started. An exit code above 0 is a result.
  package static func run(
    _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    stdin: [UInt8] = [], timeout: Double = 60
  ) throws -> Result {
    try start(executable, arguments, environment: environment, stdin: stdin)
      .result(timeout: timeout)
  }

  /// Starts a program and returns at once, for tests that interrupt it.
  package static func start(
    _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    stdin: [UInt8] = []
  ) throws -> RunningCommand {
    try RunningCommand(executable, arguments, environment: environment, stdin: stdin)
  }

  /// The full path of a program in PATH or in the usual folders for servers; nil: not installed.
  package static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let folders =
      path.split(separator: ":").map(String.init)
      + ["/usr/sbin", "/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin"]
    return folders.map { $0 + "/" + name }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}

/// A running program. A thread reads both pipes from the start, so the program never blocks on them.
package final class RunningCommand: Sendable {
  private struct Collected {
    var stdout: [UInt8] = []
    var stderr: [UInt8] = []
    var ended = false
    var abandoned = false
  }

  private let child: ChildProcess
  private let collected = Mutex(Collected())
  private let began = ContinuousClock.now

  package var pid: Int32 { child.pid }

  fileprivate init(
    _ executable: String, _ arguments: [String], environment: [String: String]?, stdin: [UInt8]
  ) throws {
    let input = try PipeEnds()
    let output = try PipeEnds()
    let errors = try PipeEnds()
    child = try ChildProcess(
      executable, arguments, environment: environment, stdin: input.read, stdout: output.write,
      stderr: errors.write)
    // A slow reader must not prevent reading its output.
    _ = fcntl(input.write, F_SETFL, fcntl(input.write, F_GETFL) | O_NONBLOCK)
    input.closeRead()
    output.closeWrite()
    errors.closeWrite()
    Thread { [self] in collect(input: input, stdin: stdin, output: output, errors: errors) }.start()
  }

  /// The output so far.
  package var outputSoFar: [UInt8] { collected.withLock { $0.stdout } }
  package var errorsSoFar: [UInt8] { collected.withLock { $0.stderr } }
  package var isRunning: Bool { child.poll() == nil }

  /// Sends a signal to the program alone.
  package func send(signal: Int32) { child.send(signal) }

  /// Waits for the end; after `timeout` seconds kills the program and its process group.
  package func result(timeout: Double = 60) -> Command.Result {
    let end = ContinuousClock.now + .seconds(timeout)
    var timedOut = !Poll.until(seconds: timeout) { collected.withLock { $0.ended } }
    // The pipes are closed; the program may still run.
    let left = ContinuousClock.now.duration(to: end) / .seconds(1)
    var ending = timedOut ? nil : child.wait(seconds: max(left, 0.5))
    if ending == nil {
      timedOut = true
      child.send(SIGKILL, toGroup: true)
      ending = child.wait(seconds: 10)
      // A descendant in another group may hold the pipes for ever.
      collected.withLock { $0.abandoned = true }
      _ = Poll.until(seconds: 1) { collected.withLock { $0.ended } }
    }
    let seconds = began.duration(to: .now) / .seconds(1)
    let (stdout, stderr) = collected.withLock { ($0.stdout, $0.stderr) }
    let (code, signal): (Int32, Int32?) =
      switch ending {
      case .exited(let code): (code, nil)
      case .signalled(let number): (128 + number, number)
      case nil: (-1, nil)
      }
    return .init(
      stdout: stdout, stderr: stderr, exitCode: code, signal: signal,
      timedOut: timedOut || ending == nil, seconds: seconds,
      processorSeconds: child.processorSeconds)
  }

  private func collect(input: PipeEnds, stdin: [UInt8], output: PipeEnds, errors: PipeEnds) {
    var rest = stdin[...]
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var outputOpen = true
    var errorsOpen = true
    if rest.isEmpty { input.closeWrite() }
    while outputOpen || errorsOpen, !collected.withLock({ $0.abandoned }) {
      var polled = [
        pollfd(fd: outputOpen ? output.read : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errorsOpen ? errors.read : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: rest.isEmpty ? -1 : input.write, events: Int16(POLLOUT), revents: 0),
      ]
      // Wakes up regularly to check for cancellation.
      guard poll(&polled, 3, 200) >= 0 || errno == EINTR else { break }
      func drain(_ descriptor: Int32) -> ArraySlice<UInt8>? {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EINTR || errno == EAGAIN ? [] : nil }
        return count == 0 ? nil : buffer[..<count]
      }
      if polled[0].revents != 0 {
        let bytes = drain(output.read)
        outputOpen = bytes != nil
        collected.withLock { $0.stdout += bytes ?? [] }
      }
      if polled[1].revents != 0 {
        let bytes = drain(errors.read)
        errorsOpen = bytes != nil
        collected.withLock { $0.stderr += bytes ?? [] }
      }
      if polled[2].revents != 0 {
        let written = rest.withUnsafeBytes { Self.write($0, to: input.write) }
        if written > 0 { rest = rest.dropFirst(written) }
        if written < 0, errno != EINTR, errno != EAGAIN { rest = [] }
        if rest.isEmpty { input.closeWrite() }
      }
    }
    collected.withLock { $0.ended = true }
  }

  /// `write` without a deadly SIGPIPE when the program reads no more.
  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    // Blocked in this thread, which ends with the program.
    pthread_sigmask(SIG_BLOCK, &pipe, nil)
    return Foundation.write(descriptor, bytes.baseAddress, bytes.count)
  }
}

/// A pipe whose ends children do not inherit by accident, closed once each.
final class PipeEnds: Sendable {
  private let ends: Mutex<(read: Int32, write: Int32)>

  init() throws {
    let raw = try ChildProcess.whileNobodySpawns {
      var raw: [Int32] = [-1, -1]
      guard pipe(&raw) == 0 else {
        throw TestSupportError("pipe: \(String(cString: strerror(errno)))")
      }
      for descriptor in raw { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      return raw
    }
    ends = Mutex((raw[0], raw[1]))
  }

  var read: Int32 { ends.withLock { $0.read } }
  var write: Int32 { ends.withLock { $0.write } }

  func closeRead() {
    ends.withLock {
      if $0.read >= 0 { close($0.read) }
      $0.read = -1
    }
  }

  func closeWrite() {
    ends.withLock {
      if $0.write >= 0 { close($0.write) }
      $0.write = -1
    }
  }

  deinit {
    closeRead()
    closeWrite()
  }
}
