import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

// Files beside photos. A photo is read with what stands beside it, when either has changed; and again
// without, when a listing that came to its end proves that gone. Photos alone cost nothing here.
extension SyncWalk {
  func didListSidecars(_ files: [ListedFile], in folder: PathBytes) {
    for file in files { desk.list(sidecar: file, in: folder) }
  }

  func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile] {
    let comparison = comparisons[folder]
    let proved = proveByFolder(folder, outcome)
    let files = desk.files(proved, in: folder)
    let plans = desk.end(folder, isComplete: outcome == .complete) { comparison?.photo($0) }
    moveProved(files, in: folder, except: Set(plans.map(\.photo.name)))
    if options.dryRun || plans.isEmpty { return [] }
    var wanted: [ListedFile] = []
    var sidecars: Set<PathBytes> = []
    for plan in plans {
      if plan.readsPhoto { wanted.append(plan.photo) }
      guard let sidecar = plan.sidecar else { continue }
      pairs.expect(folder.appending(plan.photo.name), with: folder.appending(sidecar.name))
      if sidecars.insert(sidecar.name).inserted { wanted.append(sidecar) }
    }
    readsOpen[folder, default: 0] += wanted.count
    progress.toRead += wanted.count
    return wanted
  }

  /// - Returns: false when nothing stands beside the photo; else its row waits for the pair.
  func pair(_ record: PhotoRecord, _ file: ListedFile, _ folder: PathBytes) -> Bool {
    let path = folder.appending(file.name)
    guard pairs.isExpected(path) else { return false }
    if let pair = pairs.put(photo: path, .init(file: file, record: record)) { store(pair, folder) }
    return true
  }

  func didRead(sidecar file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    let path = folder.appending(file.name)
    var half: PairedReads.Half?
    switch outcome {
    case .read(let reader):
      if let record = (reader as? SidecarReading)?.record {
        half = PairedReads.Half(file: file, record: record)
      }
    case .failed(_, let detail): note("\(path.text) could not be read: \(detail)")
    }
    for pair in pairs.put(sidecar: path, half) { store(pair, folder) }
  }

  private func store(_ pair: PairedReads.Pair, _ folder: PathBytes) {
    let photo = pair.photo
    let known = known(photo.file.name, in: folder)
    if let sidecar = pair.sidecar {
      store(
        photo.record.completed(by: sidecar.record), photo.file, folder, known,
        sidecar: sidecar.file)
    } else if known?.sidecar == nil || known?.size != photo.file.size
      || known?.mtime != photo.file.mtime
    {
      // The next sync tries again: the row knows of no side-car, and the listing shows one. What the row
      // says of an earlier photo of this name would be wrong of this one.
      store(photo.record, photo.file, folder, known)
    }
    // Else the row stays, which may hold what could not be read now.
  }
}
