import Platform
import PhotoModel
import SFTP
package import SSHTransport

/// Lists a tree and reads ranges of its files over a pool of SFTP connections.
///
/// One thread, one loop: it owns all connections, keeps as many requests in flight as the server
/// allows, and never waits for a particular reply. Work comes from shared queues, so a slow
/// connection delays nobody. Not `Sendable`: made and run on one thread.
package final class SFTPSource: PhotoSource {
  private let pool: ConnectionPool
  private let folders: TreeListing
  private let files: TreeReading
  private unowned let visitor: any SourceVisitor
  private let asksHome: Bool
  private var home: Home = .notAsked

  private enum Home {
    case notAsked, asked
    /// nil: the server does not tell.
    case known([UInt8]?)
  }

  /// - Parameters:
  ///   - root: bytes of the root path; empty means the account's home folder.
  ///   - label: the server for messages, such as `nas:22`.
  ///   - keeping: connections of an earlier walk, and those that this one leaves behind.
  ///   - makeChannel: a new connection, not yet started.
  init(
    root: [UInt8], label: String, options: SourceOptions, visitor: any SourceVisitor,
    keeping: ConnectionPool.Keeping?,
    makeChannel: @escaping () throws(TransportError) -> any ByteChannel
  ) {
    let root = RemoteRoot(root, server: label)
    pool = ConnectionPool(
      label: label, root: root.path, options: options, keeping: keeping, makeChannel: makeChannel)
    files = TreeReading(root, options, pool, visitor)
    folders = TreeListing(root, options, pool, files, visitor)
    files.closesAhead = true
    self.visitor = visitor
    asksHome = options.asksHome
  }

  /// A walk over connections of the caller's own making.
  package convenience init(
    root: [UInt8], label: String, options: SourceOptions, visitor: any SourceVisitor,
    makeChannel: @escaping () throws(TransportError) -> any ByteChannel
  ) {
    self.init(
      root: root, label: label, options: options, visitor: visitor, keeping: nil,
      makeChannel: makeChannel)
  }

  package var statistics: SourceStatistics {
    pool.statistics.adding(folders.statistics).adding(files.statistics)
  }

  package var state: SourceState {
    var state = SourceState()
    state.stage = pool.stage?.description
    state.connections = pool.connections.count { $0.isReady && !$0.isSibling }
    state.foldersFound = folders.foldersFound + 1
    state.isListing = !pool.everReady || folders.isListing
    state.bytesReceived = pool.statistics.bytesReceived
    state.server = pool.server
    if case .known(let path) = home { state.server.home = path }
    state.loss = pool.loss
    return state
  }

  package func run() throws {
    try pool.checkRefusal()
    folders.queueKnownFolders()
    var isWhole = false
    defer { pool.end(isWhole: isWhole) }
    try pool.begin(self)
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    while !isFinished {
      if visitor.isCancelled { return }
      visitor.beat()
      let now = SystemClock.now()
      giveOutWork(now: now)
      try pool.flush(self)
      try pool.poll(self, &buffer)
      folders.stopAtLimit(now: now)
      let backlog = backlog
      try pool.checkDeadlines(backlog, self)
      try pool.manage(backlog, self)
    }
    // Also where the root cannot be listed: nothing is open any more, and the next walk needs no login.
    isWhole = true
    if let error = folders.failedRoot { throw error }
  }

  private var isFinished: Bool {
    if folders.failedRoot != nil { return folders.open == 0 && files.inFlight == 0 }
    if case .asked = home { return false }
    return pool.everReady && folders.isDone && files.isDone
  }

  private var backlog: ConnectionPool.Backlog {
    ConnectionPool.Backlog(
      files: files.queued, heads: files.queued, isListing: folders.isListing,
      isExploring: folders.isExploring, hasWork: !folders.isDone || !files.isDone)
  }

  private func giveOutWork(now: Double) {
    // What is under way comes to its end.
    if folders.failedRoot != nil { return }
    folders.openFolders(now: now)
    files.open(now: now)
    // What was refused or broke connections beside others has its turn when nothing else is left.
    guard folders.hasOnlyIsolated, files.hasOnlyIsolated, pool.isSettled(now: now),
      let connection = pool.connections.first(where: \.hasRoom)
    else { return }
    if !folders.openIsolated(on: connection, now: now) {
      files.openIsolated(on: connection, now: now)
    }
  }
}

extension SFTPSource: ConnectionUser {
  var isCancelled: Bool { visitor.isCancelled }

  func note(_ text: String) { visitor.note(text) }

