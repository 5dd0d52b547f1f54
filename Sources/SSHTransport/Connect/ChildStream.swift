import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A child process whose standard input and output are one socket of ours; its standard error is kept for messages.
@safe final class ChildStream {
  let arguments: [String]
  /// Non-blocking.
  private(set) var descriptor: Int32 = -1
  private var process: pid_t = 0
  private var errorPipe: Int32 = -1
  private var errorBytes: [UInt8] = []
  private let advice: String
  private let call: SSHCall?
  private var hasToldHost = false

  /// `arguments[0]` is found through PATH; no shell is involved.
  /// - Parameters:
  ///   - call: of an ssh program, to explain its messages.
  ///   - advice: what to try when it ends; its own command line when omitted.
  init(
    _ arguments: [String], for label: String, call: SSHCall? = nil, advice: String? = nil
  ) throws(TransportError) {
    self.arguments = arguments
    self.call = call
    self.advice = advice ?? "the same by hand: " + arguments.joined(separator: " ")
    var pair: [Int32] = [-1, -1]
    #if canImport(Darwin)
      let type = SOCK_STREAM
    #else
      let type = Int32(SOCK_STREAM.rawValue)
    #endif
    var errors: [Int32] = [-1, -1]
    guard unsafe socketpair(AF_UNIX, type, 0, &pair) == 0 else {
      throw Self.failure("cannot make a socket pair for \(label): \(errorText(errno))")
    }
    guard unsafe pipe(&errors) == 0 else {
      let code = errno
      for fd in pair { _ = closeDescriptor(fd) }
      throw Self.failure("cannot make a pipe for \(label): \(errorText(code))")
    }
    for fd in [pair[0], errors[0]] { setNonBlocking(fd) }
    for fd in [pair[1], errors[1]] { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
    let result = ChildProcess.spawn(
      arguments, input: pair[1], output: pair[1], error: errors[1])
    _ = closeDescriptor(pair[1])
    _ = closeDescriptor(errors[1])
    switch result {
    case .success(let pid): process = pid
    case .failure(let code):
      _ = closeDescriptor(pair[0])
      _ = closeDescriptor(errors[0])
      throw TransportError(
        .configuration, "cannot start \(arguments.first ?? ""): \(errorText(code.code))",
        advice: "install openssh-client")
    }
    descriptor = pair[0]
    errorPipe = errors[0]
  }

  private static func failure(_ message: String) -> TransportError {
    TransportError(.configuration, message, advice: "close other programs, or raise ulimit -n")
  }

  deinit { close() }

  /// Ends the child; idempotent.
  func close() {
    if descriptor >= 0 { _ = closeDescriptor(descriptor) }
    if errorPipe >= 0 { _ = closeDescriptor(errorPipe) }
    descriptor = -1
    errorPipe = -1
    guard process > 0 else { return }
    kill(process, SIGTERM)
    if !reap(within: 20) {
      kill(process, SIGKILL)
      var status: Int32 = 0
      unsafe waitpid(process, &status, 0)
    }
    process = 0
  }

  /// Empties the pipe, so that the child never blocks on it.
  func collectErrors() {
    guard errorPipe >= 0 else { return }
    var chunk = [UInt8](repeating: 0, count: 16_384)
    // A pipe holds 64 KiB; a child that never stops must not hold us.
    for _ in 0..<16 {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe Self.readSome(errorPipe, $0)
      }
      guard count > 0 else { return }
      // The last lines hold the reason.
      errorBytes = (errorBytes + chunk[..<count]).suffix(16_384)
    }
  }

  /// The host whose key ssh has added to known_hosts, told once.
  func takeAddedHost() -> String? {
    guard !hasToldHost, let host = SSHCall.addedHost(String(decoding: errorBytes, as: UTF8.self))
    else { return nil }
    hasToldHost = true
    return host
  }

  /// The error for a child that ended; its standard error decides the kind.
  func ended(_ label: String) -> TransportError {
    // The stream is closed, so the child ends by itself; its last messages arrive before that.
    if process > 0, reap(within: 100) { process = 0 }
    collectErrors()
    let text = String(decoding: errorBytes, as: UTF8.self)
    if let explained = call?.explanation(of: text) { return explained }
    let line = SSHCall.lastLine(text) ?? "no message"
    let kind: TransportError.Kind =
      if text.contains("subsystem request failed") {
        .channelRefused
      } else if text.contains("Permission denied") {
        .authentication
      } else if text.contains("Could not resolve") || text.contains("Connection refused")
        || text.contains("No route to host")
      { .unreachable } else if text.contains("timed out") { .connectTimeout } else {
        .connectionLost
      }
    return TransportError(
      kind, "\(arguments.first ?? "ssh") ended the connection to \(label): \(line)",
      advice: advice)
  }

  /// In steps of 5 ms.
  private func reap(within steps: Int) -> Bool {
    var status: Int32 = 0
    for _ in 0..<steps {
      if unsafe waitpid(process, &status, WNOHANG) != 0 { return true }
      usleep(5_000)
    }
    return false
  }

  private static func readSome(_ fd: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Darwin)
      unsafe Darwin.read(fd, buffer.baseAddress, buffer.count)
    #else
      unsafe Glibc.read(fd, buffer.baseAddress, buffer.count)
    #endif
  }
}
