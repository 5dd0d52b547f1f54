import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

/// Compares a walk of the site with the index and turns the difference into changes for the
/// writer. Called on the source's thread only.
final class SyncWalk: SourceVisitor {
  let site: SiteRecord
  let reader: IndexReader?
  private let writer: WriterQueue?
  let options: SyncOptions
  let onEvent: (SyncEvent) -> Void
  let scanStart = wallClock()

  let knownFolders: [KnownFolderHint]
  private let knownIDs: [PathBytes: Int64]

  var summary = SyncSummary()
  var progress = SyncProgress()
  /// The first error of the index's reading side; ends the walk.
  private(set) var indexError: IndexError?
  /// The server's clock as far as the source knows it by now.
  var serverTime: () -> ServerTime = { ServerTime() }
  var sourceState: () -> SourceState = { SourceState() }

  private(set) var comparisons: [PathBytes: FolderComparison] = [:]
  var readsOpen: [PathBytes: Int] = [:]
  /// Listed to their end, with photos still being read.
  private var ended: Set<PathBytes> = []
  var memory = LayoutMemory()
  var desk = SidecarDesk()
  var pairs = PairedReads()
  var moves = MoveCandidates()

  private var pending: [PathBytes: FolderChanges] = [:]
  private var pendingRows = 0
  private(set) var lastFlush = monotonicClock()
  var lastEvent = 0.0

  /// Rows that the walk proved gone, by folder.
  private(set) var vanished: [PathBytes: [KnownPhoto]] = [:]
  private(set) var vanishedFolders: Set<PathBytes> = []
  var movedFids: Set<Int64> = []
  /// What the deletion guard knew before the walk.
  let history: RemovalHistory
  /// Rows that the guard kept and whose files are there again.
  var returned = 0
  private(set) var rootEntries = 0
  private(set) var rootIsComplete = false
  /// Photos that could not be read this time and keep the row of an earlier reading.
  var keptFailures: [(failure: Failure, known: KnownPhoto)] = []

  init(
    site: SiteRecord, reader: IndexReader?, writer: WriterQueue?, options: SyncOptions,
    onEvent: @escaping (SyncEvent) -> Void
  ) throws(IndexError) {
    self.site = site
    self.reader = reader
    self.writer = writer
    self.options = options
    self.onEvent = onEvent
    history = try reader?.removalHistory(site: site.id, now: scanStart * 1000) ?? RemovalHistory()
    let folders = try reader?.knownFolders(site.id) ?? []
    knownIDs = Dictionary(folders.map { ($0.path, $0.id) }, uniquingKeysWith: { a, _ in a })
    knownFolders = Self.hints(folders)
    summary.site = site.name
    progress.expected = folders.reduce(0) { $0 + max(0, $1.photoCount) }
  }

  var isCancelled: Bool {
    options.isCancelled() || indexError != nil || writer?.error != nil
  }

