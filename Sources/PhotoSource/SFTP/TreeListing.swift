import PhotoModel
import SFTP

// A listing that came to its end proves nothing by itself: OpenSSH leaves out what it cannot look at,
// and tells a read error in mid-listing as the end of the folder. What an earlier run knows and the
// listing does not show is asked for by name, and only "no such file" makes it gone.
extension SFTPSource {
  /// The last report of a confirmed folder, once what its listing does not show is asked for.
  func end(_ task: FolderTask) {
    if task.failure == nil, !task.isProbed {
      task.isProbed = true
      let unseen = visitor.unseen(in: PathBytes(task.path)).map(\.bytes).filter(isListed)
      let shown = names(unseen, shownBy: task)
      task.probes = unseen.filter { !shown.contains($0) }
      if !task.probes.isEmpty { return probing.append(task) }
    }
    let path = PathBytes(task.path)
    let outcome = task.failure.map { ListingOutcome.incomplete($0.0, detail: $0.1) } ?? .complete
    for file in visitor.wantedAtEnd(of: path, outcome) {
      jobs.append(ReadJob(file: file, folder: path))
    }
    visitor.didFinishListing(path, outcome)
    folderTasks[task.path] = nil
    let children = discarded(below: task.path)
    let shown =
      task.failure == nil
      ? names(children.map { PathBytes($0.path).lastComponent.bytes }, shownBy: task) : []
    for child in children {
      if task.failure != nil {
        discardChildren(of: child.path, provedGone: false)
      } else if shown.contains(PathBytes(child.path).lastComponent.bytes) {
        // A link of that name, say.
        gone(child)
      } else {
        child.isMissed = true
        if child.isFinished { settle(child) }
      }
    }
    forgetNames(of: task)
  }

  /// Those of the names that the listing has, be it in other letters, as after a renaming on a file system
  /// that makes no difference. One pass over the listing, however many names there are.
  private func names(_ names: [[UInt8]], shownBy task: FolderTask) -> Set<[UInt8]> {
    func plain(_ name: [UInt8]) -> [UInt8] {
      name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }
    var shown = Set(names.filter(task.seen.contains))
    var missing: [[UInt8]: [[UInt8]]] = [:]
    var lengths: Set<Int> = []
    for name in names where !shown.contains(name) {
      missing[plain(name), default: []].append(name)
      lengths.insert(name.count)
    }
    if missing.isEmpty { return shown }
    for name in task.seen where lengths.contains(name.count) {
      if let found = missing[plain(name)] { shown.formUnion(found) }
    }
    return shown
  }

  /// Asks for what the listing did not show.
  func probe(_ task: FolderTask, on lane: Lane, now: Double) {
    task.sent = noteOpening(on: lane)
    openFolders += 1
    if task.expected < 0 { unknownFoldersOpen += 1 }
    lane.folders[ObjectIdentifier(task)] = task
    for name in task.probes {
      task.outstanding += 1
      let path = PathBytes(remotePath(task.path)).appending(PathBytes(name)).bytes
      send(.probe(task), as: lane.client.linkAttributes(path), on: lane, now: now)
    }
  }

  func probeAnswered(_ task: FolderTask, isGone: Bool, on lane: Lane) {
    task.outstanding -= 1
    if !isGone {
      task.failure = (.serverError, "the listing left out files that are there")
    }
    guard task.outstanding == 0 else { return }
    leave(task, lane)
    end(task)
  }

  /// A known folder that its parent's listing does not show: its own OPENDIR has decided.
  func settle(_ task: FolderTask) {
    defer { forgetNames(of: task) }
    switch task.failure {
    case (.vanished, _)?: return gone(task)
    case (let reason, let detail)?:
      visitor.didFinishListing(PathBytes(task.path), .incomplete(reason, detail: detail))
    case nil:
      visitor.didFinishListing(
        PathBytes(task.path),
        .incomplete(.serverError, detail: "it is there, and the listing above left it out"))
    }
    discardChildren(of: task.path, provedGone: false)
  }

  private func gone(_ task: FolderTask) {
    visitor.didVanish(PathBytes(task.path))
    discardChildren(of: task.path, provedGone: true)
  }

  /// Known folders below a folder that is gone, or of which nothing is known.
  private func discardChildren(of path: [UInt8], provedGone: Bool) {
    for task in discarded(below: path) {
      if provedGone { gone(task) } else { discardChildren(of: task.path, provedGone: false) }
    }
  }

  /// Known folders directly below a folder whose listing is over and did not show them as folders. What
  /// they still answer is not reported.
  private func discarded(below path: [UInt8]) -> [FolderTask] {
    let tasks = (unconfirmed.removeValue(forKey: path) ?? []).filter { !$0.isConfirmed }
    for task in tasks {
      task.isDiscarded = true
      task.heldFiles = []
      task.heldFolders = []
      folderTasks[task.path] = nil
      if task.isFinished { forgetNames(of: task) }
    }
    return tasks
  }
}
