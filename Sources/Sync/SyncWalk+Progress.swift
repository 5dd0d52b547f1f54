import PhotoSource

// What a walk tells of itself while it is under way.
extension SyncWalk {
  func beat() { tick() }

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
