import Platform

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// posix_spawn(3) without a shell.
package enum ChildProcess {
  struct Failure: Error { var code: Int32 }

  /// - Parameter leadsGroup: the child and all it starts are a process group of their own.
  static func spawn(
    _ arguments: [String], input: Int32, output: Int32, error: Int32, leadsGroup: Bool = false
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
    unsafe ChildDescriptors.closeOthers(&actions)
    // The runtime's threads block signals, and this program ignores SIGPIPE; a child that inherited either could not be
    // ended.
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
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags =
      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | ChildDescriptors.flags
      | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    defer { unsafe copies.forEach { unsafe free($0) } }
    var pid: pid_t = 0
    let code = unsafe posix_spawnp(&pid, program, &actions, &attributes, copies, environ)
    return code == 0 ? .success(pid) : .failure(Failure(code: code))
  }

  /// False where this process's account is not in the account database.
  static var accountHasName: Bool { unsafe getpwuid(getuid()) != nil }

  package enum Outcome: Equatable, Sendable {
    /// With its status (128 + the signal that ended it) and its output.
    case ended(Int32, [UInt8])
    /// Killed, because it took too long or the caller stopped it.
    case stopped
    /// With errno.
    case notStarted(Int32)
  }

  /// Runs a program without input to its end. Its output is kept up to 1 MiB.
  ///
  /// The program and all that it starts are one process group, which is killed after `seconds`. Meanwhile that group is in
  /// the foreground of the terminal, if there is one, so that it can prompt there. Ctrl-C and Ctrl-Z reach it, and this
  /// process then follows.
  /// - Parameters:
  ///   - showsErrors: its standard error goes to ours.
  ///   - errors: or to this descriptor.
  ///   - isStopped: asked ten times a second.
  package static func run(
    _ arguments: [String], showsErrors: Bool = false, errors: Int32? = nil, seconds: Double,
    isStopped: () -> Bool = { false }
  ) -> Outcome {
    switch RunningProgram.start(arguments, errors: errors, showsErrors: showsErrors) {
    case .failure(let failure): return .notStarted(failure.code)
    case .success(let program):
      let end = ContinuousClock.now + .seconds(seconds)
      while program.advance() {
        if ContinuousClock.now > end || isStopped() {
          program.kill()
          return .stopped
        }
      }
      return program.outcome()
    }
  }
}

/// A program that runs in the foreground of the terminal, and its output.
private final class RunningProgram {
  private let pid: pid_t
  private let output: Int32
  private let terminal: ForegroundTerminal
  private var bytes: [UInt8] = []
  private var chunk = [UInt8](repeating: 0, count: 16_384)
  private var isOpen = true
  private var hasEnded = false
  private var status: Int32 = 0
  /// Microseconds. Most programs have ended when they close their output, or do so at once.
  private var pause: UInt32 = 50

  private init(_ pid: pid_t, output: Int32) {
    self.pid = pid
    self.output = output
    terminal = ForegroundTerminal(for: pid)
  }

  deinit { _ = closeDescriptor(output) }

  static func start(
    _ arguments: [String], errors: Int32?, showsErrors: Bool
  ) -> Result<RunningProgram, ChildProcess.Failure> {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return .failure(ChildProcess.Failure(code: errno)) }
    for end in ends { setNonBlocking(end) }
    // The child's end blocks.
    _ = fcntl(ends[1], F_SETFL, 0)
    defer { _ = closeDescriptor(ends[1]) }
    let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    // Without it the program would read our own input.
    guard null >= 0 else {
      let code = errno
      _ = closeDescriptor(ends[0])
      return .failure(ChildProcess.Failure(code: code))
    }
    defer { _ = closeDescriptor(null) }
    let spawned = ChildProcess.spawn(
      arguments, input: null, output: ends[1], error: errors ?? (showsErrors ? 2 : null),
      leadsGroup: true)
    switch spawned {
    case .success(let pid): return .success(RunningProgram(pid, output: ends[0]))
    case .failure(let failure):
      _ = closeDescriptor(ends[0])
      return .failure(failure)
    }
  }

  /// Waits for output up to a tenth of a second; false once the program has ended.
  func advance() -> Bool {
    let isQuiet = !readSome()
    // What the program leaves running may keep its output open for ever.
    if hasEnded, isQuiet { return false }
    reap()
    return isOpen || !hasEnded
  }

  /// Whether there was something to read.
  private func readSome() -> Bool {
    guard isOpen else {
      usleep(pause)
      pause = min(2 * pause, 2_000)
      return false
    }
    var event = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&event, 1, 100) > 0 else { return false }
    let count = unsafe chunk.withUnsafeMutableBytes {
      unsafe read(output, $0.baseAddress, $0.count)
    }
    if count > 0, bytes.count < 1 << 20 { bytes.append(contentsOf: chunk[..<count]) }
    isOpen = count > 0 || count < 0 && (errno == EINTR || errno == EAGAIN)
    return true
  }

  private func reap() {
    guard !hasEnded else { return }
    let found = unsafe waitpid(pid, &status, WNOHANG | WUNTRACED)
    if found > 0, status & 0xFF == 0x7F {
      terminal.follow(stop: status >> 8 & 0xFF)
    } else {
      // -1: somebody else reaped it.
      hasEnded = found != 0
    }
  }

  /// Kills the whole process group.
  func kill() {
    sendSignal(-pid, SIGKILL)
    while !hasEnded, unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  func outcome() -> ChildProcess.Outcome {
    let signal = status & 0x7F
    if terminal.isInUse, signal == SIGINT || signal == SIGQUIT {
      // Typed on the terminal, it was meant for this program.
      terminal.takeBack()
      sendSignal(getpid(), signal)
      return .stopped
    }
    return .ended(signal == 0 ? status >> 8 & 0xFF : 128 + signal, bytes)
  }
}

/// kill(2), for types that have a `kill` of their own.
private func sendSignal(_ process: pid_t, _ signal: Int32) { kill(process, signal) }
