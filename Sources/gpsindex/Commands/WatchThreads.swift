import PhotoIndex
import PhotoModel
import PhotoSource
import Platform
import Sync
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One thread per server, so that one that does not answer delays no other.
final class WatchThreads: Sendable {
  /// How long a thread may take to end after a signal, seconds.
  private static let patience = 0.7
  /// While it may ask for a password, a server is alone for so long at most.
  private static let firstPoll = 60.0

  private struct State {
    var running = 0
    /// Servers whose first poll has ended.
    var begun = 0
    var failure: ExitStatus?
    var isOutputClosed = false
  }

  private let indexPath: String
  private let interval: Double
  private let output: WatchOutput
  private let state = Mutex(State())

  init(indexPath: String, interval: Double, output: WatchOutput) {
    (self.indexPath, self.interval, self.output) = (indexPath, interval, output)
  }

  private var isStopped: Bool {
    StopSignal.received != nil || state.withLock { $0.isOutputClosed }
  }

  /// The reader of standard output is gone: found out without writing anything.
  private static var isReaderGone: Bool {
    var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&output, 1, 0) > 0 && output.revents & Int16(POLLERR) != 0
  }

  /// Ends the process: with 0 after SIGINT or SIGTERM, or when the reader of standard output is gone; with the exit code of
  /// the first failure when no site is left.
  /// - Parameter oneByOne: the first polls may prompt the user.
  func run(_ sites: [WatchedSite], oneByOne: Bool) throws -> Never {
    for (number, group) in Self.servers(sites).enumerated() {
      state.withLock { $0.running += 1 }
      guard SystemThread.start({ [self] in watch(group) }) else {
        throw CommandFailure(
          .other, "the system grants no further thread", advice: "gpsindex watch with fewer sites")
      }
      let limit = SystemClock.now() + Self.firstPoll
      while oneByOne, !isStopped, SystemClock.now() < limit,
        state.withLock({ $0.begun <= number && $0.running > 0 })
      { SystemClock.sleep(0.02) }
    }
    while !isStopped, state.withLock({ $0.running > 0 }) {
      SystemClock.sleep(0.05)
      if Self.isReaderGone { state.withLock { $0.isOutputClosed = true } }
    }
    // What has been read is in the index; a thread that still waits for a name server ends with the process.
    let limit = SystemClock.now() + Self.patience
    while SystemClock.now() < limit, state.withLock({ $0.running > 0 }) { SystemClock.sleep(0.01) }
    let failure = isStopped ? nil : state.withLock { $0.failure }
    ByteOutput.standardOutput.finish()
    // exit(3) would take libcrypto away from a thread that is using it, if only to close its connection.
    _exit((failure ?? .ok).rawValue)
  }

  private func watch(_ sites: [WatchedSite]) {
    let hasBegun = Mutex(false)
    let begin = { [self] in
      let isFirst = hasBegun.withLock { begun in
        defer { begun = true }
        return !begun
      }
      if isFirst { state.withLock { $0.begun += 1 } }
    }
    let watch = ServerWatch(
      sites, every: interval, indexPath: indexPath, isCancelled: { [self] in isStopped }
    ) { [self] event in
      handle(event, sites)
      if case .note = event { return }
      begin()
    }
    watch.run()
    begin()
    state.withLock { $0.running -= 1 }
  }

  private func handle(_ event: WatchEvent, _ sites: [WatchedSite]) {
    do {
      try output.show(event)
    } catch {
      state.withLock { $0.isOutputClosed = true }
    }
    switch event {
    case .polled(let site, let report):
      SiteAttempt(report.summary).keep(index: indexPath, site: site)
      // Further polls find it in `credentials`.
      if let watched = sites.first(where: { $0.site.id == site.id }) {
        TransportMemory.keep(site, watched.place, watched.access, indexPath: indexPath)
      }
    case .failed(let site, let error, _), .ended(let site, let error):
      let failure = CommandFailure(error, arguments: [])
      SiteAttempt(.failed, message: failure.message).keep(index: indexPath, site: site)
      guard case .ended = event else { return }
      state.withLock { $0.failure = $0.failure ?? failure.status }
    case .note, .recovered: break
    }
  }

  /// Sites that share a connection stand together, in their order.
  private static func servers(_ sites: [WatchedSite]) -> [[WatchedSite]] {
    var groups: [[WatchedSite]] = []
    for site in sites {
      let found = groups.firstIndex { group in
        site.place.server != nil && group[0].access == site.access
          && group[0].place.with(path: []) == site.place.with(path: [])
      }
      if let found { groups[found].append(site) } else { groups.append([site]) }
    }
    return groups
  }
}
