import Platform
import PhotoIndex
import PhotoModel
import PhotoSource
import SSHTransport

/// Polls the sites of one server, or one local folder, over one connection that stays open from one poll to the next. Works on the
/// calling thread, and holds no lock of the index between two polls.
package final class ServerWatch {
  /// Replies on a connection that stood a moment ago must come within so many seconds; after sleep, sooner.
  private static let warmTimeout = 10.0
  private static let wakeTimeout = 5.0

  private struct State {
    var watched: WatchedSite
    var schedule: WatchSchedule
    var remarks: Set<String> = []
  }

  private let indexPath: String
  private let isCancelled: @Sendable () -> Bool
  private let onEvent: (WatchEvent) -> Void
  private let connections = ConnectionKeeper()
  private var sites: [State]
  private var sleep = SleepWatch()
  private var isAwakeAgain = false
  private var random = SystemRandomNumberGenerator()

  /// - Parameter sites: all at one server.
  package init(
    _ sites: [WatchedSite], every interval: Double, indexPath: String,
    isCancelled: @escaping @Sendable () -> Bool, onEvent: @escaping (WatchEvent) -> Void
  ) {
    self.indexPath = indexPath
    self.isCancelled = isCancelled
    self.onEvent = onEvent
    let now = SystemClock.elapsed()
    self.sites = sites.map {
      State(watched: $0, schedule: WatchSchedule(interval: interval, now: now))
    }
  }

  /// Returns when it is cancelled, or no site is left.
  package func run() {
    while !sites.isEmpty, !isCancelled() {
      let now = SystemClock.elapsed()
      if sleep.hasSlept(elapsed: now, awake: SystemClock.now()) {
        isAwakeAgain = true
        for index in sites.indices { sites[index].schedule.woke(now: now) }
      }
      guard let next = sites.indices.min(by: { sites[$0].schedule.due < sites[$1].schedule.due })
      else { return }
      let due = sites[next].schedule.due
      if due > now { connections.tend(due - now) } else { poll(next) }
    }
  }

  // MARK: One poll

  private func poll(_ index: Int) {
    let site = sites[index].watched.site
    var remarks: Set<String> = []
    do {
      let report = try poll(sites[index].watched) { [self] text in
        if remarks.count < 100, remarks.insert(text).inserted, !sites[index].remarks.contains(text)
        {
          onEvent(.note(site, text))
        }
      }
      isAwakeAgain = false
      if report.summary.cancelled { return }
      sites[index].remarks = remarks
      let failures = sites[index].schedule.failures
      sites[index].schedule.succeeded(now: SystemClock.elapsed())
      if failures > 0 { onEvent(.recovered(site, failures: failures)) }
      onEvent(.polled(site, report))
    } catch {
      isAwakeAgain = false
      failed(index, error)
    }
  }

  private func failed(_ index: Int, _ error: any Error) {
    // A statement of the index was interrupted, or a wait for a lock.
    if isCancelled() { return }
    let now = SystemClock.elapsed()
    let site = sites[index].watched.site
    switch WatchFailure(error) {
    case .passing: sites[index].schedule.skipped(now: now)
    case .final:
      sites.remove(at: index)
      onEvent(.ended(site, error))
    case .lasting, .ofServer:
      let isFirst = sites[index].schedule.failures == 0
      sites[index].schedule.failed(now: now, random: &random)
      let due = sites[index].schedule.due
      if isFirst { onEvent(.failed(site, error, retryIn: due - now)) }
      guard case .ofServer = WatchFailure(error) else { return }
      // One attempt at a time, whatever the number of its sites.
      for other in sites.indices where sites[other].schedule.due < due {
        sites[other].schedule.wait(until: due)
      }
    }
  }

  private func poll(
    _ watched: WatchedSite, note: @escaping (String) -> Void
  ) throws -> PollReport {
    let start = SystemClock.now()
    // Open to the end: SQLite copies its log, and waits for the disk, whenever the last connection leaves.
    var kept: IndexReader? = try IndexReader(path: indexPath)
    let before = try kept?.changeState().lastSeq ?? 0
    // On a full disk it locks out all others, the writer of this poll included.
    if kept?.isAlone == true { kept = nil }
    var run = SyncRun(
      site: watched.site, place: watched.place, access: watched.access, indexPath: indexPath)
    run.connections = connections
    run.options.source = watched.options
    run.options.source.connections = 1
    if !connections.isEmpty {
      let timeout = isAwakeAgain ? Self.wakeTimeout : Self.warmTimeout
      run.options.source.timeout = min(watched.options.timeout, timeout)
    }
    run.options.isCancelled = isCancelled
    let summary = try run.run { event in
      switch event {
      case .progress: break
      case .note(let text): note(text)
      case .photoFailed(let path, let failure, _):
        note("\(path): \(failure.rawValue); \(failure.advice)")
      }
    }
    var report = PollReport(summary: summary, since: before)
    report.seconds = SystemClock.now() - start
    let reader = try kept ?? IndexReader(path: indexPath)
    if try reader.changeState().lastSeq > before {
      try reader.changeLog(since: before, site: watched.site.id) { entry in
        report.counts[entry.kind, default: 0] += 1
        if report.first.count < PollReport.named { report.first.append(entry) }
      }
    }
    return report
  }
}

/// What becomes of a site whose poll failed.
private enum WatchFailure {
  /// Tried again after a pause, alone or with all sites of the server.
  case lasting, ofServer
  /// Another process syncs the site.
  case passing
  /// Trying again would not help, or would harm.
  case final

  init(_ error: any Error) {
    switch error {
    case let error as TransportError:
      switch error.kind {
      case .authentication, .hostKeyUnknown, .hostKeyChanged, .hostKeyRevoked, .configuration:
        self = .final
      default: self = .ofServer
      }
    case let error as SourceError:
      if case .gaveUp = error { self = .ofServer } else { self = .lasting }
    case let error as IndexError:
      switch error.kind {
      case .busy: self = .passing
      case .diskFull, .io, .interrupted, .unexpected: self = .lasting
      default: self = .final
      }
    default: self = .lasting
    }
  }
}
