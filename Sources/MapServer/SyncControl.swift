import Dispatch
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
  /// `gpsindex watch` of all sites.
  private var watcher: pid_t?
  private var isClosing = false

  /// Limit of parallel syncs; each has its own connections and threads.
  private static let most = 4

  package init(program: String, index: String, workers: Workers) {
    self.program = program
    self.index = index
    self.workers = workers
  }

  package enum Refusal: Error {
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
    let arguments = ["sync", "--index", index, "--progress", "none", "--quiet", "--", site]
    let pid: pid_t
    do throws(ChildProgram.StartFailure) {
      // Its outcome is in the file beside the index (`SiteAttempt`).
      pid = try ChildProgram.start(program, arguments)
    } catch {
      throw .cannotStart(error.description)
    }
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

  /// Starts `gpsindex watch` of all sites, which says on standard error what it cannot do. One that dies is started again; one that
  /// ends, because no site is left, is not.
  package func watch(every interval: String) throws(Refusal) {
    let arguments = ["watch", "--index", index, "--every", interval, "--quiet"]
    // It ends when nobody reads its output any more: also when this process is killed.
    guard let output = ChildProgram.pipe() else {
      throw .cannotStart("the server has no more file descriptors")
    }
    defer { close(output.writing) }
    let pid: pid_t
    do throws(ChildProgram.StartFailure) {
      pid = try ChildProgram.start(
        program, arguments, output: output.writing, sharesErrors: true)
    } catch {
      close(output.reading)
      throw .cannotStart(error.description)
    }
    watcher = pid
    Self.drop(output.reading)
    Task {
      let status = await workers.wait(for: pid)
      watcher = nil
      // By a signal: the system was short of memory, or somebody killed it.
      guard !isClosing, status & 0x7F != 0 else { return }
      try? await Task.sleep(for: .seconds(5))
      if !isClosing { try? watch(every: interval) }
    }
  }

  /// Stops all syncs, and waits up to ten seconds for them.
  package func stopAll() async {
    isClosing = true
    for pid in children.values { _ = kill(pid, SIGINT) }
    if let watcher { _ = kill(watcher, SIGINT) }
    for _ in 0..<100 where !children.isEmpty || watcher != nil {
      try? await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Reads to the end, and forgets it.
  private static func drop(_ descriptor: Int32) {
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
    source.setEventHandler {
      var buffer = [UInt8](repeating: 0, count: 4096)
      if read(descriptor, &buffer, buffer.count) <= 0 { source.cancel() }
    }
    source.setCancelHandler { close(descriptor) }
    source.resume()
  }
}
