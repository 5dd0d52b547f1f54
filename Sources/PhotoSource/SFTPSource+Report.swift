import PhotoModel
import SFTP

// What a listing tells the visitor: at once for a confirmed folder, later for one that only an earlier run
// vouches for.
extension SFTPSource {
  /// Files and subfolders of a folder; held while the folder itself is unconfirmed.
  func report(_ files: [HeldFile], _ folders: [[UInt8]], of task: FolderTask) {
    if !files.isEmpty { task.hasPhotos = true }
    guard task.isConfirmed else {
      if task.isDiscarded { return }
      task.heldFiles += files
      task.heldFolders += folders
      return
    }
    let path = PathBytes(task.path)
    if !files.isEmpty {
      for index in visitor.didList(files.map(\.file), in: path) {
        let held = files[index]
        jobs.append(ReadJob(file: held.file, folder: path, accessTime: held.accessTime))
      }
    }
    for name in folders { confirm(path.appending(PathBytes(name)).bytes, depth: task.depth + 1) }
  }

  private func confirm(_ path: [UInt8], depth: Int) {
    guard depth <= options.maximumDepth else {
      visitor.didFinishListing(
        PathBytes(path), .incomplete(.tooDeep, detail: "deeper than \(options.maximumDepth)"))
      return
    }
    guard let task = folderTasks[path] else {
      enqueueFolder(path: path, depth: depth, confirmed: true, expected: -1)
      return
    }
    guard !task.isConfirmed else { return }
    task.isConfirmed = true
    // A known folder that was not there a moment ago, and now is in its parent's listing.
    if task.isFinished, task.failure?.0 == .vanished {
      enqueueFolder(path: path, depth: depth, confirmed: true, expected: -1)
      return
    }
    let files = task.heldFiles
    let folders = task.heldFolders
    task.heldFiles = []
    task.heldFolders = []
    report(files, folders, of: task)
    if task.isFinished { end(task) }
  }

  /// The last report of a confirmed folder.
  func end(_ task: FolderTask) {
    let path = PathBytes(task.path)
    if let (reason, detail) = task.failure {
      visitor.didFinishListing(path, .incomplete(reason, detail: detail))
    } else {
      visitor.didFinishListing(path, .complete)
    }
    let seen = task.seen
    task.seen = []
    folderTasks[task.path] = nil
    guard task.failure == nil else { return discardChildren(of: task.path, provedGone: false) }
    for child in discarded(below: task.path) {
      if seen.contains(PathBytes(child.path).lastComponent.bytes) {
        // A link of that name, say.
        gone(child)
      } else {
        child.isMissed = true
        if child.isFinished { settle(child) }
      }
    }
  }

  /// A known folder that its parent's listing does not show. OpenSSH also leaves out what it cannot look
  /// at, such as the place of a mount that died: the folder is gone unless its own OPENDIR, or its own
  /// listing, failed for another reason than that it is not there.
  func settle(_ task: FolderTask) {
    if let (reason, detail) = task.failure, reason != .vanished {
      visitor.didFinishListing(PathBytes(task.path), .incomplete(reason, detail: detail))
      discardChildren(of: task.path, provedGone: false)
    } else {
      gone(task)
    }
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
    }
    return tasks
  }
}
