import Platform
import PhotoModel
import SFTP
import SSHTransport

/// The connections of one walk: the first alone, others while there is work for them; what breaks is
/// replaced. Used by the source's thread only.
final class ConnectionPool {
  typealias Keeping = (keeper: ConnectionKeeper, key: ConnectionKeeper.Key)

  private let makeChannel: () throws(TransportError) -> any ByteChannel
  let label: String
  private let options: SourceOptions
  /// Where connections come from and go to that outlive this walk.
  private let keeping: Keeping?

  private(set) var connections: [PooledConnection] = []
  /// INIT was answered on one of them.
  private(set) var everReady = false
  private(set) var statistics = SourceStatistics()
  /// Of the first connection, once it stands.
  private(set) var server = ServerFacts()
  /// Why the last connection that had answered broke.
  private(set) var loss: String?

  private var started = 0
  /// Falls when the server refuses further connections.
  private var limit: Int
  private var growth = PoolGrowth()
  var backOff = BackOff()
  /// A login that the server refused: no further one is tried.
  private var refusedLogin: TransportError?
  var protocolErrors = 0
  var habits = ServerHabits()
  private var siblings = SiblingPlan()
  /// OPEN and OPENDIR requests so far.
  private var opensSent = 0
  private var silence = ServerSilence(now: SystemClock.now())
  /// A connection broke: the next ones have to show that the server answers.
  private var hasLost = false
  /// Below which all requests go.
  private let root: [UInt8]
  /// When this side last looked for replies.
  private var lookedAt = SystemClock.now()

  init(
    label: String, root: [UInt8], options: SourceOptions, keeping: Keeping?,
    makeChannel: @escaping () throws(TransportError) -> any ByteChannel
  ) {
    self.label = label
    self.root = root.isEmpty ? [0x2E] : root
    self.options = options
    self.keeping = keeping
    self.makeChannel = makeChannel
    limit = max(1, min(options.connections, 16))
  }

  // MARK: What the connections have

  /// Counts an OPEN or OPENDIR that is about to be sent.
  func noteOpening(on connection: PooledConnection) -> Opening {
    opensSent += 1
    return Opening(
      number: opensSent, beside: connection.openHandles,
      isAlone: isSettled(now: SystemClock.now()))
  }

  func noteFileDone(now: Double) { growth.fileDone(now: now) }

  // MARK: Life

  /// Goes on with the connections of the walk before, if it was to the same server, or starts one.
  func begin(_ user: any ConnectionUser) throws {
    let now = SystemClock.now()
    silence.ended(now)
    lookedAt = now
    if let (keeper, key) = keeping, let kept = keeper.take(key) {
      habits = kept.habits
      connections = Array(kept.connections.prefix(limit))
      for connection in connections { connection.adopt(now: now) }
      for connection in kept.connections.dropFirst(limit) { connection.close() }
      started = connections.count
      everReady = !connections.isEmpty
      statistics.connections += connections.count
    }
    // Stopped before it began, it has failed in nothing.
    if connections.isEmpty, !user.isCancelled { try start(user) }
  }

  /// A login that the server refused before is not tried again.
  func checkRefusal() throws(TransportError) {
    if let (keeper, key) = keeping, let error = keeper.refusal(for: key) { throw error }
  }

  /// At the end of a walk that came to its end nothing is open any more but what nobody waits for.
  func end(isWhole: Bool) {
    let good = connections.filter {
      isWhole && $0.isReady && $0.isVersionKnown && $0.openHandles == 0 && !$0.isSibling
    }
    for connection in connections where !good.contains(where: { $0 === connection }) {
      connection.close()
    }
    connections = []
    if let (keeper, key) = keeping {
      keeper.keep(good, habits: habits, for: key)
    } else {
      for connection in good { connection.close() }
    }
  }

  private func start(_ user: any ConnectionUser) throws {
    try add(try makeChannel(), parent: nil, user)
  }

