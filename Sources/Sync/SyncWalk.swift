import PhotoIndex
import PhotoMetadata
import PhotoModel
import PhotoSource

/// Compares a walk of the site with the index and turns the difference into changes for the
/// writer. Called on the source's thread only.
final class SyncWalk: SourceVisitor {
  private let site: SiteRecord
  private let reader: IndexReader?
  private let writer: WriterQueue?
  let options: SyncOptions
  let onEvent: (SyncEvent) -> Void
  private let scanStart = wallClock()

  let knownFolders: [KnownFolderHint]
  private let knownIDs: [PathBytes: Int64]

  private(set) var summary = SyncSummary()
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
  private var moves = MoveCandidates()

  private var pending: [PathBytes: FolderChanges] = [:]
  private var pendingRows = 0
  private(set) var lastFlush = monotonicClock()
  var lastEvent = 0.0

  /// Rows that the walk proved gone, by folder.
  private var vanished: [PathBytes: [Int64]] = [:]
  private var vanishedFolders: Set<PathBytes> = []
  private var movedFids: Set<Int64> = []
  private var rootEntries = 0
  private var rootIsComplete = false
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

  /// The known folders and all folders on the way to them, so that a missing one proves all below
  /// it missing, and none waits for another's listing.
  static func hints(_ folders: [KnownFolder]) -> [KnownFolderHint] {
    var expected: [PathBytes: Int] = [:]
    for folder in folders {
      expected[folder.path] = folder.photoCount
      var parent = folder.path
      while !parent.isEmpty {
        parent = parent.parent
        if expected[parent] != nil { break }
        expected[parent] = -1
      }
    }
    return expected.map { KnownFolderHint(path: $0.key, entries: $0.value) }
      .sorted { $0.path < $1.path }
  }

  // MARK: Listing

  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int] {
    if folder.isEmpty { rootEntries += files.count }
    let isKnown = loadComparison(folder)
    var wanted: [Int] = []
    for (index, file) in files.enumerated() {
      summary.listed += 1
      let known = comparisons[folder]?.take(file.name)
      if known == nil, !isKnown, !options.full, let moved = moves.take(file) {
        summary.moved += 1
        movedFids.insert(moved.fid)
        desk.list(file, in: folder)
        desk.move(moved, to: file.name, in: folder)
        change(folder) { $0.moves.append(.init(fid: moved.fid, file: file)) }
        continue
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
      indexError = indexError ?? error
      return []
    }
  }

  /// A few from all over the folder: what cuts a listing short cuts off more than one.
  func unseen(in folder: PathBytes) -> [PathBytes] {
    guard knownIDs[folder] != nil else { return [] }
    _ = loadComparison(folder)
    func few(_ names: [PathBytes]) -> [PathBytes] {
      let step = max(1, names.count / 16)
      return stride(from: 0, to: names.count, by: step).map { names[$0] }
    }
    let sidecars = comparisons[folder]?.sidecars.filter { !desk.lists(sidecar: $0, in: folder) }
    return few(comparisons[folder]?.unseen.map(\.name) ?? []) + few(sidecars ?? [])
  }

  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome) {
    progress.foldersListed += 1
    switch outcome {
    case .complete:
      if folder.isEmpty { rootIsComplete = true } else if folder.parent.isEmpty { rootEntries += 1 }
      // Without photos it was never compared.
      if knownIDs[folder] != nil { _ = loadComparison(folder) }
      let gone = comparisons[folder]?.unseen.map(\.fid) ?? []
      if !gone.isEmpty { vanished[folder, default: []] += gone }
    case .incomplete(let reason, let detail):
      summary.incompleteFolders += 1
      if folder.parent.isEmpty { rootEntries += 1 }
      let name = folder.isEmpty ? "the root" : folder.text
      onEvent(
        .note("\(name): not listed to the end (\(reason.rawValue): \(detail)); nothing is removed"))
    }
    ended.insert(folder)
    release(folder)
    tick()
  }

  func didVanish(_ folder: PathBytes) {
    guard knownIDs[folder] != nil else { return }
    vanishedFolders.insert(folder)
    let photos = knownPhotos(folder)
    moves.add(photos, parserVersion: parserVersion)
    vanished[folder, default: []] += photos.map(\.fid)
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
    comparisons[folder]?.photo(photo) ?? desk.moved(photo, in: folder)
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
      if !desk.isStored(file.name, in: folder) { uncount(known, file) }
      summary.missingWhenRead += 1
      if known != nil { summary.keptUnproved += 1 }
    case .failed(let failure, let detail):
      progress.failed += 1
      pairs.drop(folder.appending(file.name))
      onEvent(.photoFailed(folder.appending(file.name).text, failure, detail: detail))
      if let known, !known.failed {
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
  }

  func note(_ text: String) { onEvent(.note(text)) }

  // MARK: Handing over

  private func change(_ folder: PathBytes, _ body: (inout FolderChanges) -> Void) {
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

  /// Removes what the walk proved gone, unless the guard forbids; only after a walk that came to
  /// its end.
  func removeVanished(rows: Int) {
    var byFolder: [PathBytes: [Int64]] = [:]
    var count = 0
    for (folder, fids) in vanished {
      let gone = fids.filter { !movedFids.contains($0) }
      count += gone.count
      byFolder[folder] = gone
    }
    let verdict = DeletionGuard.verdict(
      rows: rows, vanished: count, rootIsEmpty: rootIsComplete && rootEntries == 0,
      allowMassDelete: options.allowMassDelete)
    guard verdict == .allowed else {
      summary.keptByGuard = count
      onEvent(.note(Self.text(verdict)))
      // Folders whose photos all moved elsewhere are empty and may go all the same.
      for folder in vanishedFolders where byFolder[folder]?.isEmpty ?? true {
        change(folder) { $0.removeFolderIfEmpty = true }
      }
      return
    }
    summary.removed = count
    for (folder, fids) in byFolder {
      change(folder) { changes in
        changes.deletes += fids
        changes.removeFolderIfEmpty = true
      }
    }
  }

  private static func text(_ verdict: DeletionGuard.Verdict) -> String {
    switch verdict {
    case .allowed: ""
    case .rootEmpty:
      "the site's root is empty: nothing is removed from the index (a disk that is not mounted?); "
        + "if it is meant, use --allow-mass-delete"
    case .tooMany(let vanished, let rows):
      "\(vanished) of \(rows) photos are no longer there: nothing is removed from the index; "
        + "if it is meant, use --allow-mass-delete"
    }
  }

  func noteKept() {
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
    if let status {
      summary.located = status.located
      summary.withoutPosition = status.withoutPosition
      summary.failed = status.failed + keptFailures.count
      summary.keptUnread = keptFailures.count
      summary.reasons = status.reasons
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
