#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An SFTP stream through a child process: `ssh -s host sftp`, which reaches what libssh2 cannot
/// (jump hosts, FIDO keys, RSA-only servers), or a local `sftp-server`.
@safe public final class ProcessChannel: ByteChannel {
  private let arguments: [String]
  private let label: String
  private var process: pid_t = 0
  private var errorPipe: Int32 = -1
  private var errorText: [UInt8] = []

  public private(set) var descriptor: Int32 = -1
  public private(set) var interest: Interest = .read
  public let stage: String
  /// What ssh talks to is not seen here; a caller may know.
  public let isOpenSSH: Bool

  /// `arguments[0]` is found through PATH; no shell is involved.
  public init(arguments: [String], label: String, isOpenSSH: Bool = false) {
    self.arguments = arguments
    self.isOpenSSH = isOpenSSH
    self.label = label
    self.stage = "talking to \(label) through \(arguments.first ?? "")"
  }

  /// The ssh program for an endpoint. Options that forward anything are switched off.
  public static func ssh(
    _ endpoint: Endpoint, alias: String, explicitUser: String?, explicitPort: UInt16?,
    timeout: Double
  ) -> ProcessChannel {
    var arguments = [
      "ssh", "-oClearAllForwardings=yes", "-oForwardAgent=no", "-oForwardX11=no",
      "-oPermitLocalCommand=no", "-oRemoteCommand=none", "-oRequestTTY=no", "-oBatchMode=yes",
      "-oConnectTimeout=\(max(1, Int(min(timeout, 3600))))",
      "-oStrictHostKeyChecking=\(endpoint.acceptNewHostKey ? "accept-new" : "yes")",
    ]
    if endpoint.compression == .onLongLinks { arguments.append("-C") }
    if let explicitUser { arguments += ["-l", explicitUser] }
    if let explicitPort { arguments += ["-p", String(explicitPort)] }
    for identity in endpoint.identities { arguments += ["-i", identity] }
    if !endpoint.identities.isEmpty { arguments.append("-oIdentitiesOnly=yes") }
    if !endpoint.knownHostsFiles.isEmpty {
      let files = endpoint.knownHostsFiles.map { "\"\($0)\"" }.joined(separator: " ")
      arguments.append("-oUserKnownHostsFile=\(files)")
    }
    arguments += ["-s", "--", alias, "sftp"]
    return ProcessChannel(arguments: arguments, label: endpoint.description)
  }

  deinit { close() }

