import Platform
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Starts programs of this installation as child processes, without a terminal.
enum ChildProgram {
  struct StartFailure: Error {
    var description: String
  }

  /// No child starts between the making of a pipe and its mark that no child inherits it.
  private static let starting = Mutex(())

  /// - Parameters:
  ///   - arguments: the words behind the program's name.
  ///   - input: a descriptor for its standard input; nil: /dev/null.
  ///   - output: a descriptor for its standard output; nil: /dev/null.
  ///   - sharesErrors: its standard error is this process's instead of /dev/null.
  static func start(
    _ program: String, _ arguments: [String], input: Int32? = nil, output: Int32? = nil,
    sharesErrors: Bool = false
  ) throws(StartFailure) -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    if let output {
      posix_spawn_file_actions_adddup2(&actions, output, 1)
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    }
    if !sharesErrors {
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    // In a session of its own, the child gets Ctrl-C from the server and not from the terminal, and cannot prompt on it.
    // Signals that the server ignores or blocks are reset.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    #if canImport(Darwin)
      let newSession = POSIX_SPAWN_SETSID
    #else
      // POSIX_SPAWN_SETSID of glibc's spawn.h, an extension that is not always visible.
      let newSession: Int32 = 0x80
    #endif
    // Clients would wait for a child that had their sockets, and it would keep the port.
    ChildDescriptors.closeOthers(&actions)
    let flags = newSession | ChildDescriptors.flags | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let code = starting.withLock { _ in
      posix_spawn(&pid, program, &actions, &attributes, words, environ)
    }
    guard code == 0 else {
      throw StartFailure(description: "\(program): \(String(cString: strerror(code)))")
    }
    return pid
  }

  /// A pipe whose ends no child inherits; nil when the process has no more descriptors.
  static func pipe() -> (reading: Int32, writing: Int32)? {
    starting.withLock { _ in
      var ends: [Int32] = [-1, -1]
      guard systemPipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return (ends[0], ends[1])
    }
  }
}

/// `pipe` is also a method's name.
private func systemPipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }
