import PhotoModel
import Platform
import SFTP
import SSHTransport

/// Reads pieces of files over the pool of connections of a walk, ``ConnectionPool``: handles are predicted, so that a piece
/// costs one round trip, connections are replaced, and files retried in the same way.
///
/// Only so much is asked for as the link holds (``TransferWindow``). What is wanted next is decided when there is room, so
/// that the newest wish waits for one round trip at most.
final class SFTPPieces: PieceSource {
  /// Bytes that are asked for before the link is known: the product of 80 Mbit/s and 50 ms.
  private static let firstWindow = 512 << 10
  /// Pieces that are open or being opened, at most.
  private static let mostOpen = 64
  /// Milliseconds between looks at the visitor while nothing is wanted.
  private static let idle: Int32 = 1000

  private let pool: ConnectionPool
  private let files: TreeReading
  private let bridge: ReadingBridge
  private unowned let visitor: any PieceVisitor
  private var window = TransferWindow(start: SFTPPieces.firstWindow)
  /// What open files hold of the window.
  private var held: [ObjectIdentifier: Int] = [:]
  /// There is room, and the visitor had nothing for it.
  private var waitsForWishes = false

  init(
    root: [UInt8], label: String, options: SourceOptions, visitor: any PieceVisitor,
    makeChannel: @escaping () throws(TransportError) -> any ByteChannel
  ) {
    pool = ConnectionPool(
      label: label, root: root, options: options, keeping: nil, makeChannel: makeChannel)
    bridge = ReadingBridge(visitor) { [unowned visitor] in visitor.makeReader(for: $0, in: $1) }
    files = TreeReading(RemoteRoot(root, server: label), options, pool, bridge)
    self.visitor = visitor
    files.makeFile = { [unowned self] job, reader, opening, _ in
      let file = FileReading(job: job, reader: reader, opening: opening)
      let bytes = (reader as? any PieceReader)?.expectedBytes ?? 0
      held[ObjectIdentifier(file)] = bytes
      window.take(bytes)
      return file
    }
  }

  var statistics: SourceStatistics { pool.statistics.adding(files.statistics) }

  func run() throws {
    try pool.checkRefusal()
    var isWhole = false
    defer { pool.end(isWhole: isWhole) }
    try pool.begin(self)
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    while !visitor.isCancelled {
      giveOutWork(now: SystemClock.now())
      try pool.flush(self)
      let isIdle = files.isDone && pool.everReady
      try pool.poll(
        self, &buffer, wake: waitsForWishes ? visitor.wakeDescriptor : -1,
        milliseconds: isIdle ? Self.idle : 100)
      // One connection holds what the link takes.
      let backlog = ConnectionPool.Backlog(files: 0, isListing: false, hasWork: !files.isDone)
      try pool.checkDeadlines(backlog, self)
      // A server that closes the connection of an idle client is connected to again when something is wanted.
      if !isIdle || !files.isDone { try pool.manage(backlog, self) }
    }
    isWhole = files.isDone
  }

  private func giveOutWork(now: Double) {
    waitsForWishes = false
    let ready = pool.ready
    window.use(connections: ready.count)
    guard let connection = ready.first(where: \.hasRoom) else {
      // All are gone, or the first one is being made: the wish decides whether another is.
      if pool.isEmpty, files.isDone, let next = nextPiece() { queue(next) }
      return
    }
    while connection.hasRoom, files.inFlight < Self.mostOpen, window.hasRoom(for: 1) {
      if files.queued == 0, !files.hasRetries {
        guard let next = nextPiece() else { break }
        queue(next)
      }
      guard files.openNext(on: connection, now: now) else { break }
    }
    if files.hasOnlyIsolated, pool.isSettled(now: now) {
      files.openIsolated(on: connection, now: now)
    }
  }

  private func nextPiece() -> WantedFile? {
    let next = visitor.nextPiece()
    waitsForWishes = next == nil
    return next
  }

  private func queue(_ wanted: WantedFile) {
    files.append(ReadJob(file: wanted.file, folder: wanted.folder))
  }

  private func release(_ file: FileReading) {
    guard let bytes = held.removeValue(forKey: ObjectIdentifier(file)) else { return }
    window.release(bytes)
  }
}

extension SFTPPieces: ConnectionUser {
  var isCancelled: Bool { visitor.isCancelled }

  func note(_ text: String) { visitor.note(text) }

  func received(_ reply: PooledConnection.Reply, on connection: PooledConnection, now: Double) {
    switch reply {
    case .version, .other(.limits, _):
      if let shortest = pool.statistics.roundTripMilliseconds {
        window.replied(after: shortest / 1000)
      }
    case .opened(.openFile(let file), let handle, let isAsPredicted):
      files.opened(file, handle, isAsPredicted: isAsPredicted, on: connection, now: now)
      releaseIfOver(file)
    case .other(.openFile(let file), .status(_, let status)):
      release(file)
      files.refused(file, status, on: connection)
    case .other(.readFile(let file, let part, let offset, let length), .data(_, let bytes)):
      window.received(bytes.count, now: now)
      files.handle(
        .data(part: part, offset: offset, length: length, bytes), of: file, on: connection,
        now: now)
      releaseIfOver(file)
    case .other(.readFile(let file, _, _, _), .status(_, let status)):
      files.handle(.noData(status), of: file, on: connection, now: now)
      releaseIfOver(file)
    case .other(.fileAttributes(let file), .attributes(_, let attributes)):
      files.handle(.attributes(attributes), of: file, on: connection, now: now)
      releaseIfOver(file)
    case .other(.fileAttributes(let file), .status(_, let status)):
      if status.code == .unsupported { connection.lacksAttributes() }
      files.handle(.noAttributes, of: file, on: connection, now: now)
      releaseIfOver(file)
    default: break
    }
  }

  private func releaseIfOver(_ file: FileReading) {
    if file.state == .finished { release(file) }
  }

  func lost(
    _ connection: PooledConnection, files lost: [FileReading], folders: [WalkedFolder],
    blamesWindow: Bool
  ) {
    for file in lost { release(file) }
    files.lost(
      lost,
      lastSuspect: connection.lastSuspect(
        among: lost.map(\.opening.number), blamesWindow: blamesWindow))
  }
}

extension SFTPPieces {
  /// Pieces of the place that `access` reaches. Pictures do not compress.
  convenience init(
    _ access: ServerAccess, options: SourceOptions, visitor: any PieceVisitor
  ) {
    var isFirst = true
    var options = options
    options.connectTimeout = access.endpoint.connectTimeout ?? options.connectTimeout
    self.init(
      root: access.place.path, label: access.endpoint.description, options: options,
      visitor: visitor
    ) { [unowned visitor] () throws(TransportError) in
      defer { isFirst = false }
      return try access.makeChannel(.never, isFirst: isFirst) { [unowned visitor] in
        visitor.note($0)
      }
    }
  }
}