  public func advance() throws(TransportError) -> Bool {
    if descriptor >= 0 { return true }
    var pair: [Int32] = [-1, -1]
    #if canImport(Darwin)
      let type = SOCK_STREAM
    #else
      let type = Int32(SOCK_STREAM.rawValue)
    #endif
    var errors: [Int32] = [-1, -1]
    guard unsafe socketpair(AF_UNIX, type, 0, &pair) == 0, unsafe pipe(&errors) == 0 else {
      throw TransportError(.configuration, "cannot make a socket pair for \(label)")
    }
    for fd in [pair[0], errors[0]] { setNonBlocking(fd) }
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
        .configuration,
        "cannot start \(arguments.first ?? ""): \(SSHTransport.errorText(code.code))",
        advice: "install openssh-client")
    }
    descriptor = pair[0]
    errorPipe = errors[0]
    return true
  }

  public func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TransportError) -> ReadOutcome {
    collectErrors()
    let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
    if count > 0 { return .bytes(count) }
    if count < 0, errno == EAGAIN || errno == EINTR { return .wouldBlock }
    throw ended()
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    let count = unsafe send(descriptor, bytes.baseAddress, bytes.count, flags)
    if count >= 0 {
      interest = .read
      return count
    }
    if errno == EAGAIN || errno == EINTR {
      interest = [.read, .write]
      return 0
    }
    throw ended()
  }

  public func close() {
    if descriptor >= 0 { _ = closeDescriptor(descriptor) }
    if errorPipe >= 0 { _ = closeDescriptor(errorPipe) }
    descriptor = -1
    errorPipe = -1
    if process > 0 {
      kill(process, SIGTERM)
      var status: Int32 = 0
      for _ in 0..<20 {
        if unsafe waitpid(process, &status, WNOHANG) != 0 {
          process = 0
          return
        }
        usleep(5_000)
      }
      kill(process, SIGKILL)
      unsafe waitpid(process, &status, 0)
      process = 0
    }
  }

  private func collectErrors() {
    var chunk = [UInt8](repeating: 0, count: 1024)
    while errorPipe >= 0 {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe Self.readSome(errorPipe, $0)
      }
      guard count > 0 else { return }
      if errorText.count < 4096 { errorText.append(contentsOf: chunk[..<count]) }
    }
  }

  private static func readSome(_ fd: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Darwin)
      unsafe Darwin.read(fd, buffer.baseAddress, buffer.count)
    #else
      unsafe Glibc.read(fd, buffer.baseAddress, buffer.count)
    #endif
  }

  /// What the child said on its standard error decides the kind.
  private func ended() -> TransportError {
    if process > 0 {
      // The stream is closed, so the child ends by itself; its last words arrive before that.
      var status: Int32 = 0
      for _ in 0..<100 {
        if unsafe waitpid(process, &status, WNOHANG) != 0 {
          process = 0
          break
        }
        usleep(5_000)
      }
    }
    collectErrors()
    let text = String(decoding: errorText, as: UTF8.self)
    let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "no message"
    let kind: TransportError.Kind =
      if text.contains("IDENTIFICATION HAS CHANGED") {
        .hostKeyChanged
      } else if text.contains("Host key verification failed") {
        .hostKeyUnknown
      } else if text.contains("Permission denied") {
        .authentication
      } else if text.contains("Could not resolve") || text.contains("Connection refused")
        || text.contains("No route to host")
      { .unreachable } else if text.contains("timed out") { .connectTimeout } else {
        .connectionLost
      }
    return TransportError(
      kind, "\(arguments.first ?? "ssh") ended the connection to \(label): \(line)",
      advice: "try the same by hand: " + arguments.joined(separator: " "))
  }
}

/// posix_spawn(3) without a shell.
enum ChildProcess {
  struct Failure: Error { var code: Int32 }

  static func spawn(
    _ arguments: [String], input: Int32, output: Int32, error: Int32
  ) -> Result<pid_t, Failure> {
    guard let program = arguments.first else { return .failure(Failure(code: EINVAL)) }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, error, 2)
    // Threads of the runtime block signals and this program ignores SIGPIPE; a child that inherited
    // either could not be ended.
    #if canImport(Darwin)
      var attributes: posix_spawnattr_t?
    #else
      var attributes = posix_spawnattr_t()
    #endif
    unsafe posix_spawnattr_init(&attributes)
    defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    unsafe sigemptyset(&mask)
    unsafe posix_spawnattr_setsigmask(&attributes, &mask)
    unsafe sigaddset(&mask, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &mask)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    defer { unsafe copies.forEach { unsafe free($0) } }
    var pid: pid_t = 0
    let code = unsafe posix_spawnp(&pid, program, &actions, &attributes, copies, environ)
    return code == 0 ? .success(pid) : .failure(Failure(code: code))
  }

  /// Standard output of a short-lived program, nil when it cannot be started or fails.
  static func output(of arguments: [String]) -> String? {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
    let result = spawn(arguments, input: null, output: ends[1], error: null)
    _ = closeDescriptor(ends[1])
    _ = closeDescriptor(null)
    defer { _ = closeDescriptor(ends[0]) }
    guard case .success(let pid) = result else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < 1 << 20 {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe read(ends[0], $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status == 0 ? String(decoding: bytes, as: UTF8.self) : nil
  }
}
