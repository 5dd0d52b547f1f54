import Platform
import PhotoModel
import SFTP
import SSHTransport

/// Reads whole files over the pool of connections of a walk, ``ConnectionPool``: handles are predicted, connections are
/// replaced, and files retried in the same way. Only how much is asked for at once is decided otherwise: by the bytes
/// that the link holds (``TransferWindow``), in the order of the files.
final class SFTPDownload: PhotoDownload {
  /// Files that wait in the queue; the visitor has the others.
  private static let queued = 64
  /// Open at once at most. Servers that state no limit get fewer (``HandleWindow``).
  private static let mostOpen = 96

  private let pool: ConnectionPool
  private let files: TreeReading
  private let bridge: ReadingBridge
  private unowned let visitor: any DownloadVisitor
  private var window = TransferWindow()
  private var limit: RateLimit?
  /// Files with bytes that are not asked for, in the order of their opening.
  private var unfinished: [(file: FileDownload, connection: PooledConnection)] = []
  private var inFlight: [ObjectIdentifier: Int] = [:]
  private var hasMore = true
  private var bytesSinceNote = 0

  init(
    root: [UInt8], label: String, options: DownloadOptions, visitor: any DownloadVisitor,
    keeping: ConnectionPool.Keeping?,
    makeChannel: @escaping () throws(TransportError) -> any ByteChannel
  ) {
    pool = ConnectionPool(
      label: label, root: root, options: options.source, keeping: keeping,
      makeChannel: makeChannel)
    bridge = ReadingBridge(visitor) { [unowned visitor] in visitor.makeTaker(for: $0, in: $1) }
    files = TreeReading(RemoteRoot(root, server: label), options.source, pool, bridge)
    limit = options.mostBytesPerSecond.map { RateLimit($0) }
    self.visitor = visitor
    files.makeFile = { [unowned self] job, reader, opening, connection in
      guard let taker = reader as? any FileTaker else {
        return FileReading(job: job, reader: reader, opening: opening)
      }
      let file = FileDownload(job: job, taker: taker, opening: opening) {
        [unowned self, unowned connection] file, ability in
        fill(file, connection, ability)
      }
      unfinished.append((file, connection))
      return file
    }
  }

  var statistics: SourceStatistics { pool.statistics.adding(files.statistics) }

  var state: SourceState {
    var state = SourceState()
    state.stage = pool.stage?.description
    state.connections = pool.connections.count(where: \.isReady)
    state.isListing = false
    state.bytesReceived = pool.statistics.bytesReceived
    state.server = pool.server
    return state
  }

  func run() throws {
    try pool.checkRefusal()
    var isWhole = false
    defer { pool.end(isWhole: isWhole) }
    queueFiles()
    guard !isFinished else { return }
    try pool.begin(self)
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    while !isFinished {
      if visitor.isCancelled { return }
      visitor.beat()
      giveOutWork(now: SystemClock.now())
      try pool.flush(self)
      try pool.poll(self, &buffer)
      // Another connection helps only where one cannot hold what the link takes.
      let backlog = ConnectionPool.Backlog(
        files: window.isAtLimit ? Int.max / 8 : 0, isListing: false, hasWork: !isFinished)
      try pool.checkDeadlines(backlog, self)
      try pool.manage(backlog, self)
    }
    isWhole = true
  }

  private var isFinished: Bool { files.isDone && !hasMore }

  private func queueFiles() {
    while hasMore, files.queued < Self.queued {
      guard let next = visitor.nextFile() else {
        hasMore = false
        return
      }
      files.append(ReadJob(file: next.file, folder: next.folder))
    }
  }

  // MARK: Asking

  private func giveOutWork(now: Double) {
    limit?.advance(now: now)
    let ready = pool.ready
    window.use(connections: ready.count)
    askForMore(now: now)
    queueFiles()
    while files.inFlight < Self.mostOpen, wantsAnotherFile,
      let connection = ready.filter(\.hasRoom).min(by: { bytes(on: $0) < bytes(on: $1) }),
      bytes(on: connection) < TransferWindow.mostPerConnection,
      files.openNext(on: connection, now: now)
    {
      queueFiles()
    }
    // What was refused or broke connections beside others has its turn when nothing else is left.
    guard files.hasOnlyIsolated, !hasMore, pool.isSettled(now: now),
      let connection = ready.first(where: \.hasRoom)
    else {
      return
    }
    files.openIsolated(on: connection, now: now)
  }

  private func bytes(on connection: PooledConnection) -> Int {
    inFlight[ObjectIdentifier(connection)] ?? 0
  }

  /// Open files have less than a window's bytes that are not asked for: the next OPEN goes out a round trip ahead.
  private var wantsAnotherFile: Bool {
    guard limit?.isOpen ?? true else { return false }
    return unfinished.reduce(Int64(0)) { $0 + min($1.file.unasked, 1 << 40) } < Int64(window.size)
  }

  private func askForMore(now: Double) {
    var index = 0
    while index < unfinished.count {
      let (file, connection) = unfinished[index]
      if let handle = file.openHandle {
        let requests = fill(file, connection, connection.ability)
        files.send(requests, of: file, on: handle, connection, now: now)
      }
      let isOver = file.state == .finished || !file.hasMore
      if isOver { unfinished.remove(at: index) } else { index += 1 }
      if !window.hasRoom(for: 1) { return }
    }
  }

