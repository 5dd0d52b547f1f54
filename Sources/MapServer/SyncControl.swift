import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Syncs that the page started. Each is a child process `gpsindex sync SITE`.
package actor SyncControl {
  private let program: String
  private let index: String
  private let workers: Workers
  private var children: [ExactText: pid_t] = [:]

  /// Limit of parallel syncs; each has its own connections and threads.
  private static let most = 4

  package init(program: String, index: String, workers: Workers) {
    self.program = program
    self.index = index
    self.workers = workers
  }

  enum Refusal: Error {
    case runsAlready, tooMany
    case cannotStart(String)
  }

  /// Sites with a running sync of this server.
  var running: Set<ExactText> { Set(children.keys) }

  /// - Parameter site: the name of a site of the index.
  func start(_ site: String) throws(Refusal) {
    let key = ExactText(site)
    guard children[key] == nil else { throw .runsAlready }
    guard children.count < Self.most else { throw .tooMany }
    // After `--` a name may start with a dash.
    let arguments = [
      program, "sync", "--index", index, "--progress", "none", "--quiet", "--", site,
    ]
    let pid = try Self.spawn(program, arguments)
    children[key] = pid
    Task {
      await workers.wait(for: pid)
      children[key] = nil
    }
  }

  /// Stops a sync with SIGINT; what it has read stays. False when this server runs no sync of the site.
  func cancel(_ site: String) -> Bool {
    guard let pid = children[ExactText(site)] else { return false }
    return kill(pid, SIGINT) == 0
  }

  /// Stops all syncs, and waits up to ten seconds for them.
  package func stopAll() async {
    for pid in children.values { _ = kill(pid, SIGINT) }
    for _ in 0..<100 where !children.isEmpty { try? await Task.sleep(for: .milliseconds(100)) }
  }

  /// Starts the child with standard streams on /dev/null. Its outcome is in the file beside the index (`SiteAttempt`).
  private static func spawn(_ program: String, _ arguments: [String]) throws(Refusal) -> pid_t {
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
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
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
    let flags = newSession | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, program, &actions, &attributes, words, environ)
    guard code == 0 else {
      throw .cannotStart("\(program): \(String(cString: strerror(code)))")
    }
    return pid
  }
}