  func received(_ reply: PooledConnection.Reply, on connection: PooledConnection, now: Double) {
    switch reply {
    case .version:
      guard asksHome, case .notAsked = home else { return }
      home = .asked
      connection.look(.home, now: now)
    case .void: break
    case .opened(.openFolder(let folder), let handle, let isAsPredicted):
      folders.opened(
        folder, handle, isAsPredicted: isAsPredicted, on: connection, now: now)
    case .opened(.openFile(let file), let handle, let isAsPredicted):
      files.opened(file, handle, isAsPredicted: isAsPredicted, on: connection, now: now)
    case .opened: break
    case .other(let purpose, .status(_, let status)):
      received(status, for: purpose, on: connection, now: now)
    case .other(.listFolder(let folder), .names(_, let names)):
      folders.received(names, of: folder, on: connection, now: now)
    case .other(.entryAttributes(let folder, let name), .attributes(_, let attributes)):
      folders.handle(
        .attributes(name: name, attributes), of: folder, on: connection, now: now)
    case .other(.probe(let folder), .attributes(_, let attributes)):
      let isGone = ![.regular, .unknown].contains(attributes.kind)
      folders.probeAnswered(folder, isGone: isGone, on: connection)
    case .other(.readFile(let file, let part, let offset, let length), .data(_, let bytes)):
      files.handle(
        .data(part: part, offset: offset, length: length, bytes), of: file, on: connection,
        now: now)
    case .other(.rootKind(let folder, let status), .attributes(_, let attributes)):
      folders.rootFailed(
        folder, status, isFile: attributes.kind == .regular, on: connection)
    case .other(.home, .names(_, let names)):
      let path = names.count == 1 ? names.first?.name : nil
      home = .known(path.flatMap { $0.first == UInt8(ascii: "/") ? $0 : nil })
    case .other(.fileAttributes(let file), .attributes(_, let attributes)):
      files.handle(.attributes(attributes), of: file, on: connection, now: now)
    case .other: break
    }
  }

  private func received(
    _ status: Status, for purpose: PooledConnection.Purpose, on connection: PooledConnection,
    now: Double
  ) {
    switch purpose {
    case .openFolder(let folder): folders.refused(folder, status, on: connection, now: now)
    case .listFolder(let folder):
      folders.handle(
        .ended(status, hidesUnreadable: connection.isOpenSSH), of: folder, on: connection,
        now: now)
    case .entryAttributes(let folder, let name):
      folders.handle(.noAttributes(name: name, status), of: folder, on: connection, now: now)
    case .probe(let folder):
      folders.probeAnswered(folder, isGone: status.code == .noSuchFile, on: connection)
    case .openFile(let file): files.refused(file, status, on: connection)
    case .readFile(let file, _, _, _):
      files.handle(.noData(status), of: file, on: connection, now: now)
    case .fileAttributes(let file):
      if status.code == .unsupported { connection.lacksAttributes() }
      files.handle(.noAttributes, of: file, on: connection, now: now)
    case .rootKind(let folder, let refusal):
      folders.rootFailed(folder, refusal, isFile: false, on: connection)
    case .home: home = .known(nil)
    case .limits, .close, .ping: break
    }
  }

  func lost(
    _ connection: PooledConnection, files lostFiles: [FileReading],
    folders lostFolders: [WalkedFolder], blamesWindow: Bool
  ) {
    if case .asked = home { home = .known(nil) }
    let numbers = lostFiles.map(\.opening.number) + lostFolders.map(\.opening.number)
    let last = connection.lastSuspect(among: numbers, blamesWindow: blamesWindow)
    files.lost(lostFiles, lastSuspect: last)
    // What OpenSSH owes after the end of a folder are further ends.
    folders.lost(lostFolders, lastSuspect: last, repeatsEnd: connection.isOpenSSH)
  }
}

extension SourceError {
  static func fileAsRoot(_ root: RemoteRoot) -> SourceError {
    .rootMissing(
      "\(String(decoding: root.path, as: UTF8.self)) on \(root.server) is a file, not a folder")
  }

  /// The root cannot be opened.
  static func root(_ root: RemoteRoot, _ status: Status) -> SourceError {
    let folder = String(decoding: root.path, as: UTF8.self)
    return switch status.code {
    case .noSuchFile: .rootMissing("there is no folder \(folder) on \(root.server)")
    case .permissionDenied:
      .rootUnreadable("cannot list \(folder) on \(root.server): permission denied")
    default: .rootFailed("\(root.server) cannot list \(folder): \(status.message)")
    }
  }
}