  /// As many requests as the window has room for.
  private func fill(
    _ file: FileDownload, _ connection: PooledConnection, _ ability: FileReading.Ability
  ) -> [FileReading.Request] {
    var requests: [FileReading.Request] = []
    let now = SystemClock.now()
    while limit?.isOpen ?? true {
      let length = min(window.readLength, limit?.portion ?? .max)
      guard window.hasRoom(for: min(length, ability.maximumRead)),
        bytes(on: connection) < TransferWindow.mostPerConnection,
        let request = file.next(length, ability, now: now)
      else { break }
      requests.append(request)
      if case .data(_, _, let count) = request { limit?.take(count) }
      count(file, connection)
    }
    return requests
  }

  /// Counts what a file has in flight now.
  private func count(_ file: FileDownload, _ connection: PooledConnection) {
    let change = file.bytesInFlight - file.bytesCounted
    file.bytesCounted = file.bytesInFlight
    if change > 0 { window.take(change) } else { window.release(-change) }
    inFlight[ObjectIdentifier(connection), default: 0] += change
  }

  // MARK: Replies

  private func received(
    _ event: SFTPClient.Event, of file: FileDownload, offset: Int64, length: Int,
    on connection: PooledConnection, now: Double
  ) {
    if let seconds = file.answered(offset, length, now: now) { window.replied(after: seconds) }
    switch event {
    case .data(_, let bytes):
      window.received(bytes.count, now: now)
      noteProgress(bytes.count, now: now)
      files.handle(
        .data(part: 0, offset: offset, length: length, bytes), of: file, on: connection, now: now)
    case .status(_, let status): files.handle(.noData(status), of: file, on: connection, now: now)
    default: break
    }
    count(file, connection)
  }

  /// The pool compares rates before and after a connection joined; a megabyte counts as a file does in a walk.
  private func noteProgress(_ bytes: Int, now: Double) {
    bytesSinceNote += bytes
    while bytesSinceNote >= 1 << 20 {
      bytesSinceNote -= 1 << 20
      pool.noteFileDone(now: now)
    }
  }
}

extension SFTPDownload: ConnectionUser {
  var isCancelled: Bool { visitor.isCancelled }

  func note(_ text: String) { visitor.note(text) }

  func received(_ reply: PooledConnection.Reply, on connection: PooledConnection, now: Double) {
    switch reply {
    case .version, .other(.limits, _):
      // Nothing is queued before them: they show the round trip better than the first bytes of files.
      if let shortest = pool.statistics.roundTripMilliseconds {
        window.replied(after: shortest / 1000)
      }
    case .opened(.openFile(let file as FileDownload), let handle, let isAsPredicted):
      let isRefuted = file.isAhead && !isAsPredicted
      files.opened(file, handle, isAsPredicted: isAsPredicted, on: connection, now: now)
      if isRefuted, !unfinished.contains(where: { $0.file === file }) {
        unfinished.append((file, connection))
      }
      count(file, connection)
    case .other(.readFile(let file as FileDownload, _, let offset, let length), let event):
      received(event, of: file, offset: offset, length: length, on: connection, now: now)
    case .other(.openFile(let file as FileDownload), .status(_, let status)):
      forget(file, on: connection)
      files.refused(file, status, on: connection)
    case .other(.fileAttributes(let file as FileDownload), .attributes(_, let attributes)):
      files.handle(.attributes(attributes), of: file, on: connection, now: now)
    case .other(.fileAttributes(let file as FileDownload), .status(_, let status)):
      if status.code == .unsupported { connection.lacksAttributes() }
      files.handle(.noAttributes, of: file, on: connection, now: now)
    default: break
    }
  }

  private func forget(_ file: FileDownload, on connection: PooledConnection) {
    file.abandon()
    count(file, connection)
    unfinished.removeAll { $0.file === file }
  }

  func lost(
    _ connection: PooledConnection, files lost: [FileReading], folders: [WalkedFolder],
    blamesWindow: Bool
  ) {
    for case let file as FileDownload in lost { forget(file, on: connection) }
    inFlight[ObjectIdentifier(connection)] = nil
    files.lost(
      lost,
      lastSuspect: connection.lastSuspect(
        among: lost.map(\.opening.number), blamesWindow: blamesWindow))
  }
}

extension SFTPDownload {
  /// A download from the place that `access` reaches. Photos do not compress: a connection that tries to, ends at some
  /// 300 Mbit/s.
  convenience init(
    _ access: ServerAccess, options: DownloadOptions, visitor: any DownloadVisitor,
    keeper: ConnectionKeeper?
  ) {
    var isFirst = true
    var options = options
    options.source.connectTimeout =
      access.endpoint.connectTimeout ?? options.source.connectTimeout
    self.init(
      root: access.place.path, label: access.endpoint.description, options: options,
      visitor: visitor, keeping: keeper.map { ($0, access.key) }
    ) { [unowned visitor] () throws(TransportError) in
      defer { isFirst = false }
      return try access.makeChannel(.never, isFirst: isFirst) { [unowned visitor] in
        visitor.note($0)
      }
    }
  }
}
