import PhotoModel
import Platform
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The same walk over a folder of this machine. ``LocalWorkers`` wait for the file system; this class decides what they
/// do, and alone calls the visitor.
final class LocalSource: PhotoSource {
  private let root: LocalRoot
  private let options: SourceOptions
  private unowned let visitor: any SourceVisitor
  private let workers = LocalWorkers<LocalJob, LocalOutput> { $0.perform() }
  private let isCancelled = SharedFlag()
  private let names: HeldNames

  private var growth: LocalGrowth
  private var budget: WalkBudget
  private var folders: LocalFolderQueue
  /// What the workers have been given, by the numbers of the jobs.
  private var listings: [Int: OpenListing] = [:]
  private var looks: [Int: Int] = [:]
  private var reads: [Int: LocalBatch] = [:]
  private var queue = ReadQueue()
  private var total = SourceStatistics()
  private var hasReachedLimit = false
  /// When a job last ended.
  private var lastAnswer = SystemClock.now()
  /// When it was last looked for jobs that take too long.
  private var lastLook = SystemClock.now()

  /// A folder that is being listed.
  private struct OpenListing {
    var folder: LocalFolderQueue.Folder
    var listed: LocalListingJob.Output?
    /// Jobs that look at some of its entries.
    var looks = 0
  }

