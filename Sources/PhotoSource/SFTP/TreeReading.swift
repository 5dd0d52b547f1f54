import PhotoModel
import SFTP

/// The files of a walk: those that wait to be read, and what becomes of them.
final class TreeReading {
  private let options: SourceOptions
  private let root: RemoteRoot
  private let pool: ConnectionPool
  private unowned let visitor: any SourceVisitor

  private var jobs = Fifo<ReadJob>()
  private var retries: [ReadJob] = []
  /// Suspected of breaking connections, or refused beside others: read one at a time, last.
  private var isolated = Fifo<ReadJob>()
  /// Closed, and their readers want more.
  private var reopening = Fifo<FileReading>()
  private var flightHabit = FlightHabit()

  /// Open or being opened.
  private(set) var inFlight = 0
  /// CLOSE may be sent before the reader has said that it wants no more.
  var closesAhead = false
  /// Another way to read than in the ranges of a reader.
  var makeFile: (ReadJob, any FileReader, Opening, PooledConnection) -> FileReading = {
    job, reader, opening, _ in FileReading(job: job, reader: reader, opening: opening)
  }
  private(set) var statistics = SourceStatistics()

  init(
    _ root: RemoteRoot, _ options: SourceOptions, _ pool: ConnectionPool,
    _ visitor: any SourceVisitor
  ) {
    self.root = root
    self.options = options
    self.pool = pool
    self.visitor = visitor
  }

  // MARK: The queue

  func append(_ job: ReadJob) { jobs.append(job) }

  /// Listed, not yet tried.
  var queued: Int { jobs.count }
  var waiting: Int { jobs.count + retries.count + isolated.count + reopening.count }
  /// Some wait to be tried again.
  var hasRetries: Bool { !retries.isEmpty }
  /// Nothing is open, and nothing waits but what is read alone.
  var hasOnlyIsolated: Bool {
    inFlight == 0 && jobs.isEmpty && retries.isEmpty && reopening.isEmpty
  }
  var isDone: Bool { inFlight == 0 && waiting == 0 }

  private var mayOpenMore: Bool {
    guard let limit = options.inFlight else { return true }
    return inFlight < max(1, limit)
  }

  private func next() -> ReadJob? { retries.popLast() ?? jobs.popFirst() }

  /// Fills the windows of the connections.
  func open(now: Double) {
    let ready = pool.ready
    var progressed = true
    while progressed {
      progressed = false
      // Round over the connections in small portions, so that all windows fill evenly.
      for connection in ready {
        for _ in 0..<16 {
          guard connection.hasRoom, mayOpenMore else { break }
          if let file = reopening.popFirst() {
            file.opening = pool.noteOpening(on: connection)
            open(file, on: connection, now: now)
          } else if let job = next() {
            open(job, on: connection, now: now)
          } else {
            break
          }
          progressed = true
        }
      }
    }
  }

  /// Opens the next one, whatever the windows are.
  /// - Returns: false when none waits.
  func openNext(on connection: PooledConnection, now: Double) -> Bool {
    guard let job = next() else { return false }
    open(job, on: connection, now: now)
    return true
  }

  /// Opens one of those that are read alone.
  func openIsolated(on connection: PooledConnection, now: Double) {
    guard var job = isolated.popFirst() else { return }
    job.isIsolated = true
    open(job, on: connection, now: now)
  }

  // MARK: Reading

  private func open(_ job: ReadJob, on connection: PooledConnection, now: Double) {
    let file = makeFile(
      job, visitor.makeReader(for: job.file, in: job.folder),
      pool.noteOpening(on: connection), connection)
    open(file, on: connection, now: now)
  }

  private func open(_ file: FileReading, on connection: PooledConnection, now: Double) {
    inFlight += 1
    let path = root.path(of: file.job.file.name, in: file.job.folder.bytes)
    let predicted = connection.open(file, path, now: now)
    let requests = file.handle(
      .sent(isPredicted: predicted != nil), ability(of: connection, for: file))
    guard let predicted else { return }
    send(
      requests, of: file, on: predicted.handle, after: predicted.opening, connection, now: now)
  }

  private func ability(
    of connection: PooledConnection, for file: FileReading
  ) -> FileReading.Ability {
    var ability = connection.ability
    guard closesAhead, pool.mayCloseAhead, connection.mayCloseAhead else { return ability }
    ability.closing = .withLastFlight
    ability.expectedFlights = file.isSidecar ? 1 : flightHabit.expected
    return ability
  }

  func send(
    _ requests: [FileReading.Request], of file: FileReading, on handle: Handle,
    after opening: RequestID? = nil, _ connection: PooledConnection, now: Double
  ) {
    for request in requests {
      if case .data = request { statistics.dataRequests += 1 }
      connection.ask(request, file, on: handle, after: opening, now: now)
    }
  }

