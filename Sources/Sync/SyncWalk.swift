import Platform
import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

/// Compares the listings of a site with the index: decides what is read, and what changes in the index.
/// Called on the source's thread only.
final class SyncWalk: SourceVisitor {
  let options: SyncOptions
  let changes: ChangeQueue
  let report: SyncReporter
  let scanStart = SystemClock.wall()
  /// Seconds since the index was changed before this run; nil when not known.
  var sinceWritten: Int64?
  /// The server's clock as far as the source knows it by now.
  var serverTime: () -> ServerTime = { ServerTime() }

  var known: KnownRows
  var pairing = SidecarPairing()
  var moves = MoveCandidates()
  var vanished: VanishedPhotos
  var memory = LayoutMemory()
  var folders = OpenFolders()

  /// - Parameters:
  ///   - reader: nil for a site that the index does not have yet.
  ///   - writer: nil in a dry run.
  init(
    site: SiteRecord, reader: IndexReader?, writer: WriterQueue?, options: SyncOptions,
    onEvent: @escaping (SyncEvent) -> Void
  ) throws(IndexError) {
    self.options = options
    let history = try reader?.removalHistory(site: site.id, now: scanStart * 1000)
    vanished = VanishedPhotos(history: history ?? RemovalHistory())
    known = try KnownRows(site: site.id, reader: reader)
    changes = ChangeQueue(site: site.id, writer: options.dryRun ? nil : writer)
    report = SyncReporter(expected: known.photoCount, onEvent: onEvent)
  }

  var knownFolders: [KnownFolderHint] { known.hints }

  var isCancelled: Bool { options.isCancelled() || known.error != nil || changes.isBroken }

  // MARK: Listing

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    if folder.isEmpty { vanished.noteRootEntries(files.count) }
    known.load(folder)
    report.folder = folder
    let wanted = files.indices.filter { isWanted(files[$0], in: folder) }
    expect(wanted.count, in: folder)
    beat()
    return options.dryRun ? [] : wanted
  }

  /// Compares a listed photo with its row.
  /// - Returns: true when it is to be read now; one that is read at the folder's end waits in the pairing.
  private func isWanted(_ file: ListedFile, in folder: PathBytes) -> Bool {
    report.counters.listed += 1
    let row = known.take(file.name, in: folder)
    if row == nil, suspectMove(file, in: folder) { return false }
    if let row, row.isKept {
      vanished.noteReturned()
      changes.change(folder) { $0.returns.append(row.fid) }
    }
    pairing.list(file, in: folder)
    let decision = ChangeDecision(
      known: row, listed: file, parserVersion: parserVersion, full: options.full)
    switch decision {
    case .unchanged: return false
    case .reread: break
    case .new: report.counters.new += 1
    case .changed: report.counters.changed += 1
    }
    if row?.sidecar != nil || pairing.hasSidecar(file.name, in: folder) {
      pairing.delay(file.name, in: folder)
      return false
    }
    pairing.request(file.name, in: folder)
    return true
  }

  /// So many files of a folder are to be read; a dry run reads none.
  func expect(_ count: Int, in folder: PathBytes) {
    if options.dryRun { return }
    folders.expectReads(count, in: folder)
    report.counters.toRead += count
  }

  /// A few from all over the folder: what cuts a listing short cuts off more than one.
  func unseen(in folder: PathBytes) -> [PathBytes] {
    known.load(folder)
    func few(_ names: [PathBytes]) -> [PathBytes] {
      let step = max(1, names.count / 16)
      return stride(from: 0, to: names.count, by: step).map { names[$0] }
    }
    let sidecars = known.sidecars(in: folder).filter { !pairing.lists(sidecar: $0, in: folder) }
    return few(known.unseen(in: folder).filter { !$0.isKept }.map(\.name)) + few(sidecars)
  }

  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    report.counters.foldersListed += 1
    if !folder.isEmpty, folder.parent.isEmpty { vanished.noteRootEntries(1) }
    switch outcome {
    case .complete:
      if folder.isEmpty { vanished.noteRootComplete() }
      // Without photos it was never compared.
      known.load(folder)
      vanished.add(known.unseen(in: folder), of: folder)
    case .incomplete(let reason, let detail):
      report.counters.incompleteFolders += 1
      remarkIncomplete(folder, reason, detail)
    }
    folders.endListing(folder)
    forgetIfOver(folder)
    beat()
  }

  /// A limit of the whole walk has a remark of its own (``didReach(_:unlisted:)``).
  private func remarkIncomplete(_ folder: PathBytes, _ reason: ListingFailure, _ detail: String) {
    if reason == .siteLimit { return }
    let name = folder.isEmpty ? "the root" : folder.text
    note("\(name): not listed to the end (\(reason.rawValue): \(detail)); nothing is removed")
  }

  func didVanish(_ folder: PathBytes) {
    guard known.contains(folder) else { return }
    let photos = known.photos(of: folder)
    moves.add(photos, of: folder, parserVersion: parserVersion)
    vanished.add(folder: folder, photos)
  }

  /// A folder that is listed and read needs no memory any more.
  func forgetIfOver(_ folder: PathBytes) {
    guard folders.close(folder) else { return }
    known.forget(folder)
    pairing.forget(folder)
    moves.forget(folder)
  }

  // MARK: Reports

  func beat() {
    changes.flushIfDue()
    report.reportIfDue()
  }

  func note(_ text: String) { report.remark(text) }

  func didReach(_ limit: WalkLimit, unlisted: Int) {
    report.announce(limit.note(unlisted: unlisted))
  }
}
