import PhotoIndex
import PhotoModel
import PhotoSource

// Photos found again under another path keep their row and its fid, once that is proved: see
// `MoveCandidates`.
extension SyncWalk {
  /// Counts a photo that its folder did not have as moved when a vanished folder had one such; it waits
  /// for the folder's end. Also in a folder that is known: a sync may have been stopped half way through
  /// a moved folder.
  func suspectMove(_ file: ListedFile, in folder: PathBytes) -> Bool {
    guard !options.full, let row = moves.suspect(file, in: folder) else { return false }
    report.counters.moved += 1
    pairing.list(file, in: folder)
    pairing.move(file.name, with: row.sidecar, in: folder)
    // A dry run reads nothing; it states the suspicion.
    if options.dryRun { vanished.noteMoved(row) } else { pairing.delay(file.name, in: folder) }
    return true
  }

  /// The folder as a whole may prove its suspects; those need not be read, unless their side-cars are
  /// others.
  /// - Returns: the photos so proved.
  func proveByFolder(_ folder: PathBytes, _ outcome: ListingOutcome) -> [PathBytes] {
    guard outcome == .complete, !options.dryRun else { return [] }
    let proved = moves.prove(folder, photos: pairing.count(in: folder))
    for photo in proved { pairing.undelay(photo, in: folder) }
    return proved
  }

  /// Moves the rows of proved photos that are not to be read.
  func moveProved(_ files: [ListedFile], in folder: PathBytes, except read: Set<PathBytes>) {
    for file in files where !read.contains(file.name) {
      guard let suspect = moves.take(file.name, in: folder) else { continue }
      move(suspect.known, to: file, in: folder)
    }
  }

  /// A suspect was read.
  /// - Returns: true when its row has moved with all it says; else the caller stores what was read:
  ///   for `row`, if there is one.
  func settleMove(
    _ change: PhotoChange, in folder: PathBytes, row: inout KnownPhoto?
  ) -> Bool {
    guard let suspect = moves.take(change.file.name, in: folder) else { return false }
    let isSame = known.isSame(change, as: suspect.known)
    guard isSame || suspect.isProved else {
      countAsNew()
      row = nil
      return false
    }
    move(suspect.known, to: change.file, in: folder)
    row = suspect.known
    // Its side-car may not have moved with it: then the row says what was read now.
    return isSame
  }

  private func move(_ row: KnownPhoto, to file: ListedFile, in folder: PathBytes) {
    vanished.noteMoved(row)
    changes.change(folder) { $0.moves.append(.init(fid: row.fid, file: file)) }
  }

  /// A suspect that was gone when it was to be read, or could not be read: nothing tells what became of
  /// the file, so its old row stays, and the next sync looks again.
  /// - Returns: the row; nil when it was no suspect.
  func dropMove(_ photo: PathBytes, in folder: PathBytes) -> KnownPhoto? {
    guard let suspect = moves.take(photo, in: folder) else { return nil }
    vanished.exclude(suspect.known)
    countAsNew()
    return suspect.known
  }

  private func countAsNew() {
    report.counters.moved -= 1
    report.counters.new += 1
  }
}
