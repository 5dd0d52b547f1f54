import PhotoModel

/// Reports the folders of a walk to the visitor.
///
/// The listing of a known folder is held back until its parent's listing confirms that it still is a folder
/// (and not, say, a link to one).
final class FolderReports {
  private let options: SourceOptions
  private let ledger: ListingLedger
  private let queue: FolderQueue
  private let files: TreeReading
  private unowned let visitor: any SourceVisitor
  private var known = KnownFolders()

  init(
    _ options: SourceOptions, _ ledger: ListingLedger, _ queue: FolderQueue,
    _ files: TreeReading, _ visitor: any SourceVisitor
  ) {
    self.options = options
    self.ledger = ledger
    self.queue = queue
    self.files = files
    self.visitor = visitor
  }

  /// The root, and what an earlier run knows.
  func queueKnownFolders() {
    let hints = visitor.knownFolders
    let rootHint = hints.first { $0.path.isEmpty }
    enqueue(
      WalkedFolder(path: [], depth: 0, isConfirmed: true, expected: rootHint?.entries ?? -1))
    for hint in hints where !hint.path.isEmpty {
      let depth = hint.path.bytes.count { $0 == 0x2F } + 1
      guard depth <= options.maximumDepth else { continue }
      enqueue(
        WalkedFolder(
          path: hint.path.bytes, depth: depth, isConfirmed: false, expected: hint.entries))
    }
  }

  private func enqueue(_ folder: WalkedFolder) {
    known.add(folder)
    queue.append(folder)
  }

  /// Files and subfolders of a folder; none of one that only an earlier run vouches for.
  func report(_ found: FolderListing.Found, of folder: WalkedFolder) {
    if found.isEmpty { return }
    let path = PathBytes(folder.path)
    let sidecars = found.files.filter(\.isSidecar)
    let photos = sidecars.isEmpty ? found.files : found.files.filter { !$0.isSidecar }
    ledger.statistics.sidecarsListed += sidecars.count
    if !sidecars.isEmpty { visitor.didListSidecars(sidecars.map(\.file), in: path) }
    if !photos.isEmpty {
      for index in visitor.didList(photos.map(\.file), in: path) {
        let held = photos[index]
        files.append(ReadJob(file: held.file, folder: path, accessTime: held.accessTime))
      }
    }
    for name in found.folders {
      confirm(path.appending(PathBytes(name)).bytes, depth: folder.depth + 1)
    }
  }

  /// A listing shows this folder.
  private func confirm(_ path: [UInt8], depth: Int) {
    guard ledger.budget.takeFolder() else { return }
    guard depth <= options.maximumDepth else {
      visitor.didFinishListing(
        PathBytes(path), .incomplete(.tooDeep, detail: "deeper than \(options.maximumDepth)"))
      return
    }
    guard let folder = known[path] else {
      ledger.budget.hold(WalkBudget.cost(path: path))
      queue.append(path: path, depth: depth)
      return
    }
    guard folder.standing != .confirmed else { return }
    let found = folder.confirm()
    // A known folder that was not there a moment ago, and now is in its parent's listing.
    if folder.listing.isFinished, folder.failure?.reason == .vanished {
      enqueue(WalkedFolder(path: path, depth: depth, isConfirmed: true))
      return
    }
    report(found, of: folder)
    if folder.listing.isFinished { end(folder) }
  }

  /// A listing is over.
  func finished(_ folder: WalkedFolder) {
    if folder.isUnknown, !folder.listing.hasPhotos { queue.allowMoreUnknown() }
    if folder.listing.invalidNames > 0 {
      let names = folder.listing.invalidNames
      visitor.note("\(PathBytes(folder.path).text): skipped \(names) entries with invalid names")
    }
    switch folder.standing {
    case .confirmed: end(folder)
    case .missed: settle(folder)
    case .discarded: folder.forgetNames(&ledger.budget)
    case .known: break
    }
  }

  /// The last report of a confirmed folder, once what its listing does not show is asked for.
  func end(_ folder: WalkedFolder) {
    let path = PathBytes(folder.path)
    let needsProbes = folder.needsProbes {
      visitor.unseen(in: path).map(\.bytes).filter { ledger.rules.isListed($0, in: path) }
    }
    if needsProbes { return queue.appendProbe(folder) }
    let outcome = folder.failure?.outcome ?? .complete
    for file in visitor.wantedAtEnd(of: path, outcome) {
      files.append(ReadJob(file: file, folder: path))
    }
    visitor.didFinishListing(path, outcome)
    known.forget(folder.path)
    endChildren(of: folder)
    folder.forgetNames(&ledger.budget)
  }

  // MARK: Folders that are gone

  /// Known folders that the listing, which is over, did not show as folders.
  private func endChildren(of folder: WalkedFolder) {
    let children = takeUnconfirmed(below: folder.path)
    guard folder.failure == nil else {
      for child in children { discardChildren(of: child.path) }
      return
    }
    let shown = folder.shown(children.map { PathBytes($0.path).lastComponent.bytes })
    for child in children {
      if shown.contains(PathBytes(child.path).lastComponent.bytes) {
        // A link of that name, say.
        gone(child)
      } else {
        child.miss()
        if child.listing.isFinished { settle(child) }
      }
    }
  }

  /// A known folder that its parent's listing does not show: its own OPENDIR has decided.
  private func settle(_ folder: WalkedFolder) {
    defer { folder.forgetNames(&ledger.budget) }
    if folder.failure?.reason == .vanished { return gone(folder) }
    visitor.didFinishListing(
      PathBytes(folder.path),
      folder.failure?.outcome
        ?? .incomplete(.serverError, detail: "it is there, and the listing above left it out"))
    discardChildren(of: folder.path)
  }

  private func gone(_ folder: WalkedFolder) {
    visitor.didVanish(PathBytes(folder.path))
    for child in takeUnconfirmed(below: folder.path) { gone(child) }
  }

  /// Known folders below a folder of which nothing is known.
  private func discardChildren(of path: [UInt8]) {
    for child in takeUnconfirmed(below: path) { discardChildren(of: child.path) }
  }

  private func takeUnconfirmed(below path: [UInt8]) -> [WalkedFolder] {
    let children = known.takeUnconfirmed(below: path)
    for child in children where child.listing.isFinished { child.forgetNames(&ledger.budget) }
    return children
  }

  // MARK: Limits

  /// A folder that is not open now and is not opened any more.
  func giveUp(_ folder: WalkedFolder, _ limit: WalkLimit) {
    folder.giveUp(limit)
    if folder.standing == .confirmed { end(folder) } else { folder.forgetNames(&ledger.budget) }
  }
}
