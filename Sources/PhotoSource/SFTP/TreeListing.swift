import PhotoModel
import SFTP
import SSHTransport

/// The folders of a walk: which are opened when, and what becomes of the server's answers.
///
/// The root and all folders of the earlier run go out in the first flight.
final class TreeListing {
  /// Levels that the test of a site looks at.
  private static let probeDepth = 3

  private let options: SourceOptions
  private let root: RemoteRoot
  private let pool: ConnectionPool
  private let files: TreeReading
  private unowned let visitor: any SourceVisitor
  /// No earlier run has listed it, and this one goes deeper than a probe.
  private let isNew: Bool

  private let ledger: ListingLedger
  private let queue = FolderQueue()
  private let reports: FolderReports
  /// Open folders whose listing waits for work to be done, or for LSTATs to be answered.
  private var paused: [(folder: WalkedFolder, connection: PooledConnection)] = []
  /// The one folder that does not pause for others.
  private weak var unpaused: WalkedFolder?
  /// Open or being opened.
  private(set) var open = 0
  /// A limit was reached: no folder is opened any more.
  private var isStopped = false
  /// Why the root cannot be listed: the end of the run.
  private(set) var failedRoot: SourceError?

  init(
    _ root: RemoteRoot, _ options: SourceOptions, _ pool: ConnectionPool, _ files: TreeReading,
    _ visitor: any SourceVisitor
  ) {
    self.root = root
    self.options = options
    self.pool = pool
    self.files = files
    self.visitor = visitor
    isNew = visitor.knownFolders.isEmpty && options.maximumDepth > Self.probeDepth
    ledger = ListingLedger(
      options, rootLength: root.path.count, scanStart: root.scanStart)
    reports = FolderReports(options, ledger, queue, files, visitor)
  }

  var statistics: SourceStatistics { ledger.statistics }
  /// Folders that listings have shown so far.
  var foldersFound: Int { ledger.budget.folders }
  var isListing: Bool { open > 0 || queue.hasFolders }
  /// No earlier run knows any of the tree.
  var isExploring: Bool { isListing && isNew }
  var isDone: Bool { open == 0 && queue.isEmpty }

  // MARK: The queue

  func queueKnownFolders() { reports.queueKnownFolders() }

  /// As many waiting files as keep all windows full until another folder is listed.
  private var enoughJobs: Int { 2 * max(1_000, pool.windows) }

  /// Listing first: it is what brings more work. It pauses while enough work waits: neither does memory
  /// grow with the tree, nor does a slow link carry nothing but listings at first.
  func openFolders(now: Double) {
    let ready = pool.ready
    if let connection = ready.first {
      for folder in queue.takeProbes() { probe(folder, on: connection, now: now) }
    }
    for connection in ready {
      while connection.hasRoom, files.queued < enoughJobs, ledger.budget.isRoomy || open == 0,
        let waiting = queue.next()
      {
        let folder = self.folder(for: waiting)
        // Left over from an unconfirmed folder whose parent turned out to be gone.
        if !folder.isAbandoned { open(folder, on: connection, now: now) }
      }
    }
    resumeListings(now: now)
  }

  /// Nothing waits but what is opened alone.
  var hasOnlyIsolated: Bool { open == 0 && !queue.hasFolders }

  /// - Returns: false when there is none.
  func openIsolated(on connection: PooledConnection, now: Double) -> Bool {
    guard let folder = queue.nextIsolated() else { return false }
    folder.isolate()
    if !folder.isAbandoned { open(folder, on: connection, now: now) }
    return true
  }

  private func folder(for waiting: WaitingFolder) -> WalkedFolder {
    switch waiting {
    case .known(let folder): return folder
    case .new(let path, let depth):
      ledger.budget.release(WalkBudget.cost(path: path))
      return WalkedFolder(path: path, depth: depth, isConfirmed: true)
    }
  }

  // MARK: Requests

  private func open(_ folder: WalkedFolder, on connection: PooledConnection, now: Double) {
    let opening = pool.noteOpening(on: connection)
    enter(folder)
    let predicted = connection.open(folder, root.path(of: folder.path), now: now)
    let step = folder.sent(
      opening, isPredicted: predicted != nil, openFolders: open, ledger)
    for case .names in step.requests { connection.list(folder, predicted, now: now) }
  }

  /// Asks for what the listing did not show.
  private func probe(_ folder: WalkedFolder, on connection: PooledConnection, now: Double) {
    folder.probing(pool.noteOpening(on: connection))
    enter(folder)
    let paths = folder.probes.map { root.path(of: PathBytes($0), in: folder.path) }
    connection.probe(folder, paths, now: now)
  }

  private func enter(_ folder: WalkedFolder) {
    open += 1
    queue.entered(folder)
  }

  private func left(_ folder: WalkedFolder) {
    open -= 1
    queue.left(folder)
  }

  private func leave(_ folder: WalkedFolder, _ connection: PooledConnection) {
    if connection.leave(folder) { left(folder) }
  }

  // MARK: Replies

  func opened(
    _ folder: WalkedFolder, _ handle: Handle, isAsPredicted: Bool,
    on connection: PooledConnection, now: Double
  ) {
    let event = FolderListing.Event.opened(
      handle, isAsPredicted: isAsPredicted, openFolders: open)
    self.handle(event, of: folder, on: connection, now: now)
  }

  func received(
    _ names: [NameEntry], of folder: WalkedFolder, on connection: PooledConnection, now: Double
  ) {
    handle(.names(names), of: folder, on: connection, now: now)
    // So much waits to be read, or is held, that the folder's next names have time.
    let isCrowded =
      folder !== unpaused && (files.queued > 4 * enoughJobs || !ledger.budget.isRoomy)
    handle(.reported(isCrowded: isCrowded), of: folder, on: connection, now: now)
    if folder.listing.isPaused { paused.append((folder, connection)) }
  }

