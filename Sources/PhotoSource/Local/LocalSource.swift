import PhotoModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The same walk over a folder of this machine: a folder's photos are read right after its listing.
final class LocalSource: PhotoSource {
  private let root: LocalRoot
  private let options: SourceOptions
  private unowned let visitor: any SourceVisitor

  /// Folders are waiting.
  private var isListing = true
  private var budget: WalkBudget
  private var waiting: [WaitingFolder] = []
  /// Folders that no earlier run saw wait for the others: by then it shows which known ones are gone,
  /// and what was in them can be recognised elsewhere.
  private var unknown: [WaitingFolder] = []
  private var known: Set<[UInt8]> = []
  /// Folders of the earlier run that no listing has shown yet, by their parent.
  private var unseen: [[UInt8]: [[UInt8]]] = [:]

  private var listed = SourceStatistics()
  private let files: LocalFiles

  private struct WaitingFolder {
    var path: [UInt8]
    var depth: Int
  }

  init(root: [UInt8], options: SourceOptions, visitor: any SourceVisitor) {
    self.root = LocalRoot(root)
    self.options = options
    self.visitor = visitor
    budget = WalkBudget(options.limits)
    files = LocalFiles(self.root, visitor)
  }

  var statistics: SourceStatistics { listed.adding(files.statistics) }

  var state: SourceState {
    var state = SourceState()
    state.isListing = isListing
    state.foldersFound = budget.folders + 1
    state.bytesReceived = files.statistics.bytesReceived
    return state
  }

  func run() throws {
    waiting = [WaitingFolder(path: [], depth: 0)]
    known = Set(visitor.knownFolders.map(\.path.bytes))
    for hint in visitor.knownFolders where !hint.path.isEmpty {
      unseen[hint.path.parent.bytes, default: []].append(hint.path.bytes)
    }
    while let next = waiting.popLast() ?? unknown.popLast() {
      if visitor.isCancelled { return }
      visitor.beat()
      budget.release(WalkBudget.cost(path: next.path))
      // A copy, since the visitor may ask for the state meanwhile.
      var budget = budget
      let listing = LocalListing.of(next.path, root, options, &budget) { visitor.isCancelled }
      self.budget = budget
      if visitor.isCancelled { return }
      switch listing {
      case .failure(let error):
        if next.path.isEmpty { throw root.error(error.code) }
        visitor.didFinishListing(PathBytes(next.path), error.outcome)
      case .success(let listing):
        listed = listed.adding(listing.counts)
        guard report(listing, of: next) else { return }
        if let limit = budget.reached {
          listed.foldersUnlisted = waiting.count + unknown.count
          return visitor.didReach(limit, unlisted: listed.foldersUnlisted)
        }
      }
    }
  }

  /// - Returns: false when the visitor cancelled.
  private func report(_ listing: LocalListing, of next: WaitingFolder) -> Bool {
    let folder = PathBytes(next.path)
    // What is hidden may be one of the folders that seem to be missing.
    if !listing.isCut, listing.hidden == nil {
      let children = listing.folders.map { folder.appending(PathBytes($0)).bytes }
      reportVanished(below: next.path, except: Set(children))
    }
    if !listing.sidecars.isEmpty { visitor.didListSidecars(listing.sidecars, in: folder) }
    isListing = !waiting.isEmpty || !unknown.isEmpty || !listing.folders.isEmpty
    for index in visitor.didList(listing.photos, in: folder) {
      if visitor.isCancelled { return false }
      files.read(listing.photos[index], in: folder)
    }
    queue(listing.folders, below: folder, depth: next.depth + 1)
    budget.release(listing.held)
    let outcome = outcome(of: listing)
    for file in visitor.wantedAtEnd(of: folder, outcome) {
      if visitor.isCancelled { return false }
      files.read(file, in: folder)
    }
    visitor.didFinishListing(folder, outcome)
    return true
  }

  private func queue(_ names: [[UInt8]], below folder: PathBytes, depth: Int) {
    for name in names.reversed() {
      let child = folder.appending(PathBytes(name))
      guard budget.takeFolder() else { break }
      guard depth <= options.maximumDepth else {
        visitor.didFinishListing(
          child, .incomplete(.tooDeep, detail: "deeper than \(options.maximumDepth)"))
        continue
      }
      budget.hold(WalkBudget.cost(path: child.bytes))
      let next = WaitingFolder(path: child.bytes, depth: depth)
      if known.contains(child.bytes) { waiting.append(next) } else { unknown.append(next) }
    }
  }

  private func outcome(of listing: LocalListing) -> ListingOutcome {
    if let limit = budget.reached { return .incomplete(.siteLimit, detail: limit.text) }
    if listing.isCut {
      return .incomplete(
        .tooManyEntries,
        detail: "more than \(options.maximumEntriesPerFolder) entries in one folder"
      )
    }
    return listing.hidden?.outcome ?? .complete
  }

  private func reportVanished(below parent: [UInt8], except names: Set<[UInt8]>) {
    for path in unseen.removeValue(forKey: parent) ?? [] where !names.contains(path) {
      visitor.didVanish(PathBytes(path))
      reportVanished(below: path, except: [])
    }
  }
}
