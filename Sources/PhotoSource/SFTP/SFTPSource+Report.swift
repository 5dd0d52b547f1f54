import PhotoModel
import SFTP

// What a listing tells the visitor: at once for a confirmed folder, later for one that only an earlier run
// vouches for.
extension SFTPSource {
  /// Files and subfolders of a folder; held while the folder itself is unconfirmed.
  func report(_ files: [HeldFile], _ folders: [[UInt8]], of task: FolderTask) {
    if !task.hasPhotos { task.hasPhotos = files.contains { !$0.isSidecar } }
    guard task.isConfirmed else {
      if task.isDiscarded { return }
      task.heldFiles += files
      task.heldFolders += folders
      return
    }
    let path = PathBytes(task.path)
    let sidecars = files.filter(\.isSidecar)
    let photos = sidecars.isEmpty ? files : files.filter { !$0.isSidecar }
    statistics.sidecarsListed += sidecars.count
    if !sidecars.isEmpty { visitor.didListSidecars(sidecars.map(\.file), in: path) }
    if !photos.isEmpty {
      for index in visitor.didList(photos.map(\.file), in: path) {
        let held = photos[index]
        jobs.append(ReadJob(file: held.file, folder: path, accessTime: held.accessTime))
      }
    }
    for name in folders { confirm(path.appending(PathBytes(name)).bytes, depth: task.depth + 1) }
  }

  private func confirm(_ path: [UInt8], depth: Int) {
    guard budget.takeFolder() else { return }
    guard depth <= options.maximumDepth else {
      visitor.didFinishListing(
        PathBytes(path), .incomplete(.tooDeep, detail: "deeper than \(options.maximumDepth)"))
      return
    }
    guard let task = folderTasks[path] else {
      enqueueNewFolder(path: path, depth: depth)
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
}
