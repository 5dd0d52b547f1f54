import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Syncs that were started from the page: each is the program itself, as if somebody had typed `gpsindex sync SITE`.
package actor SyncControl {
  private let program: String
  private let index: String
  private let workers: Workers
  private var children: [ExactText: pid_t] = [:]

  /// Each has connections and threads of its own.
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

  /// Sites whose sync this server started and that has not ended.
  var running: Set<ExactText> { Set(children.keys) }

  /// - Parameter site: the name of a site of the index.
  func start(_ site: String) throws(Refusal) {
    let key = ExactText(site)
    guard children[key] == nil else { throw .runsAlready }
    guard children.count < Self.most else { throw .tooMany }
    // Behind `--` a name is a name, whatever it begins with.
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

  /// Asks it to end in order: what is read is kept. False when this server runs no sync of the site.
  func cancel(_ site: String) -> Bool {
    guard let pid = children[ExactText(site)] else { return false }
    return kill(pid, SIGINT) == 0
  }

  /// Asks all to end, and waits some seconds for them.
  package func stopAll() async {
    for pid in children.values { _ = kill(pid, SIGINT) }
    for _ in 0..<100 where !children.isEmpty { try? await Task.sleep(for: .milliseconds(100)) }
  }

  /// Standard streams lead nowhere: how it went stands beside the index (`SiteAttempt`).
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
    // A session of its own: Ctrl-C on the terminal reaches the server alone, which passes it on, and
    // no question is put to a terminal at which nobody expects it. Signals that the server ignores or
    // blocks are the child's again.
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
