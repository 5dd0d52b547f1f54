import Platform
import PhotoIndex
import PhotoModel
import PhotoSource

/// Counts what a sync does, and reports progress and remarks. Called on the source's thread only.
final class SyncReporter {
  /// Remarks on single folders and files that are reported one by one: a server can cause any number.
  private static let mostRemarks = 100
  /// Seconds between two reports of progress; displays choose from them.
  private static let interval = 0.1

  var counters = SyncCounters()
  /// The folder of the last photo.
  var folder = PathBytes.empty
  /// How the source stands now.
  var sourceState: () -> SourceState = { SourceState() }

  private let onEvent: (SyncEvent) -> Void
  private var progress = SyncProgress()
  private var remarks = 0
  private var lastReport = 0.0
  /// Photos that could not be read this time and keep their row: the new failure, and the row.
  private var unread: [(failure: Failure, known: KnownPhoto)] = []

  /// - Parameter expected: photos that earlier syncs left in the index.
  init(expected: Int, onEvent: @escaping (SyncEvent) -> Void) {
    self.onEvent = onEvent
    progress.expected = expected
  }

  // MARK: Remarks

  /// A remark on the whole sync.
  func announce(_ text: String) { onEvent(.note(text)) }

  /// A remark on one folder or file.
  func remark(_ text: String) {
    remarks += 1
    if remarks <= Self.mostRemarks { announce(text) }
  }

  func photoFailed(_ path: PathBytes, _ failure: Failure, detail: String) {
    onEvent(.photoFailed(path.text, failure, detail: detail))
  }

  /// A photo that could not be read this time keeps the row of an earlier run.
  func keepUnread(_ known: KnownPhoto, _ failure: Failure) { unread.append((failure, known)) }

  /// Remarks that need the whole walk.
  func announceRest() {
    if remarks > Self.mostRemarks {
      announce("\(remarks - Self.mostRemarks) more messages about folders and files")
    }
    if counters.missingWhenRead > 0 {
      announce(
        "\(counters.missingWhenRead) photos were listed and then gone when they were to be read; "
          + "\(counters.keptUnproved) have rows, which stay until a sync lists their folders "
          + "without them")
    }
  }

  /// Of one file that was read.
  func noteFlights(_ flights: Int) { counters.mostFlights = max(counters.mostFlights, flights) }

  // MARK: Progress

  /// Called often; reports ten times a second.
  func reportIfDue() {
    let now = SystemClock.now()
    guard now - lastReport > Self.interval else { return }
    lastReport = now
    report { state in
      progress.phase =
        state.stage != nil ? .connecting : state.isListing ? .listing : .reading
      progress.connections = state.connections
    }
  }

  /// The walk is over; what is left is to write.
  func reportEnding() { report { _ in progress.phase = .finishing } }

  private func report(_ update: (SourceState) -> Void) {
    let state = sourceState()
    update(state)
    progress.stage = state.stage
    progress.folder = folder
    counters.bytesReceived = state.bytesReceived
    counters.foldersFound = max(state.foldersFound, counters.foldersListed)
    progress.counters = counters
    onEvent(.progress(progress))
  }

  // MARK: Summary

  /// - Parameter status: what the index holds of the site after the run; nil in a dry run of a site that
  ///   it does not have.
  func summary(
    _ status: SiteStatus?, _ statistics: SourceStatistics, isDryRun: Bool
  ) -> SyncSummary {
    var summary = SyncSummary()
    summary.counters = counters
    summary.statistics = statistics
    summary.incompleteFolders += statistics.foldersUnlisted
    summary.skipped = statistics.skipped
    summary.filesOpened = statistics.filesOpened
    summary.dataRequests = statistics.dataRequests
    summary.bytesReceived = statistics.bytesReceived
    summary.bytesSent = statistics.bytesSent
    guard let status else { return summary }
    summary.located = status.located
    summary.withoutPosition = status.withoutPosition
    summary.failed = status.failed + unread.count
    summary.keptUnread = unread.count
    summary.reasons = status.reasons
    if !isDryRun { summary.kept = status.kept }
    // Counted as failed, not as what their rows say.
    for (failure, known) in unread {
      summary.reasons[failure.rawValue, default: 0] += 1
      if let reason = known.reason {
        summary.withoutPosition -= 1
        let left = (summary.reasons[reason] ?? 1) - 1
        summary.reasons[reason] = left > 0 ? left : nil
      } else {
        summary.located -= 1
      }
    }
    return summary
  }
}