  private func add(
    _ channel: any ByteChannel, parent: Int?, _ user: any ConnectionUser
  ) throws {
    let connection = PooledConnection(
      number: started, channel: channel, parent: parent, probe: hasLost ? root : nil,
      now: SystemClock.now())
    started += 1
    connections.append(connection)
    do throws(TransportError) {
      try advance(connection)
    } catch {
      try failed(connection, error, user)
    }
  }

  private func advance(_ connection: PooledConnection) throws(TransportError) {
    if try connection.advance(habits), !everReady { silence.ended(SystemClock.now()) }
  }

  /// Adds connections while they help, and replaces the last one when all are gone.
  func manage(_ backlog: Backlog, _ user: any ConnectionUser) throws {
    let now = SystemClock.now()
    if connections.contains(where: { $0.state == .dead }) {
      connections.removeAll { $0.state == .dead }
    }
    if connections.isEmpty {
      guard backOff.isWaiting else { return }
      if let refusedLogin { throw refusedLogin }
      if backOff.isDue(now: now) {
        try start(user)
      } else {
        // Nothing to poll: wait here, in steps short enough for a cancellation.
        SystemClock.sleep(min(0.1, backOff.remaining(now: now)))
      }
      return
    }
    if let (channel, parent) = siblings.next(to: connections, backlog) {
      return try add(channel, parent: parent, user)
    }
    guard everReady, logins < limit,
      !connections.contains(where: { $0.state == .connecting || $0.state == .greeting })
    else { return }
    // A further connection costs some eight round trips before it carries anything, and it must
    // prove that it helps.
    let ready = ready
    let window = min(ready.reduce(0) { $0 + $1.windowSize }, options.inFlight ?? .max)
    guard !ready.isEmpty, backlog.files > window else { return }
    let shortest = (statistics.roundTripMilliseconds ?? 0) / 1_000
    switch growth.verdict(now: now, period: options.measuringPeriod, shortest: shortest) {
    case .undecided: return
    case .enough: limit = logins
    case .grow:
      // Behind the windows at hand there must be work for longer than a handshake takes.
      guard backlog.files > 3 * window || backlog.isListing else { return }
      growth.poolChanged()
      try start(user)
    }
  }

  // MARK: Bytes

  func flush(_ user: any ConnectionUser) throws {
    for connection in connections where connection.isOpen && connection.hasOutbound {
      do {
        statistics.bytesSent += try connection.flush()
      } catch let error as TransportError {
        try failed(connection, connection.cause(of: error, label), user)
      }
    }
  }

  /// Waits for any connection, or for `wake`, and takes what is there.
  func poll(
    _ user: any ConnectionUser, _ buffer: inout [UInt8], wake: Int32 = -1, milliseconds: Int32 = 100
  ) throws {
    let polled = connections.filter {
      $0.state != .dead && ($0.descriptor >= 0 || $0.mayHoldBytes)
    }
    let readable = PollSet.wait(for: polled, wake: wake, milliseconds: milliseconds)
    lookedAt = SystemClock.now()
    for connection in connections where connection.state != .dead { connection.tend() }
    for connection in readable {
      do {
        if connection.state == .connecting {
          try advance(connection)
        } else {
          try receive(connection, user, &buffer)
        }
      } catch let error as TransportError {
        try failed(connection, connection.cause(of: error, label), user)
      } catch let error as ProtocolError {
        try failed(connection, error, user)
      }
    }
  }

  private func receive(
    _ connection: PooledConnection, _ user: any ConnectionUser, _ buffer: inout [UInt8]
  ) throws {
    // As much as is there, but not for ever: other connections wait as well.
    for _ in 0..<64 {
      // What one portion of names brings can take long; a stop is to be seen at once.
      if user.isCancelled { return }
      switch try connection.receive(through: &buffer) {
      case .bytes(let count):
        statistics.bytesReceived += count
        let now = SystemClock.now()
        while let arrival = try connection.nextReply(now: now) {
          note(arrival, connection, now)
          user.received(arrival.reply, on: connection, now: now)
        }
      case .wouldBlock:
        return
      case .end:
        throw TransportError.sessionClosed(by: label)
      }
    }
  }

