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
    guard !options.full, let known = moves.suspect(file, in: folder) else { return false }
    summary.moved += 1
    desk.list(file, in: folder)
    desk.move(known, to: file.name, in: folder)
    // A dry run reads nothing; it states the suspicion.
    if options.dryRun { note(moved: known) } else { desk.delay(file.name, in: folder) }
    return true
  }

  /// The folder as a whole may prove its suspects; those need not be read, unless what stands beside
  /// them is another.
  /// - Returns: the photos so proved.
  func proveByFolder(_ folder: PathBytes, _ outcome: ListingOutcome) -> [PathBytes] {
    guard outcome == .complete, !options.dryRun else { return [] }
    let proved = moves.prove(folder, photos: desk.count(in: folder))
    for photo in proved { desk.undelay(photo, in: folder) }
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
  ///   for the row in `known`, if it is one.
  func settleMove(
    _ row: PhotoChange, in folder: PathBytes, known: inout KnownPhoto?
  ) -> Bool {
    guard let suspect = moves.take(row.file.name, in: folder) else { return false }
    let isSame = isSame(row, suspect.known)
    guard isSame || suspect.isProved else {
      countAsNew()
      known = nil
      return false
    }
    move(suspect.known, to: row.file, in: folder)
    known = suspect.known
    // What stood beside it may not have moved with it: then the row says what was read now.
    return isSame
  }

  private func move(_ known: KnownPhoto, to file: ListedFile, in folder: PathBytes) {
    note(moved: known)
    change(folder) { $0.moves.append(.init(fid: known.fid, file: file)) }
  }

  private func note(moved known: KnownPhoto) {
    movedFids.insert(known.fid)
    if known.isKept { returned += 1 }
  }

  /// A suspect that was gone when it was to be read, or could not be read: nothing tells what became of
  /// the file, so its old row stays, and the next sync looks again.
  /// - Returns: the row; nil when it was no suspect.
  func dropMove(_ photo: PathBytes, in folder: PathBytes) -> KnownPhoto? {
    guard let suspect = moves.take(photo, in: folder) else { return nil }
    movedFids.insert(suspect.known.fid)
    countAsNew()
    return suspect.known
  }

  private func countAsNew() {
    summary.moved -= 1
    summary.new += 1
    progress.moved = summary.moved
    progress.new = summary.new
  }

  /// What was read says what the row says, side-car included.
  private func isSame(_ row: PhotoChange, _ known: KnownPhoto) -> Bool {
    guard row.sidecar == known.sidecar, let reader else { return false }
    do throws(IndexError) {
      return try reader.differences(known.fid, from: row.record) == nil
    } catch {
      fail(error)
      return false
    }
  }
}