  // MARK: Listing

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    if folder.isEmpty { rootEntries += files.count }
    _ = loadComparison(folder)
    var wanted: [Int] = []
    for (index, file) in files.enumerated() {
      summary.listed += 1
      let known = comparisons[folder]?.take(file.name)
      if known == nil, suspectMove(file, in: folder) { continue }
      if let known, known.isKept {
        returned += 1
        change(folder) { $0.returns.append(known.fid) }
      }
      desk.list(file, in: folder)
      let decision = ChangeDecision(
        known: known, listed: file, parserVersion: parserVersion, full: options.full)
      switch decision {
      case .unchanged, .reread: summary.unchanged += 1
      case .new: summary.new += 1
      case .changed: summary.changed += 1
      }
      if decision == .unchanged { continue }
      if known?.sidecar != nil || desk.hasSidecar(file.name, in: folder) {
        desk.delay(file.name, in: folder)
      } else {
        desk.ask(file.name, in: folder)
        wanted.append(index)
      }
    }
    progress.listed = summary.listed
    progress.new = summary.new
    progress.changed = summary.changed
    progress.unchanged = summary.unchanged
    progress.moved = summary.moved
    progress.folder = folder
    if !options.dryRun {
      if !wanted.isEmpty { readsOpen[folder, default: 0] += wanted.count }
      progress.toRead += wanted.count
    }
    tick()
    return options.dryRun ? [] : wanted
  }

  /// True when the index has this folder.
  private func loadComparison(_ folder: PathBytes) -> Bool {
    if comparisons[folder] != nil { return knownIDs[folder] != nil }
    comparisons[folder] = FolderComparison(known: knownPhotos(folder))
    return knownIDs[folder] != nil
  }

  private func knownPhotos(_ folder: PathBytes) -> [KnownPhoto] {
    guard let id = knownIDs[folder], let reader else { return [] }
    do throws(IndexError) {
      return try reader.knownPhotos(id)
    } catch {
      fail(error)
      return []
    }
  }

  func fail(_ error: IndexError) { indexError = indexError ?? error }

  /// A few from all over the folder: what cuts a listing short cuts off more than one.
  func unseen(in folder: PathBytes) -> [PathBytes] {
    guard knownIDs[folder] != nil else { return [] }
    _ = loadComparison(folder)
    func few(_ names: [PathBytes]) -> [PathBytes] {
      let step = max(1, names.count / 16)
      return stride(from: 0, to: names.count, by: step).map { names[$0] }
    }
    let sidecars = comparisons[folder]?.sidecars.filter { !desk.lists(sidecar: $0, in: folder) }
    let photos = comparisons[folder]?.unseen.filter { !$0.isKept }.map(\.name)
    return few(photos ?? []) + few(sidecars ?? [])
  }

  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    progress.foldersListed += 1
    switch outcome {
    case .complete:
      if folder.isEmpty { rootIsComplete = true } else if folder.parent.isEmpty { rootEntries += 1 }
      // Without photos it was never compared.
      if knownIDs[folder] != nil { _ = loadComparison(folder) }
      let gone = comparisons[folder]?.unseen ?? []
      if !gone.isEmpty { vanished[folder, default: []] += gone }
    case .incomplete(let reason, let detail):
      summary.incompleteFolders += 1
      if folder.parent.isEmpty { rootEntries += 1 }
      noteIncomplete(folder, reason, detail)
    }
    ended.insert(folder)
    release(folder)
    tick()
  }

  func didVanish(_ folder: PathBytes) {
    guard knownIDs[folder] != nil else { return }
    vanishedFolders.insert(folder)
    let photos = knownPhotos(folder)
    moves.add(photos, of: folder, parserVersion: parserVersion)
    vanished[folder, default: []] += photos
  }

  /// A folder that is listed and read needs no memory any more.
  func release(_ folder: PathBytes) {
    guard ended.contains(folder), readsOpen[folder] == nil else { return }
    ended.remove(folder)
    comparisons[folder] = nil
    desk.forget(folder)
    moves.forget(folder)
  }

  /// Remarks on single folders and files; a server can cause any number of them.
  var remarks = 0

  // MARK: Handing over

  func change(_ folder: PathBytes, _ body: (inout FolderChanges) -> Void) {
    if options.dryRun { return }
    body(&pending[folder, default: FolderChanges(site: site.id, folder: folder)])
    pendingRows += 1
    if pendingRows >= 500 { flush() }
  }

  func flush() {
    lastFlush = monotonicClock()
    guard pendingRows > 0 else { return }
    writer?.append(Array(pending.values))
    pending.removeAll(keepingCapacity: true)
    pendingRows = 0
  }

  // MARK: The end

  /// Lets the writer do something for this site; a dry run does nothing.
  func settle(
    _ job: @escaping @Sendable (IndexWriter, Int64) throws(IndexError) -> Void
  ) {
    guard !options.dryRun, let writer else { return }
    flush()
    let id = site.id
    writer.later { (index) throws(IndexError) in try job(index, id) }
  }

  func noteKept() {
    noteRemarks()
    guard summary.missingWhenRead > 0 else { return }
    onEvent(
      .note(
        "\(summary.missingWhenRead) photos were listed and then gone when they were to be read; "
          + "\(summary.keptUnproved) have rows, which stay until a sync lists their folders "
          + "without them"))
  }

  func finish(seconds: Double, statistics: SourceStatistics, status: SiteStatus?) {
    summary.seconds = seconds
    summary.statistics = statistics
    summary.incompleteFolders += statistics.foldersUnlisted
    if let status {
      summary.located = status.located
      summary.withoutPosition = status.withoutPosition
      summary.failed = status.failed + keptFailures.count
      summary.keptUnread = keptFailures.count
      summary.reasons = status.reasons
      if !options.dryRun { summary.keptByGuard = status.kept }
      for (failure, known) in keptFailures {
        summary.reasons[failure.rawValue, default: 0] += 1
        if let reason = known.reason {
          summary.withoutPosition -= 1
          let left = (summary.reasons[reason] ?? 1) - 1
          summary.reasons[reason] = left > 0 ? left : nil
        } else {
          summary.located -= 1
        }
      }
    }
    tellEnding()
  }

  func markCancelled() { summary.cancelled = true }
}