  private func note(
    _ arrival: PooledConnection.Arrival, _ connection: PooledConnection, _ now: Double
  ) {
    if let seconds = arrival.seconds {
      let value = seconds * 1000
      if value >= 0, value < statistics.roundTripMilliseconds ?? .infinity {
        statistics.roundTripMilliseconds = value
      }
    }
    switch arrival.reply {
    case .version:
      silence.greeted(now, timeout: options.timeout, limit: options.giveUpAfter)
      everReady = true
      backOff.succeeded()
      habits.isOpenSSH = connection.isOpenSSH
      if server.peer == nil { server.peer = connection.peer }
      growth.poolChanged()
      guard !connection.isSibling else { return }
      statistics.connections += 1
      statistics.logins += 1
    case .other(.limits, _):
      if let limits = connection.limits {
        server.limits = ServerFacts.Limits(
          readLength: limits.maximumReadLength, openHandles: limits.maximumOpenHandles)
      }
      if let seconds = arrival.seconds { growth.replied(after: seconds) }
    default:
      silence.ended(now)
      if let seconds = arrival.seconds { growth.replied(after: seconds) }
    }
  }

  // MARK: Deadlines

  func checkDeadlines(_ backlog: Backlog, _ user: any ConnectionUser) throws {
    let now = SystemClock.now()
    // While this side does not look (its disk stalls, it is stopped, or it asks for a password),
    // nobody is silent.
    let away = now - lookedAt
    if away > min(1, options.timeout / 4) {
      for connection in connections { connection.excuse(away, now: now) }
      silence.ended(now)
    }
    for connection in connections {
      if let error = connection.overdue(options, label, now: now) {
        try failed(connection, error, user)
      }
    }
    if !backlog.hasWork { silence.ended(now) }
    if everReady, silence.isLonger(than: options.giveUpAfter, now: now) {
      throw SourceError.silence(of: label, seconds: options.giveUpAfter)
    }
  }

  // MARK: Failures

  func retire(
    _ connection: PooledConnection, _ user: any ConnectionUser, blamesWindow: Bool = false
  ) {
    hasLost = true
    let (files, folders) = connection.retire()
    user.lost(connection, files: files, folders: folders, blamesWindow: blamesWindow)
  }

  /// Requeues what the connection carried, and decides whether the run can go on.
  private func failed(
    _ connection: PooledConnection, _ error: TransportError, _ user: any ConnectionUser
  ) throws {
    guard connection.state != .dead else { return }
    let wasReady = connection.isVersionKnown
    let fewer = wasReady ? habits.lowerLimit(after: connection.window) : nil
    retire(connection, user, blamesWindow: fewer != nil)
    if let parent = connection.parent, othersStand {
      if !wasReady {
        siblings.isRefused = true
        return
      }
      siblings.noteLoss(over: parent)
    }
    if wasReady {
      loss = error.message
      user.note("connection \(connection.number + 1) lost: \(error.message)")
      if let fewer { lowerWindows(to: fewer, note: user.note) }
      if !connection.isSibling, silence.isHopeless(afterAnswer: connection.hasAnswered) {
        throw SourceError.mute(label, error)
      }
      if !othersStand { backOff.schedule(now: SystemClock.now(), fewer == nil ? .growing : .none) }
      return
    }
    let isRefused = error.kind == .authentication
    if isRefused {
      refusedLogin = error
      // With connections that stand, the next site can go on.
      if !everReady || !othersStand, let (keeper, key) = keeping { keeper.note(error, for: key) }
    }
    if everReady, othersStand {
      // The server will not have more connections: a smaller pool, no error.
      limit = max(1, logins)
      if !isRefused { user.note("working with \(limit) connections: \(error.message)") }
      return
    }
    let retries = everReady ? 5 : options.retries(after: error.kind)
    if isRefused || !backOff.mayTry(atMost: retries) { throw error }
    backOff.schedule(now: SystemClock.now(), everReady ? .growing : .short)
  }
}