  init(root: [UInt8], options: SourceOptions, visitor: any SourceVisitor) {
    self.root = LocalRoot(root)
    self.options = options
    self.visitor = visitor
    budget = WalkBudget(options.limits)
    names = HeldNames(most: options.limits.heldBytes)
    folders = LocalFolderQueue(known: [])
    growth = LocalGrowth(
      cores: max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), now: SystemClock.now())
  }

  var statistics: SourceStatistics { total }

  var state: SourceState {
    var state = SourceState()
    state.isListing = !folders.isEmpty || !listings.isEmpty
    state.foldersFound = budget.folders + 1
    state.bytesReceived = total.bytesReceived
    return state
  }

  func run() throws {
    defer {
      isCancelled.raise()
      workers.close()
    }
    folders = LocalFolderQueue(known: visitor.knownFolders)
    lastAnswer = SystemClock.now()
    while true {
      if visitor.isCancelled { return }
      visitor.beat()
      workers.grow(to: growth.threads)
      listMore()
      readMore()
      if listings.isEmpty && reads.isEmpty && queue.isEmpty { return }
      for (id, output) in workers.take(waiting: 0.1) {
        if visitor.isCancelled { return }
        try take(id, output)
      }
      try giveUpLate()
    }
  }

  // MARK: Handing out

  private func listMore() {
    while budget.reached == nil, queue.count < Self.mostQueued, listings.count < growth.threads,
      budget.isRoomy || listings.isEmpty
    {
      guard let folder = folders.next(isListing: !listings.isEmpty) else { return }
      budget.release(WalkBudget.cost(path: folder.path.bytes))
      let job = LocalListingJob(
        path: root.absolute(folder.path.bytes), folder: folder.path, rules: options.rules,
        limits: .init(
          kept: options.maximumEntriesPerFolder,
          entries: options.limits.entries - budget.entries, names: names),
        isCancelled: { [isCancelled] in isCancelled.isRaised })
      listings[workers.submit(.list(job))] = OpenListing(folder: folder)
    }
  }

  /// Files that wait until no further folder is listed.
  private static let mostQueued = 4096
  /// Of opening a file while the process has too many open.
  private static let mostAttempts = 20

  private func readMore() {
    while reads.count < 2 * growth.threads, !queue.isEmpty, !visitor.isCancelled {
      var items: [LocalBatch.Item] = []
      while items.count < growth.batch, let next = queue.next() {
        items.append(
          LocalBatch.Item(
            file: next.file, folder: next.folder,
            path: root.absolute(next.folder.appending(next.file.name).bytes),
            reader: visitor.makeReader(for: next.file, in: next.folder), attempt: next.attempt,
            hasChanged: next.hasChanged))
      }
      let batch = LocalBatch(items)
      reads[workers.submit(.read(batch))] = batch
    }
  }

  // MARK: Taking back

  private func take(_ id: Int, _ output: LocalOutput) throws {
    lastAnswer = SystemClock.now()
    switch output {
    case .listed(let listed):
      names.giveBack(listed.held)
      note(files: listed.looked, seconds: listed.seconds)
      listings[id]?.listed = listed
      lookFurther(id)
      try finishListing(id)
    case .looked(let looked):
      note(files: looked.kinds.count + 2, seconds: looked.seconds)
      guard let listing = looks.removeValue(forKey: id) else { return }
      for entry in looked.kinds {
        listings[listing]?.listed?.entries[entry.index].kind = entry.kind
      }
      listings[listing]?.looks -= 1
      try finishListing(listing)
    case .read(let read):
      note(files: read.outcomes.count, seconds: read.seconds)
      total = total.adding(read.statistics)
      guard let batch = reads.removeValue(forKey: id) else { return }
      for (item, outcome) in zip(batch.items, read.outcomes) {
        if visitor.isCancelled { return }
        report(item, outcome)
      }
    }
  }

  private func note(files: Int, seconds: Double) {
    if files == 0 { return }
    growth.note(
      files: files, seconds: seconds, backlog: workers.waiting + queue.count,
      now: SystemClock.now())
  }

  /// Entries that the listing's own thread had no time for go to the others.
  private func lookFurther(_ id: Int) {
    guard let open = listings[id], let listed = open.listed else { return }
    let rest = listed.entries.indices.filter {
      if case .unseen = listed.entries[$0].kind { true } else { false }
    }
    if rest.isEmpty { return }
    // Each of them opens the folder once.
    let share = max(min(rest.count / LocalGrowth.most, 64), 4)
    for start in stride(from: 0, to: rest.count, by: share) {
      let part = rest[start..<min(start + share, rest.count)]
      let job = LocalLookJob(
        folder: root.absolute(open.folder.path.bytes),
        entries: part.map { ($0, listed.entries[$0].name) })
      looks[workers.submit(.look(job))] = id
      listings[id]?.looks += 1
    }
  }

  private func finishListing(_ id: Int) throws {
    guard let open = listings[id], open.looks == 0, let listed = open.listed else { return }
    listings[id] = nil
    let folder = open.folder
    if let error = listed.error {
      if folder.path.isEmpty { throw root.error(error.code) }
      folders.forget(below: folder.path)
      return visitor.didFinishListing(folder.path, error.outcome)
    }
    // A copy, since the visitor may ask for the state meanwhile.
    var budget = budget
    let listing = LocalListing(listed, of: folder.path, options, &budget)
    self.budget = budget
    total = total.adding(listing.counts)
    report(listing, of: folder)
    if let limit = self.budget.reached, !hasReachedLimit {
      hasReachedLimit = true
      total.foldersUnlisted = folders.removeAll().count
      visitor.didReach(limit, unlisted: total.foldersUnlisted)
    }
  }

  private func report(_ listing: LocalListing, of folder: LocalFolderQueue.Folder) {
    let path = folder.path
    let children = listing.folders.map { path.appending(PathBytes($0)) }
    // What is hidden may be one of the folders that seem to be missing.
    if !listing.isCut, listing.hidden == nil {
      for gone in folders.vanished(below: path, except: Set(children)) { visitor.didVanish(gone) }
    } else {
      folders.forget(below: path)
    }
    if !listing.sidecars.isEmpty { visitor.didListSidecars(listing.sidecars, in: path) }
    for index in visitor.didList(listing.photos, in: path) {
      queue.add(listing.photos[index], in: path)
    }
    wait(for: children, depth: folder.depth + 1)
    budget.release(listing.held)
    let outcome = outcome(of: listing)
    for file in visitor.wantedAtEnd(of: path, outcome) { queue.add(file, in: path) }
    visitor.didFinishListing(path, outcome)
  }

  private func wait(for children: [PathBytes], depth: Int) {
    for child in children.reversed() {
      guard budget.takeFolder() else { break }
      guard depth <= options.maximumDepth else {
        visitor.didFinishListing(
          child, .incomplete(.tooDeep, detail: "deeper than \(options.maximumDepth)"))
        continue
      }
      budget.hold(WalkBudget.cost(path: child.bytes))
      folders.add(.init(path: child, depth: depth))
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

  private func report(_ item: LocalBatch.Item, _ outcome: LocalBatch.Outcome) {
    switch outcome {
    case .read: visitor.didRead(item.file, in: item.folder, .read(item.reader))
    case .changed(let size, let mtime):
      var file = item.file
      file.size = size
      file.mtime = mtime
      if !item.hasChanged {
        queue.add(file, in: item.folder, hasChanged: true)
      } else {
        fail(file, item.folder, .changing, "changed while it was read, twice")
      }
    case .failed(EMFILE) where item.attempt < Self.mostAttempts,
      .failed(ENFILE) where item.attempt < Self.mostAttempts:
      growth.shrink()
      queue.add(item.file, in: item.folder, attempt: item.attempt + 1)
    case .failed(let code):
      let failure: Failure =
        switch code {
        case ENOENT: .vanished
        case EACCES, EPERM: .unreadable
        default: .serverError
        }
      fail(item.file, item.folder, failure, SystemError(code: code).text)
    }
  }

  private func fail(_ file: ListedFile, _ folder: PathBytes, _ failure: Failure, _ detail: String) {
    visitor.didRead(file, in: folder, .failed(failure, detail: detail))
  }

  // MARK: A file system that does not answer

  /// Fails what has been waited for too long. Where nothing at all has answered for as long, the rest fails, too.
  private func giveUpLate() throws {
    let now = SystemClock.now()
    guard now - lastLook >= min(0.1, options.timeout / 10) else { return }
    lastLook = now
    let late = workers.giveUp(after: options.timeout)
    if late.isEmpty { return }
    let detail = "the file system did not answer within \(Int(options.timeout)) s"
    for id in late { try giveUp(id, detail) }
    guard now - lastAnswer >= options.timeout else { return }
    for id in reads.keys.sorted() { try giveUp(id, detail) }
    while let next = queue.next() { fail(next.file, next.folder, .serverError, detail) }
    for id in listings.keys.sorted() { try giveUp(id, detail) }
    for folder in folders.removeAll() {
      visitor.didFinishListing(folder.path, .incomplete(.serverError, detail: detail))
    }
  }

  private func giveUp(_ id: Int, _ detail: String) throws {
    if let batch = reads.removeValue(forKey: id) {
      // One file of the batch hangs; the others are read again, by other readers.
      for (i, item) in batch.items.enumerated() {
        if i == batch.current {
          fail(item.file, item.folder, .serverError, detail)
        } else {
          queue.add(item.file, in: item.folder, hasChanged: item.hasChanged)
        }
      }
      return
    }
    guard let listing = looks[id] ?? (listings[id] != nil ? id : nil),
      let open = listings.removeValue(forKey: listing)
    else { return }
    looks = looks.filter { $0.value != listing }
    if open.folder.path.isEmpty { throw root.silent(detail) }
    folders.forget(below: open.folder.path)
    visitor.didFinishListing(open.folder.path, .incomplete(.serverError, detail: detail))
  }
}
