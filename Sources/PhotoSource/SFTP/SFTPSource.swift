import PhotoModel
import SFTP
package import SSHTransport

/// Lists a tree and reads ranges of its files over a pool of SFTP connections.
///
/// One thread, one loop: it owns all connections, keeps as many requests in flight as the server
/// allows, and never waits for a particular reply. Work comes from shared queues, so a slow
/// connection delays nobody. Not `Sendable`: made and run on one thread.
package final class SFTPSource {
  let makeChannel: () throws(TransportError) -> any ByteChannel
  /// The site's root as the server knows it.
  let root: [UInt8]
  let label: String
  let options: SourceOptions
  unowned let visitor: any SourceVisitor

  package internal(set) var statistics = SourceStatistics()
  /// Of the first connection, once it stands.
  package internal(set) var peer: PeerInfo?
  var limits: ServerLimits?

  /// Where connections come from and go to that outlive this walk.
  var keeper: (keeper: ConnectionKeeper, key: ConnectionKeeper.Key)?
  /// A login that the server refused: no further one is tried.
  var refusedLogin: TransportError?
  var lanes: [Lane] = []
  var lanesStarted = 0
  /// Falls when the server refuses further connections.
  var laneLimit: Int
  var everReady = false
  var growth = PoolGrowth()

  var jobs = Fifo<ReadJob>()
  var retryJobs: [ReadJob] = []
  /// Files suspected of breaking connections, or refused beside others: read one at a time, last.
  var isolatedJobs = Fifo<ReadJob>()
  /// Folders refused beside others again and again: opened one at a time, last.
  var isolatedFolders = Fifo<FolderTask>()
  /// Listed to their end; what their listings did not show is to be asked for.
  var probing: [FolderTask] = []
  var filesInFlight = 0
  /// OPEN and OPENDIR requests so far.
  var opensSent = 0

  var folderQueue = Fifo<WaitingFolder>()
  /// Open folders whose listing waits for work to be done, or for LSTATs to be answered.
  var paused: [(task: FolderTask, lane: Lane)] = []
  /// The one folder that does not pause for others.
  weak var goingOn: FolderTask?
  /// Every folder of the earlier run that is queued, open or waiting for confirmation, by path.
  var folderTasks: [[UInt8]: FolderTask] = [:]
  /// Folders of the earlier run that no listing has confirmed yet, by their parent.
  var unconfirmed: [[UInt8]: [FolderTask]] = [:]
  var openFolders = 0
  /// Folders that no earlier run knows are listed some at a time: their photos are to be read while
  /// the next ones are listed. Folders without photos allow two more each.
  var unknownFoldersOpen = 0
  var unknownFoldersAllowed = 64
  /// What the server has said so far, against the limits of a walk.
  var budget: WalkBudget
  /// A limit was reached: no folder is opened any more.
  var isListingStopped = false
  var failedRoot: SourceError?
  /// False once a server turned out to number its handles in another way.
  var isForetelling = true
  /// The server's listings contain ".", so that even an empty folder has an entry.
  var listsDot = false

  /// Own clock, seconds since 1970 UTC.
  let scanStart = Clock.wall()
  var protocolErrors = 0
  var reconnectTries = 0
  var reconnectAt: Double?
  var lastReply: Double = 0
  /// When this side last looked for replies.
  var lookedAt: Double = 0
  var random = SystemRandomNumberGenerator()
  var buffer = [UInt8](repeating: 0, count: 256 * 1024)

  /// - Parameters:
  ///   - root: bytes of the root path; empty means the account's home folder.
  ///   - label: the place for messages, such as `nas:22`.
  ///   - makeChannel: a new connection, not yet started.
  package init(
    root: [UInt8], label: String, options: SourceOptions, visitor: any SourceVisitor,
    makeChannel: @escaping () throws(TransportError) -> any ByteChannel
  ) {
    self.root = root.isEmpty ? Array(".".utf8) : root
    self.label = label
    self.options = options
    self.visitor = visitor
    self.makeChannel = makeChannel
    self.budget = WalkBudget(options.limits)
    self.laneLimit = max(1, min(options.connections, 16))
  }

  /// Walks the whole tree. Returns when every folder and file has been reported, or the visitor
  /// cancelled.
  /// - Throws: ``SourceError`` or `TransportError`; reports made before stay valid.
  package func run() throws {
    let start = Clock.now()
    lastReply = start
    lookedAt = start
    if let keeper, let error = keeper.keeper.refusal(for: keeper.key) { throw error }
    queueKnownFolders()
    var isWhole = false
    defer { handOver(isWhole: isWhole) }
    adopt(now: start)
    // Stopped before it began, it has failed in nothing.
    if visitor.isCancelled { return }
    if lanes.isEmpty { try startLane(now: start) }
    while !isFinished {
      if visitor.isCancelled { return }
      visitor.beat()
      let now = Clock.now()
      dispatch(now: now)
      try flush()
      try poll(now: now)
      stopListingAtLimit(now: now)
      try checkDeadlines()
      try managePool()
      if let failedRoot { throw failedRoot }
    }
    if let failedRoot { throw failedRoot }
    isWhole = true
  }

  private var isFinished: Bool {
    everReady && folderQueue.isEmpty && openFolders == 0 && filesInFlight == 0
      && jobs.isEmpty && retryJobs.isEmpty && isolatedJobs.isEmpty && isolatedFolders.isEmpty
      && probing.isEmpty
  }

  // MARK: Giving out work

  private func dispatch(now: Double) {
    if !probing.isEmpty, let lane = lanes.first(where: { $0.state == .ready }) {
      let tasks = probing
      probing = []
      for task in tasks { probe(task, on: lane, now: now) }
    }
    for lane in lanes where lane.state == .ready {
      // Listing first: it is what brings more work. It pauses while enough work waits: neither does
      // memory grow with the tree, nor does a slow link carry nothing but listings at first.
      while lane.hasRoom, jobs.count < enoughJobs, budget.isRoomy || openFolders == 0,
        let waiting = folderQueue.first
      {
        guard !waiting.isUnknown || unknownFoldersOpen < unknownFoldersAllowed else { break }
        _ = folderQueue.popFirst()
        openFolder(task(for: waiting), on: lane, now: now)
      }
    }
    resumeListings(now: now)
    var progressed = true
    while progressed {
      progressed = false
      // Round over the lanes in small portions, so that all windows fill evenly.
      for lane in lanes where lane.state == .ready {
        for _ in 0..<16 {
          guard lane.hasRoom, mayOpenMore, let job = nextJob() else { break }
          openFile(job, on: lane, now: now)
          progressed = true
        }
      }
    }
    guard filesInFlight == 0, openFolders == 0, jobs.isEmpty, retryJobs.isEmpty,
      folderQueue.isEmpty, let lane = lanes.first(where: \.hasRoom)
    else { return }
    if let folder = isolatedFolders.popFirst() {
      openFolder(folder, on: lane, now: now)
    } else if let job = isolatedJobs.popFirst() {
      openFile(job, on: lane, now: now)
    }
  }

  /// Called for each OPEN and OPENDIR before it counts as one.
  func noteOpening(on lane: Lane) -> Lane.Opening {
    opensSent += 1
    return Lane.Opening(
      number: opensSent, beside: lane.handlesInUse, isAlone: filesInFlight + openFolders == 0)
  }

  /// As many waiting files as keep all windows full until another folder is listed.
  var enoughJobs: Int {
    2 * max(1_000, lanes.reduce(0) { $0 + $1.window })
  }

  private var mayOpenMore: Bool {
    guard let limit = options.inFlight else { return true }
    return filesInFlight < max(1, limit)
  }

  private func nextJob() -> ReadJob? { retryJobs.popLast() ?? jobs.popFirst() }

  // MARK: Replies

  func handleEvents(_ lane: Lane) throws(ProtocolError) {
    let now = Clock.now()
    while let event = try lane.client.nextEvent() {
      lane.lastProgress = now
      lastReply = now
      try handle(event, on: lane, now: now)
    }
  }

  private func handle(
    _ event: SFTPClient.Event, on lane: Lane, now: Double
  ) throws(ProtocolError) {
    switch event {
    case .version:
      everReady = true
      reconnectTries = 0
      if peer == nil { peer = lane.channel.peer }
      statistics.connections += 1
      noteRoundTrip(now - lane.startedAtReady)
      growth.poolChanged()
    case .handle(let id, let handle):
      lane.forecast.opened(id, handle)
      switch take(id, lane, now) {
      case .openFolder(let task): folderOpened(task, handle, on: lane, now: now)
      case .openFile(let task): fileOpened(task, handle, on: lane, now: now)
      default: break
      }
    case .data(let id, let bytes):
      if case .readFile(let task, let part, let offset, let length) = try proved(id, lane, now) {
        dataArrived(task, part, offset, length, bytes, on: lane, now: now)
      }
    case .names(let id, let entries):
      if case .listFolder(let task) = try proved(id, lane, now) {
        namesArrived(task, entries, on: lane, now: now)
      }
    case .attributes(let id, let attributes):
      switch try proved(id, lane, now) {
      case .entryAttributes(let task, let name):
        entryAttributesArrived(task, name, attributes, on: lane, now: now)
      case .fileAttributes(let task): attributesArrived(task, attributes, on: lane, now: now)
      case .probe(let task):
        probeAnswered(task, isGone: ![.regular, .unknown].contains(attributes.kind), on: lane)
      default: break
      }
    case .status(let id, let status):
      switch lane.operations[id.value]?.operation {
      case .openFile, .openFolder: lane.forecast.opened(id, nil)
      case .close: lane.forecast.closed(id)
      case .void where status.code != .endOfFile:
        _ = take(id, lane, now)
        return
      default: break
      }
      statusArrived(try proved(id, lane, now), status, on: lane, now: now)
    case .extendedReply(let id, let bytes):
      _ = take(id, lane, now)
      if let limits = ServerLimits(reply: bytes) { apply(limits, to: lane) }
    }
  }

  func take(_ id: RequestID, _ lane: Lane, _ now: Double) -> Lane.Operation? {
    guard let entry = lane.operations.removeValue(forKey: id.value) else { return nil }
    noteRoundTrip(now - entry.sentAt)
    growth.replied(after: now - entry.sentAt)
    return entry.operation
  }

  private func noteRoundTrip(_ seconds: Double) {
    let value = seconds * 1000
    if value >= 0, value < statistics.roundTripMilliseconds ?? .infinity {
      statistics.roundTripMilliseconds = value
    }
  }

  private func statusArrived(
    _ operation: Lane.Operation?, _ status: Status, on lane: Lane, now: Double
  ) {
    switch operation {
    case .openFolder(let task): openFolderFailed(task, status, on: lane, now: now)
    case .listFolder(let task): listingEnded(task, status, on: lane, now: now)
    case .entryAttributes(let task, let name):
      entryAttributesFailed(task, name, status, on: lane, now: now)
    case .probe(let task):
      probeAnswered(task, isGone: status.code == .noSuchFile, on: lane)
    case .openFile(let task): openFileFailed(task, status, on: lane, now: now)
    case .readFile(let task, let part, let offset, _):
      readStatus(task, part, offset, status, on: lane, now: now)
    case .fileAttributes(let task):
      lane.attributesUnsupported = lane.attributesUnsupported || status.code == .unsupported
      task.outstanding -= 1
      stepFile(task, on: lane, now: now)
    case .limits, .close, .void, nil: break
    }
  }

  /// OpenSSH's limits: reads as long as it serves them, and handles up to its descriptor limit
  /// less a reserve for the server's own.
  private func apply(_ limits: ServerLimits, to lane: Lane) {
    lane.knowsLimits = true
    self.limits = limits
    if limits.maximumReadLength >= 1024 {
      lane.maximumRead = Int(min(limits.maximumReadLength, 131_072))
    }
    if limits.maximumOpenHandles > 0 {
      let handles = Int(min(limits.maximumOpenHandles, 100_000))
      lane.windowCap = max(1, min(handles - 16, 1_000))
      lane.window = lane.windowCap
    }
  }

  func send(_ operation: Lane.Operation, as id: RequestID, on lane: Lane, now: Double) {
    lane.operations[id.value] = (operation, now)
  }
}
