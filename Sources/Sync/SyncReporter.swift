import PhotoModel
import PhotoSource

// What a walk tells of itself while it is under way.
extension SyncWalk {
  func beat() { tick() }

  /// Each at once, but no more than so many: a server can make a remark of every name.
  private static let remarksTold = 100

  func note(_ text: String) {
    remarks += 1
    if remarks <= Self.remarksTold { onEvent(.note(text)) }
  }

  /// Of a limit of the whole walk one remark is enough (``didReach(_:unlisted:)``).
  func noteIncomplete(_ folder: PathBytes, _ reason: ListingFailure, _ detail: String) {
    if reason == .siteLimit { return }
    let name = folder.isEmpty ? "the root" : folder.text
    note("\(name): not listed to the end (\(reason.rawValue): \(detail)); nothing is removed")
  }

  /// How many were not told.
  func noteRemarks() {
    guard remarks > Self.remarksTold else { return }
    onEvent(.note("\(remarks - Self.remarksTold) more remarks on single folders and files"))
  }

  func didReach(_ limit: WalkLimit, unlisted: Int) {
    onEvent(.note(limit.note(unlisted: unlisted)))
  }

  /// Commits at least four times a second; tells the progress ten times, for displays to choose from.
  func tick() {
    let now = monotonicClock()
    if now - lastFlush > 0.25 { flush() }
    if now - lastEvent > 0.1 {
      lastEvent = now
      tellProgress()
    }
  }

  /// The walk is over; what is left is to write.
  func tellEnding() { tellProgress(isEnding: true) }

  private func tellProgress(isEnding: Bool = false) {
    let state = sourceState()
    progress.stage = state.stage
    progress.bytesReceived = state.bytesReceived
    progress.foldersFound = max(state.foldersFound, progress.foldersListed)
    if isEnding {
      progress.phase = .finishing
    } else {
      progress.phase =
        state.stage != nil ? .connecting : state.isListing ? .listing : .reading
      progress.connections = state.connections
    }
    onEvent(.progress(progress))
  }

  /// No call of the source comes after this, but the walk may outlive it.
  func letGo(_ statistics: SourceStatistics, _ state: SourceState) -> SourceStatistics {
    serverTime = { statistics.serverTime }
    sourceState = { state }
    return statistics
  }
}