  func handle(
    _ event: FolderListing.Event, of folder: WalkedFolder, on connection: PooledConnection,
    now: Double
  ) {
    ledger.waitingJobs = files.waiting
    let step = folder.handle(event, ledger)
    for request in step.requests {
      switch request {
      case .names: connection.list(folder, now: now)
      case .attributes(let name):
        let path = root.path(of: PathBytes(name), in: folder.path)
        connection.askAttributes(folder, name, path, now: now)
      case .close(let handle): connection.close(handle, now: now)
      }
    }
    reports.report(step.found, of: folder)
    guard step.isFinished else { return }
    leave(folder, connection)
    if folder.failure == nil { connection.noteFinishedWork() }
    if folder.isListedAgain, listsAgain(folder, connection) { return }
    reports.finished(folder)
  }

  /// As for a file whose handle became invalid: once more among fewer handles, then alone.
  private func listsAgain(_ folder: WalkedFolder, _ connection: PooledConnection) -> Bool {
    guard !connection.window.isStated, !isStopped else { return false }
    folder.refusedBesideOthers()
    ledger.statistics.retries += 1
    let isWindowLower =
      folder.refusals.count == 1
      && pool.noteInvalidHandle(folder.opening, on: connection, note: visitor.note)
    if isWindowLower { queue.append(folder) } else { queue.appendIsolated(folder) }
    return true
  }

  func refused(
    _ folder: WalkedFolder, _ status: Status, on connection: PooledConnection, now: Double
  ) {
    // A refusal beside other open handles may be the server's handle limit, not this folder.
    if status.code == .failure, !folder.opening.isAlone, !isStopped {
      let isBesideOthers = connection.refused(folder.opening, folder.refusals)
      folder.refusedBesideOthers()
      leave(folder, connection)
      if isBesideOthers {
        queue.append(folder)
      } else {
        queue.appendIsolated(folder)
      }
      return
    }
    if folder.refusals.count > 0 { connection.restoreWindow() }
    if folder.path.isEmpty {
      // sftp-server reports a file in the place of a folder as missing, too.
      if status.code == .noSuchFile {
        return connection.look(.rootKind(folder, status), at: root.path, now: now)
      }
      return rootFailed(folder, status, isFile: false, on: connection)
    }
    handle(.refused(status), of: folder, on: connection, now: now)
  }

  /// The end of the run, told once, as its error.
  func rootFailed(
    _ folder: WalkedFolder, _ status: Status, isFile: Bool, on connection: PooledConnection
  ) {
    failedRoot = isFile ? .fileAsRoot(root) : .root(root, status)
    leave(folder, connection)
  }

  func probeAnswered(_ folder: WalkedFolder, isGone: Bool, on connection: PooledConnection) {
    guard folder.probeAnswered(isGone: isGone) else { return }
    leave(folder, connection)
    reports.end(folder)
  }

  /// Takes back the folders of a broken connection.
  /// - Parameter lastSuspect: openings with a higher number only waited for their turn.
  func lost(_ folders: [WalkedFolder], lastSuspect: Int, repeatsEnd: Bool) {
    for folder in folders {
      left(folder)
      let isSuspect = folder.opening.number <= lastSuspect
      let next = folder.connectionLost(
        isSuspect: isSuspect, repeatsEnd: repeatsEnd, &ledger.budget)
      switch next {
      case .listAgain:
        if isStopped, let limit = ledger.budget.reached {
          reports.giveUp(folder, limit)
        } else {
          queue.append(folder)
        }
      case .probeAgain: queue.appendProbe(folder)
      case .finished: reports.finished(folder)
      case .proved: reports.end(folder)
      case .dropped: break
      }
    }
  }

  // MARK: Pausing

  /// Where no listing is under way any more and nothing else would make room, one folder goes on to its
  /// end all the same: that gives back its handle and its names.
  private func resumeListings(now: Double) {
    guard !paused.isEmpty else { return }
    let waiting = paused
    paused = []
    let isBusy = files.queued >= enoughJobs
    let mayGoOn = !isBusy && ledger.budget.isRoomy
    var mustGoOn =
      waiting.count >= open && (!isBusy || files.inFlight == 0 && !pool.hasRoom)
    for (folder, connection) in waiting {
      guard folder.listing.isPaused, connection.isReady, connection.isOpen(folder) else {
        continue
      }
      guard folder.listing.hasFewQuestions, mayGoOn || mustGoOn else {
        paused.append((folder, connection))
        continue
      }
      if !mayGoOn { unpaused = folder }
      mustGoOn = false
      handle(.resumed, of: folder, on: connection, now: now)
    }
  }

  // MARK: The end of a listing that is too large

  /// Once, after the reply that was too much: no folder is opened any more, those that are open end as
  /// incomplete, and what waits to be read is read.
  func stopAtLimit(now: Double) {
    guard let limit = ledger.budget.reached, !isStopped else { return }
    isStopped = true
    var unlisted = 0
    for waiting in queue.takeAll() {
      switch waiting {
      case .new(let path, _): ledger.budget.release(WalkBudget.cost(path: path))
      case .known(let folder):
        if folder.isDiscarded { continue }
        reports.giveUp(folder, limit)
      }
      unlisted += 1
    }
    for connection in pool.connections {
      for folder in connection.openFolders where !folder.listing.isFinished {
        handle(.limitReached(limit), of: folder, on: connection, now: now)
      }
    }
    paused = []
    ledger.statistics.foldersUnlisted = unlisted
    visitor.didReach(limit, unlisted: unlisted)
  }
}
