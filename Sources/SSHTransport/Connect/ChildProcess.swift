#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// posix_spawn(3) without a shell.
package enum ChildProcess {
  struct Failure: Error { var code: Int32 }

  /// - Parameter leadsGroup: it and all it starts are a process group of their own.
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
    // Its group's number is its own.
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags =
      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
      | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    defer { unsafe copies.forEach { unsafe free($0) } }
    var pid: pid_t = 0
    let code = unsafe posix_spawnp(&pid, program, &actions, &attributes, copies, environ)
    return code == 0 ? .success(pid) : .failure(Failure(code: code))
  }

  /// False where the account this runs as is in no list of accounts.
  static var accountHasName: Bool { unsafe getpwuid(getuid()) != nil }

  package enum Outcome: Equatable, Sendable {
    /// With its status (128 + the signal that ended it) and what it printed.
    case ended(Int32, [UInt8])
    /// It took too long, or the caller had enough; it was killed.
    case stopped
    /// With errno.
    case notStarted(Int32)
  }

  /// Runs a program with no input to its end. Its output is kept up to 1 MiB.
  ///
  /// In time it must come to an end with all that it started: they are one process group, which is
  /// killed when `seconds` are over. Meanwhile the terminal, if there is one, is theirs, so that they can
  /// ask there, and Ctrl-C and Ctrl-Z reach them; this process then does as they did.
  /// - Parameters:
  ///   - showsErrors: what it says on standard error goes to ours.
  ///   - errors: or to this descriptor.
  ///   - isStopped: asked ten times a second.
  package static func run(
    _ arguments: [String], showsErrors: Bool = false, errors: Int32? = nil, seconds: Double,
    isStopped: () -> Bool = { false }
  ) -> Outcome {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return .notStarted(errno) }
    for end in ends { setNonBlocking(end) }
    // The child's own end waits.
    _ = fcntl(ends[1], F_SETFL, 0)
    let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    // Without it the program would read our own input.
    guard null >= 0 else {
      let code = errno
      ends.forEach { _ = closeDescriptor($0) }
      return .notStarted(code)
    }
    let result = spawn(
      arguments, input: null, output: ends[1], error: errors ?? (showsErrors ? 2 : null),
      leadsGroup: true)
    _ = closeDescriptor(ends[1])
    _ = closeDescriptor(null)
    defer { _ = closeDescriptor(ends[0]) }
    let pid: pid_t
    switch result {
    case .success(let started): pid = started
    case .failure(let failure): return .notStarted(failure.code)
    }
    let terminal = LentTerminal(to: pid)
    let end = ContinuousClock.now + .seconds(seconds)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    var isOpen = true
    var hasEnded = false
    var status: Int32 = 0
    // Most have ended when they close their output, or do so at once.
    var pause: UInt32 = 50
    while true {
      var isQuiet = true
      if isOpen {
        var event = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        if unsafe poll(&event, 1, 100) > 0 {
          isQuiet = false
          let count = unsafe chunk.withUnsafeMutableBytes {
            unsafe read(ends[0], $0.baseAddress, $0.count)
          }
          if count > 0, bytes.count < 1 << 20 { bytes.append(contentsOf: chunk[..<count]) }
          isOpen = count > 0 || count < 0 && (errno == EINTR || errno == EAGAIN)
        }
      } else {
        usleep(pause)
        pause = min(2 * pause, 2_000)
      }
      // What it leaves running may hold its output open for ever. (-1: somebody else reaped it.)
      if hasEnded, isQuiet { break }
      if !hasEnded {
        let found = unsafe waitpid(pid, &status, WNOHANG | WUNTRACED)
        if found > 0, status & 0xFF == 0x7F {
          terminal.follow(stop: status >> 8 & 0xFF)
        } else {
          hasEnded = found != 0
        }
      }
      if !isOpen, hasEnded { break }
      if ContinuousClock.now > end || isStopped() {
        kill(-pid, SIGKILL)
        while !hasEnded, unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return .stopped
      }
    }
    let signal = status & 0x7F
    if terminal.isLent, signal == SIGINT || signal == SIGQUIT {
      // Typed on the terminal, it was meant for this program.
      terminal.takeBack()
      kill(getpid(), signal)
      return .stopped
    }
    return .ended(signal == 0 ? status >> 8 & 0xFF : 128 + signal, bytes)
  }
}
