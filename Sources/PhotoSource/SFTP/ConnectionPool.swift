import PhotoModel
import SFTP
import SSHTransport

// Connections: the first alone, others while there is work for them; what breaks is requeued.
extension SFTPSource {
  func startLane(now: Double) throws {
    let channel = try makeChannel()
    let lane = Lane(number: lanesStarted, channel: channel, window: 64, cap: 256, now: now)
    lanesStarted += 1
    lanes.append(lane)
    do {
      try advance(lane)
    } catch let error as TransportError {
      try laneFailed(lane, error)
    }
  }

  /// Adds connections while they help, and replaces the last one when all are gone.
  func managePool() throws {
    let now = Clock.now()
    if lanes.contains(where: { $0.state == .dead }) { lanes.removeAll { $0.state == .dead } }
    if lanes.isEmpty {
      guard let at = reconnectAt else { return }
      if let refusedLogin { throw refusedLogin }
      if now >= at {
        reconnectAt = nil
        try startLane(now: now)
      } else {
        // Nothing to poll: wait here, in steps short enough for a cancellation.
        usleepFor(min(0.1, at - now))
      }
      return
    }
    let connecting = lanes.count { $0.state == .connecting }
    guard everReady, lanes.count < laneLimit, connecting < 4 else { return }
    // A further connection costs some eight round trips before it carries anything, and it must
    // prove that it helps.
    let ready = lanes.filter { $0.state == .ready }
    let window = min(ready.reduce(0) { $0 + $1.window }, options.inFlight ?? .max)
    guard !ready.isEmpty, connecting == 0, jobs.count > window else { return }
    let shortest = (statistics.roundTripMilliseconds ?? 0) / 1_000
    switch growth.verdict(now: now, period: options.measuringPeriod, shortest: shortest) {
    case .undecided: return
    case .enough: laneLimit = lanes.count
    case .grow:
      // Behind the windows at hand there must be work for longer than a handshake takes.
      guard jobs.count > 3 * window || !folderQueue.isEmpty || openFolders > 0 else {
        return
      }
      growth.poolChanged()
      try startLane(now: now)
    }
  }

  func checkDeadlines() throws {
    let now = Clock.now()
    // While this side does not look (its disk stalls, it is stopped, or it asks for a password), nobody is silent.
    let away = now - lookedAt
    if away > min(1, options.timeout / 4) {
      for lane in lanes {
        lane.lastProgress = now
        lane.startedAt += away
      }
      lastReply = now
    }
    let connectTimeout = min(options.timeout, options.connectTimeout)
    for lane in lanes {
      switch lane.state {
      case .connecting where now - lane.startedAt > connectTimeout && isTCPPending(lane):
        try laneFailed(
          lane,
          TransportError(
            .connectTimeout, "\(lane.channel.stage): no answer within \(seconds(connectTimeout)) s",
            advice: "check host, port and network; a firewall may drop the packets"))
      case .connecting where now - lane.startedAt > options.timeout:
        try laneFailed(
          lane,
          // A host that answers but stays silent does so again: no retry of the first connection.
          TransportError(
            .handshakeDropped,
            "\(lane.channel.stage): no answer within \(seconds(options.timeout)) s",
            advice: "try a longer --timeout"))
      case .ready where isOverdue(lane, now):
        try laneFailed(
          lane,
          TransportError(
            .connectionLost, "\(label): no reply within \(seconds(options.timeout)) s",
            advice: "the link or the server stalls; run the sync again, finished photos are kept"))
      default: break
      }
    }
    if everReady, now - lastReply > options.giveUpAfter, hasWork {
      throw SourceError.gaveUp(
        "\(label): no reply for \(seconds(options.giveUpAfter)) s",
        advice: "run the sync again later; finished photos are kept")
    }
  }

  private func isTCPPending(_ lane: Lane) -> Bool { lane.channel.stage.hasPrefix("connecting") }

  private func seconds(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : String(value)
  }

  private var hasWork: Bool {
    openFolders > 0 || filesInFlight > 0 || !jobs.isEmpty || !retryJobs.isEmpty
      || !isolatedJobs.isEmpty || !isolatedFolders.isEmpty || !probing.isEmpty
      || !folderQueue.isEmpty
  }

  /// A busy connection that shows no progress at all; a slow link that delivers is not overdue.
  private func isOverdue(_ lane: Lane, _ now: Double) -> Bool {
    guard !lane.isIdle || !lane.client.isVersionKnown else { return false }
    let oldest = max(lane.lastProgress, lane.startedAtReady)
    if now - oldest <= options.timeout { return false }
    // An idle connection's clock starts with its next request.
    let firstSent = lane.operations.values.lazy.map(\.sentAt).min() ?? lane.startedAtReady
    return now - firstSent > options.timeout
  }