  func opened(
    _ file: FileReading, _ handle: Handle, isAsPredicted: Bool, on connection: PooledConnection,
    now: Double
  ) {
    statistics.filesOpened += 1
    connection.widenWindow()
    self.handle(.opened(handle, isAsPredicted: isAsPredicted), of: file, on: connection, now: now)
  }

  func handle(
    _ event: FileReading.Event, of file: FileReading, on connection: PooledConnection, now: Double
  ) {
    if case .attributes(let attributes) = event {
      noteClock(before: file.job.accessTime, after: attributes.accessTime)
    }
    var handle = file.openHandle
    if case .opened(let granted, _) = event { handle = granted }
    let requests = file.handle(event, ability(of: connection, for: file))
    if let handle { send(requests, of: file, on: handle, connection, now: now) }
    switch file.state {
    case .waiting, .opening, .reading: break
    case .closing: connection.closes(file)
    case .reopening:
      leave(file, connection)
      reopening.append(file)
    case .finished: finished(file, on: connection, now: now)
    }
  }

  private func finished(_ file: FileReading, on connection: PooledConnection, now: Double) {
    leave(file, connection)
    connection.noteFinishedWork()
    pool.noteFileDone(now: now)
    if file.isClosedTooEarly {
      pool.forbidClosingAhead()
      statistics.retries += 1
      retries.append(file.job)
      return
    }
    if file.lostItsHandle, retriesAfterInvalidHandle(file, connection) { return }
    let (job, outcome) = file.result()
    if let outcome {
      if !file.isSidecar { flightHabit.note(file.flights) }
      visitor.didRead(job.file, in: job.folder, outcome)
    } else {
      retries.append(job)
    }
  }

  /// The server granted a handle and then failed to read from it. Beside other handles that may be its
  /// hidden limit, and not this file: once more, among fewer or alone.
  private func retriesAfterInvalidHandle(
    _ file: FileReading, _ connection: PooledConnection
  ) -> Bool {
    // A file that was opened alone may have been read beside others.
    guard !connection.window.isStated, !file.job.isIsolated else { return false }
    var job = file.job
    job.refusals.note(file.opening)
    statistics.retries += 1
    if job.refusals.count == 1,
      pool.noteInvalidHandle(file.opening, on: connection, note: visitor.note)
    {
      retries.append(job)
    } else {
      isolated.append(job)
    }
    return true
  }

  /// Reading a file moves its access time (under relatime when it is older than the last change):
  /// when it moved, the new value is the server's clock of this moment.
  private func noteClock(before: UInt32?, after: UInt32?) {
    statistics.serverTime.note(after, now: root.scanStart)
    guard let before, let after, after > before else { return }
    statistics.serverTime.clock = max(statistics.serverTime.clock ?? .min, Int64(after))
  }

  func refused(_ file: FileReading, _ status: Status, on connection: PooledConnection) {
    leave(file, connection)
    var job = file.job
    // "Failure" beside other open handles, on this connection or another one, may be the server's
    // handle limit and not this file: fewer at once, then this file again; alone, its failure is its
    // own.
    if status.code == .failure, !file.opening.isAlone {
      let isBesideOthers = connection.refused(file.opening, job.refusals)
      job.refusals.note(file.opening)
      statistics.retries += 1
      if isBesideOthers {
        retries.append(job)
      } else {
        isolated.append(job)
      }
      return
    }
    if job.refusals.count > 0 { connection.restoreWindow() }
    let (failure, detail) = FileReading.failure(status)
    visitor.didRead(job.file, in: job.folder, .failed(failure, detail: detail))
  }

  private func leave(_ file: FileReading, _ connection: PooledConnection) {
    connection.leave(file)
    inFlight -= 1
  }

  /// Takes back the files of a broken connection. One in flight when a connection breaks is tried
  /// again; the third time it waits until it can be read alone, since it may be what breaks them; the
  /// fourth time it is reported as failed.
  /// - Parameter lastSuspect: openings with a higher number only waited for their turn.
  func lost(_ files: [FileReading], lastSuspect: Int) {
    // The oldest last, since the last is taken first.
    for file in files.reversed() {
      inFlight -= 1
      statistics.retries += 1
      var job = file.job
      if file.opening.number > lastSuspect {
        retries.append(job)
        continue
      }
      job.attempts += 1
      if job.attempts > 3 {
        pool.liftHandleLimit()
        visitor.didRead(
          job.file, in: job.folder,
          .failed(.transport, detail: "the connection broke \(job.attempts) times on it"))
      } else if job.attempts == 3 {
        isolated.append(job)
      } else {
        retries.append(job)
      }
    }
  }
}
