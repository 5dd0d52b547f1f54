import Foundation
import Synchronization

/// A child process in its own process group, started with `posix_spawn`. It inherits only the given descriptors, as 0, 1
/// and 2.
///
/// `Foundation.Process` cannot make process groups, and a test that stops a server must also stop the server's children.
final class ChildProcess: Sendable {
  /// How a child ended.
  enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  let pid: pid_t
  /// Guards reaping: after it, the process id may belong to another process.
  private let ending = Mutex<Ending?>(nil)
  private let used = Mutex(0.0)

  /// Processor seconds of the child and of the children it waited for; 0 before its end.
  var processorSeconds: Double { used.withLock { $0 } }

  init(
    _ executable: String, _ arguments: [String], environment: [String: String]?,
    stdin: Int32, stdout: Int32, stderr: Int32
  ) throws {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
      let closing = Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      let closing: Int32 = 0
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    for (ours, theirs) in [(stdin, Int32(0)), (stdout, 1), (stderr, 2)] {
      posix_spawn_file_actions_adddup2(&actions, ours, theirs)
    }
    #if os(Linux)
      // Pipes of Foundation and sockets of other tests are inheritable. A long-lived server would keep them open, and
      // readers of such a pipe would wait for that server.
      _ = Self.closeFrom?(&actions, 3)
    #endif
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        | Int16(closing))

    let variables =
      environment.map { Command.sanitizer.merging($0) { $1 } }
      ?? ProcessInfo.processInfo.environment
    var argv = ([executable] + arguments).map { strdup($0) } + [nil]
    var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var child: pid_t = 0
    let result = Self.whileNobodySpawns {
      executable.contains("/")
        ? posix_spawn(&child, executable, &actions, &attributes, &argv, &envp)
        : posix_spawnp(&child, executable, &actions, &attributes, &argv, &envp)
    }
    guard result == 0 else {
      throw TestSupportError("start \(executable): \(String(cString: strerror(result)))")
    }
    pid = child
  }

  #if os(Linux)
    /// posix_spawn_file_actions_addclosefrom_np of glibc 2.34, which its module does not show.
    private static let closeFrom = dlsym(
      dlopen(nil, RTLD_NOW), "posix_spawn_file_actions_addclosefrom_np"
    ).map {
      unsafeBitCast(
        $0,
        to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32)
          .self)
    }
  #endif

  private static let spawning = NSLock()

  /// A pipe is inheritable for the moment between `pipe` and `fcntl`; a child started by another
  /// thread just then would keep it open. Both happen under one lock.
  static func whileNobodySpawns<Value>(_ body: () throws -> Value) rethrows -> Value {
    spawning.lock()
    defer { spawning.unlock() }
    return try body()
  }

  /// The ending when the child has ended, nil while it runs. Reaps it.
  func poll() -> Ending? {
    ending.withLock { ending in
      if let ending { return ending }
      var status: Int32 = 0
      var usage = rusage()
      guard wait4(pid, &status, WNOHANG, &usage) == pid else { return nil }
      used.withLock { used in
        for time in [usage.ru_utime, usage.ru_stime] {
          used += Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
      }
      let signal = status & 0x7F
      ending = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
      return ending
    }
  }

  /// Waits until the child has ended; nil on timeout.
  func wait(seconds: Double) -> Ending? {
    Poll.until(seconds: seconds) { poll() }
  }

  /// Sends a signal to the child, or to its group; does nothing after reaping.
  func send(_ signal: Int32, toGroup: Bool = false) {
    ending.withLock { ending in
      if ending == nil { kill(toGroup ? -pid : pid, signal) }
    }
  }

  deinit {
    send(SIGKILL, toGroup: true)
    _ = wait(seconds: 5)
  }
}

/// Polls with growing intervals from 1 ms to 20 ms.
package enum Poll {
  /// The first result that is not nil; nil on timeout.
  package static func until<Value>(seconds: Double, _ ask: () throws -> Value?) rethrows -> Value? {
    let end = ContinuousClock.now + .seconds(seconds)
    var pause = 0.001
    while true {
      if let value = try ask() { return value }
      if ContinuousClock.now >= end { return nil }
      Thread.sleep(forTimeInterval: pause)
      pause = min(pause * 1.5, 0.02)
    }
  }

  /// True as soon as the condition holds.
  package static func until(seconds: Double, _ holds: () throws -> Bool) rethrows -> Bool {
    try until(seconds: seconds) { try holds() ? true : nil } ?? false
  }
}
