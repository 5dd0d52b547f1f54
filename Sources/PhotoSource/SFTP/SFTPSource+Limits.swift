import PhotoModel

// Bounds: what the source holds of a server's words, when it stops to ask for more, and how a listing ends
// at a limit of the whole walk.
extension SFTPSource {
  /// LSTATs of one folder under way at most before more of it is listed.
  static let questionsAtOnce = 1_000

  /// A usable name of a listing.
  /// - Returns: false when it is not the first time, or when a limit is reached.
  func isNew(_ name: [UInt8], in task: FolderTask) -> Bool {
    guard budget.reached == nil, task.seen.insert(name).inserted else { return false }
    hold(WalkBudget.cost(name: name), of: task)
    return true
  }

  func hold(_ bytes: Int, of task: FolderTask) {
    task.held += bytes
    let waiting = jobs.count + retryJobs.count + isolatedJobs.count
    budget.hold(bytes, beside: waiting * WalkBudget.job)
  }

  func release(_ bytes: Int, of task: FolderTask) {
    let bytes = min(bytes, task.held)
    task.held -= bytes
    budget.release(bytes)
  }

  /// No name of the folder is needed any more.
  func forgetNames(of task: FolderTask) {
    task.seen = []
    release(task.held, of: task)
  }

  // MARK: Pausing

  /// So much waits to be read or to be answered, or is held, that the folder's next names have time.
  func mustPause(_ task: FolderTask) -> Bool {
    if task.awaitingAttributes.count > Self.questionsAtOnce { return true }
    return task !== goingOn && (jobs.count > 4 * enoughJobs || !budget.isRoomy)
  }

  /// The folder goes on when there is room (``resumeListings(now:)``).
  func pause(_ task: FolderTask, on lane: Lane) {
    guard !task.isPaused, task.listingsOutstanding == 0 else { return }
    task.isPaused = true
    paused.append((task, lane))
  }

  /// Called before files are opened. Where no listing is under way any more and nothing else would make room,
  /// one folder goes on to its end all the same: that gives back its handle and its names.
  func resumeListings(now: Double) {
    guard !paused.isEmpty else { return }
    let waiting = paused
    paused = []
    let isBusy = jobs.count >= enoughJobs
    let mayGoOn = !isBusy && budget.isRoomy
    var mustGoOn =
      waiting.count >= openFolders
      && (!isBusy || filesInFlight == 0 && !lanes.contains(where: \.hasRoom))
    for (task, lane) in waiting {
      guard task.isPaused, lane.state == .ready, lane.folders[ObjectIdentifier(task)] != nil else {
        continue
      }
      guard task.awaitingAttributes.count <= Self.questionsAtOnce / 2,
        mayGoOn || mustGoOn, let handle = task.handle
      else {
        paused.append((task, lane))
        continue
      }
      if !mayGoOn { goingOn = task }
      mustGoOn = false
      task.isPaused = false
      for _ in 0..<8 { readFolder(task, handle, on: lane, now: now) }
    }
  }

  // MARK: The end of a listing that is too large

  func limitFailure(_ limit: WalkLimit) -> (ListingFailure, String) { (.siteLimit, limit.text) }

  /// Once, after the reply that was too much: no folder is opened any more, those that are open end as
  /// incomplete, and what waits to be read is read.
  func stopListingAtLimit(now: Double) {
    guard let limit = budget.reached, !isListingStopped else { return }
    isListingStopped = true
    var unlisted = 0
    for waiting in folderQueue.removeAll() + isolatedFolders.removeAll().map(WaitingFolder.task) {
      switch waiting {
      case .new(let path, _): budget.release(WalkBudget.cost(path: path))
      case .task(let task):
        if task.isDiscarded { continue }
        giveUp(task, limit)
      }
      unlisted += 1
    }
    for lane in lanes {
      for task in Array(lane.folders.values) where !task.isFinished {
        task.failure = task.failure ?? limitFailure(limit)
        finishFolderIfDone(task, on: lane, now: now)
      }
    }
    paused = []
    statistics.foldersUnlisted = unlisted
    visitor.didReach(limit, unlisted: unlisted)
  }

  /// A folder that is not open now and is not opened any more.
  func giveUp(_ task: FolderTask, _ limit: WalkLimit) {
    task.failure = limitFailure(limit)
    task.isFinished = true
    if task.isConfirmed { end(task) } else { forgetNames(of: task) }
  }
}
