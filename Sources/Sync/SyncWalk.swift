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
  private let scanStart = wallClock()

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
  private var memory = LayoutMemory()
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
  private(set) var rootEntries = 0
  private(set) var rootIsComplete = false
  /// Photos that could not be read this time and keep the row of an earlier reading.
  private var keptFailures: [(failure: Failure, known: KnownPhoto)] = []

  init(
    site: SiteRecord, reader: IndexReader?, writer: WriterQueue?, options: SyncOptions,
    onEvent: @escaping (SyncEvent) -> Void
  ) throws(IndexError) {
    self.site = site
    self.reader = reader
    self.writer = writer
    self.options = options
    self.onEvent = onEvent
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
    let isKnown = loadComparison(folder)
    var wanted: [Int] = []
    for (index, file) in files.enumerated() {
      summary.listed += 1
      let known = comparisons[folder]?.take(file.name)
      if known == nil, !isKnown, suspectMove(file, in: folder) { continue }
      if let known, known.isKept { change(folder) { $0.returns.append(known.fid) } }
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

  // MARK: Reading

  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader {
    if let kind = ListingRules.sidecar(file.name.bytes) {
      return SidecarReading(kind: kind, fileSize: file.size)
    }
    return PhotoReading(fileSize: file.size, hint: memory.hint(for: folder))
  }

  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    progress.done += 1
    progress.folder = folder
    if ListingRules.sidecar(file.name.bytes) != nil {
      didRead(sidecar: file, in: folder, outcome)
    } else {
      didRead(photo: file, in: folder, outcome)
    }
    if let open = readsOpen[folder] { readsOpen[folder] = open > 1 ? open - 1 : nil }
    release(folder)
    tick()
  }

  /// What the index knew of a photo of this listing.
  func known(_ photo: PathBytes, in folder: PathBytes) -> KnownPhoto? {
    comparisons[folder]?.photo(photo)
  }

  private func didRead(photo file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome) {
    let known = known(file.name, in: folder)
    defer { desk.finish(file.name, in: folder) }
    switch outcome {
    case .read(let reader):
      guard let reading = reader as? PhotoReading, let record = reading.record else {
        progress.failed += 1
        store(PhotoRecord(outcome: .failed(.serverError)), file, folder, known)
        break
      }
      memory.learn(folder: folder, from: reading.machine, record: record)
      switch record.outcome {
      case .located: progress.located += 1
      case .withoutPosition: progress.withoutPosition += 1
      case .failed: progress.failed += 1
      }
      if case .failed(let failure) = record.outcome, known?.failed != true {
        onEvent(.photoFailed(folder.appending(file.name).text, failure, detail: failure.remark))
      }
      if !pair(record, file, folder) { store(record, file, folder, known) }
    case .failed(.vanished, _):
      pairs.drop(folder.appending(file.name))
      // Gone since it was listed: no row is made, and no error. One that is there stays: the listing
      // showed the file, and when a whole disk leaves in mid-sync, all of them look like this.
      let isSuspect = dropMove(file.name, in: folder, keepsRow: true)
      if isSuspect {
        summary.listed -= 1
      } else if !desk.isStored(file.name, in: folder) {
        uncount(known, file)
      }
      summary.missingWhenRead += 1
      if isSuspect || known != nil { summary.keptUnproved += 1 }
    case .failed(let failure, let detail):
      progress.failed += 1
      pairs.drop(folder.appending(file.name))
      onEvent(.photoFailed(folder.appending(file.name).text, failure, detail: detail))
      if dropMove(file.name, in: folder, keepsRow: false) {
        summary.new += 1
        store(PhotoRecord(outcome: .failed(failure)), file, folder, nil)
      } else if let known, !known.failed {
        // What was read before stays: its size and time differ, so the next sync tries again.
        keptFailures.append((failure, known))
      } else {
        store(PhotoRecord(outcome: .failed(failure)), file, folder, known)
      }
    }
  }

  private func uncount(_ known: KnownPhoto?, _ file: ListedFile) {
    summary.listed -= 1
    guard let known else {
      summary.new -= 1
      return
    }
    if known.size == file.size, known.mtime == file.mtime, file.mtime != nil {
      summary.unchanged -= 1
    } else {
      summary.changed -= 1
    }
  }

  func store(
    _ record: PhotoRecord, _ file: ListedFile, _ folder: PathBytes, _ known: KnownPhoto?,
    sidecar: ListedFile? = nil
  ) {
    let rule = RacyRule(scanStart: scanStart, server: serverTime())
    let isRacy = rule.isRacy(file) || sidecar.map(rule.isRacy) ?? false
    if isRacy { summary.racy += 1 }
    let row = PhotoChange(
      file: file, record: record, racy: isRacy, parserVersion: parserVersion, sidecar: sidecar)
    var known = known
    if settleMove(row, in: folder, known: &known) { return }
    let isStored = desk.isStored(file.name, in: folder)
    change(folder) { changes in
      if let known {
        changes.updates.append(.init(fid: known.fid, change: row))
      } else if isStored {
        changes.replacements.append(row)
      } else {
        changes.inserts.append(row)
      }
    }
  }

  /// A folder that is listed and read needs no memory any more.
  private func release(_ folder: PathBytes) {
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