  func laneFailed(_ lane: Lane, _ error: ProtocolError) throws {
    if case .brokenForecast = error, lane.state == .ready {
      // What this server does with handles is not known after all: again, one step after the other.
      isForetelling = false
      visitor.note("connection \(lane.number + 1) starts again: \(error.description)")
      retire(lane)
      if !lanes.contains(where: { $0.state != .dead }) { reconnectAt = Clock.now() }
      return
    }
    let advice: String
    if case .textBeforeVersion = error {
      advice = "make sure the remote shell produces no output at login (.bashrc, banner)"
    } else {
      advice = "check which SFTP server runs there"
    }
    guard lane.state == .ready else { return }
    visitor.note("connection \(lane.number + 1) dropped: \(error.description)")
    retire(lane)
    // A server that breaks the protocol once does so again: one more try, then the end.
    protocolErrors += 1
    if protocolErrors > 1 || !lane.client.isVersionKnown {
      throw SourceError.protocolViolation("\(label): \(error.description)", advice: advice)
    }
    scheduleReconnect()
  }

  /// Requeues what the lane carried, and decides whether the run can go on.
  func laneFailed(_ lane: Lane, _ error: TransportError) throws {
    guard lane.state != .dead else { return }
    let wasReady = lane.client.isVersionKnown
    retire(lane)
    let othersStand = lanes.contains { $0.state != .dead }
    if wasReady {
      visitor.note("connection \(lane.number + 1) lost: \(error.message)")
      if !othersStand { scheduleReconnect() }
      return
    }
    if error.kind == .authentication {
      refusedLogin = error
      // With connections that stand, the next site can go on.
      if !everReady || !othersStand { keeper?.keeper.note(error, for: keeper?.key) }
    }
    if error.kind == .authentication || !everReady && error.kind != .connectTimeout {
      // Refused, unknown host, wrong key: trying again would only harm.
      if everReady, othersStand {
        laneLimit = max(1, lanes.count { $0.state != .dead })
        return
      }
      throw error
    }
    if everReady, othersStand {
      // The server will not have more connections: a smaller pool, no error.
      laneLimit = max(1, lanes.count { $0.state != .dead })
      visitor.note("working with \(laneLimit) connections: \(error.message)")
      return
    }
    reconnectTries += 1
    let limit = everReady ? 5 : 2
    if reconnectTries > limit { throw error }
    scheduleReconnect()
  }

  private func scheduleReconnect() {
    // 0.5 s, doubled per failure up to 10 s, ± 20 %, so that many clients do not come back at once.
    var pause = 0.5
    for _ in 0..<min(reconnectTries, 5) { pause = min(10, pause * 2) }
    reconnectAt = Clock.now() + pause * Double.random(in: 0.8...1.2, using: &random)
  }

  /// Closes the connection and takes back its work. A file in flight when a connection breaks is
  /// tried again; the third time it waits until it can be read alone, since it may be what breaks
  /// them; the fourth time it is reported as failed. What only waited for its turn behind others is
  /// not to blame: else a link that breaks every now and then would lose what no server ever looked
  /// at.
  private func retire(_ lane: Lane) {
    lane.state = .dead
    lane.channel.close()
    let files = lane.fileTasks.values.sorted { $0.sent.number < $1.sent.number }
    let folders = lane.folders.values.sorted { $0.sent.number < $1.sent.number }
    lane.fileTasks = [:]
    lane.folders = [:]
    lane.operations = [:]
    let oldest = (files.map(\.sent.number) + folders.map(\.sent.number)).sorted()
    let last = lane.hasFinishedWork ? oldest.prefix(Self.suspects).last ?? 0 : .max
    // The oldest last, since the last is taken first.
    for task in files.reversed() {
      filesInFlight -= 1
      var job = task.job
      statistics.retries += 1
      if task.sent.number > last {
        retryJobs.append(job)
        continue
      }
      job.attempts += 1
      if job.attempts > 3 {
        visitor.didRead(
          job.file, in: job.folder,
          .failed(.transport, detail: "the connection broke \(job.attempts) times on it"))
      } else if job.attempts == 3 {
        isolatedJobs.append(job)
      } else {
        retryJobs.append(job)
      }
    }
    for task in folders {
      left(task)
      if task.isFinished {
        task.outstanding = 0
        task.attempts += 1
        if task.attempts > 3, task.failure == nil {
          task.failure = (.transport, "the connection broke \(task.attempts) times on it")
        }
        // Only one that was asked what its listing did not show is still at work.
        if task.failure == nil { probing.append(task) } else { end(task) }
        continue
      }
      if task.isDiscarded && !task.isMissed {
        forgetNames(of: task)
        continue
      }
      // What OpenSSH owes after the end are further ends.
      if task.sawEnd, task.awaitingAttributes.isEmpty, lane.channel.isOpenSSH {
        task.handle = nil
        task.outstanding = 0
        finishFolderIfDone(task, on: lane, now: Clock.now())
        continue
      }
      if task.sent.number <= last { task.attempts += 1 }
      if !task.isConfirmed { forgetNames(of: task) }
      task.restart()
      if let limit = budget.reached, isListingStopped {
        giveUp(task, limit)
      } else if task.attempts > 3 {
        task.failure = (.transport, "the connection broke \(task.attempts) times on it")
        finishFolderIfDone(task, on: lane, now: Clock.now())
      } else {
        folderQueue.append(.task(task))
      }
    }
  }

  /// Servers answer in order, or nearly so: what breaks a connection that has carried something is one
  /// of so many open files or folders that were asked for first.
  private static let suspects = 16
}
