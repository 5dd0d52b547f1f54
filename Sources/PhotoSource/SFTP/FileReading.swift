import PhotoModel
import SFTP

// Reading: OPEN, the ranges the reader asks for and one FSTAT behind them, CLOSE without waiting.
// Where the handle can be foretold, the first ranges travel with the OPEN.
extension SFTPSource {
  func openFile(_ job: ReadJob, on lane: Lane, now: Double) {
    let task = FileTask(job: job, reader: visitor.makeReader(for: job.file, in: job.folder))
    task.sent = noteOpening(on: lane)
    lane.fileTasks[ObjectIdentifier(task)] = task
    filesInFlight += 1
    let path = remotePath(job.folder.appending(job.file.name).bytes)
    let id = lane.client.open(path)
    send(.openFile(task), as: id, on: lane, now: now)
    guard let guess = lane.forecast.opening(id) else { return }
    let ranges = task.reader.nextRanges().filter { !$0.isEmpty }
    guard !ranges.isEmpty else { return }
    task.guess = guess
    task.parts = ranges.map { FileTask.Part($0) }
    request(task, guess, on: lane, now: now)
  }

  func fileOpened(_ task: FileTask, _ handle: Handle, on lane: Lane, now: Double) {
    task.handle = handle
    statistics.filesOpened += 1
    // Without stated limits the window doubles per round trip while opens succeed.
    if lane.window < lane.windowCap { lane.window += 1 }
    guard let guess = task.guess else { return stepFile(task, on: lane, now: now) }
    task.guess = nil
    if guess == handle {
      task.guessed = []
      return
    }
    disown(task, on: lane)
    request(task, handle, on: lane, now: now)
  }

  /// Sends what the reader wants next, or ends the file when it wants nothing more.
  func stepFile(_ task: FileTask, on lane: Lane, now: Double) {
    guard task.outstanding == 0, task.guess == nil, let handle = task.handle else { return }
    for part in task.parts { task.reader.receive(part.range, part.bytes()) }
    task.parts = []
    let ranges = task.failure == nil && !task.readsDone ? task.reader.nextRanges() : []
    if ranges.isEmpty {
      task.readsDone = true
      finishFile(task, on: lane, now: now)
      return
    }
    task.parts = ranges.filter { !$0.isEmpty }.map { FileTask.Part($0) }
    request(task, handle, on: lane, now: now)
    if task.outstanding == 0 {
      // Only empty ranges: a reader that asks for nothing twice would never end.
      task.readsDone = true
      finishFile(task, on: lane, now: now)
    }
  }

  /// Asks for all parts, and for size and time behind them: if those are still the listing's, the
  /// bytes belong to it.
  private func request(_ task: FileTask, _ handle: Handle, on lane: Lane, now: Double) {
    for (part, range) in task.parts.map(\.range).enumerated() {
      var offset = range.lowerBound
      while offset < range.upperBound {
        let length = Int(min(Int64(lane.maximumRead), range.upperBound - offset))
        read(task, handle, part, offset, length, on: lane, now: now)
        offset += Int64(length)
      }
    }
    guard !lane.attributesUnsupported else { return }
    task.outstanding += 1
    let id = lane.client.attributes(of: handle)
    if task.guess != nil { task.guessed.append(id) }
    send(.fileAttributes(task), as: id, on: lane, now: now)
  }

  private func read(
    _ task: FileTask, _ handle: Handle, _ part: Int, _ offset: Int64, _ length: Int, on lane: Lane,
    now: Double
  ) {
    guard let start = UInt64(exactly: offset), let count = UInt32(exactly: length) else { return }
    task.outstanding += 1
    statistics.dataRequests += 1
    let id = lane.client.read(handle, offset: start, length: count)
    if task.guess != nil { task.guessed.append(id) }
    send(
      .readFile(task, part: part, offset: offset, length: length), as: id, on: lane, now: now)
  }

  func dataArrived(
    _ task: FileTask, _ part: Int, _ offset: Int64, _ length: Int, _ bytes: [UInt8],
    on lane: Lane, now: Double
  ) {
    task.outstanding -= 1
    let end = offset + Int64(bytes.count)
    if bytes.isEmpty {
      task.failure = (.serverError, "the server sent no bytes and no end of file")
    } else if task.parts.indices.contains(part) {
      task.parts[part].pieces.append((offset, bytes))
      // Shorter than asked before the file's end: legal on some servers; ask for the rest.
      if bytes.count < length, end < task.job.file.size ?? .max, let handle = task.handle,
        task.failure == nil
      {
        read(task, handle, part, end, length - bytes.count, on: lane, now: now)
      }
    }
    stepFile(task, on: lane, now: now)
  }

  func readStatus(
    _ task: FileTask, _ part: Int, _ offset: Int64, _ status: Status, on lane: Lane, now: Double
  ) {
    task.outstanding -= 1
    if status.code != .endOfFile { task.failure = Self.failure(of: status) }
    stepFile(task, on: lane, now: now)
  }

  func attributesArrived(
    _ task: FileTask, _ attributes: FileAttributes, on lane: Lane, now: Double
  ) {
    task.outstanding -= 1
    task.after = attributes
    noteServerClock(before: task.job.accessTime, after: attributes.accessTime)
    stepFile(task, on: lane, now: now)
  }

  /// Reading a file moves its access time (under relatime when it is older than the last change):
  /// when it moved, the new value is the server's clock of this moment.
  private func noteServerClock(before: UInt32?, after: UInt32?) {
    statistics.serverTime.note(after, now: scanStart)
    guard let before, let after, after > before else { return }
    statistics.serverTime.clock = max(statistics.serverTime.clock ?? .min, Int64(after))
  }

  private func finishFile(_ task: FileTask, on lane: Lane, now: Double) {
    if let handle = task.handle { close(handle, on: lane, now: now) }
    leave(task, lane)
    lane.hasFinishedWork = true
    growth.fileDone(now: now)
    var job = task.job
    if let (failure, detail) = task.failure {
      visitor.didRead(job.file, in: job.folder, .failed(failure, detail: detail))
      return
    }
    guard let after = task.after, hasChanged(job.file, after) else {
      visitor.didRead(job.file, in: job.folder, .read(task.reader))
      return
    }
    job.file.size = after.size.flatMap { Int64(exactly: $0) } ?? job.file.size
    job.file.mtime = after.modificationTime.map(Int64.init) ?? job.file.mtime
    job.changes += 1
    if job.changes > 1 {
      visitor.didRead(
        job.file, in: job.folder, .failed(.changing, detail: "changed while it was read, twice"))
    } else {
      job.accessTime = nil
      retryJobs.append(job)
    }
  }

  private func hasChanged(_ file: ListedFile, _ now: FileAttributes) -> Bool {
    if let size = file.size, let newSize = now.size, UInt64(exactly: size) != newSize {
      return true
    }
    if let mtime = file.mtime, let newTime = now.modificationTime, Int64(newTime) != mtime {
      return true
    }
    return false
  }

  func openFileFailed(_ task: FileTask, _ status: Status, on lane: Lane, now: Double) {
    disown(task, on: lane)
    leave(task, lane)
    var job = task.job
    // "Failure" beside other open handles, on this connection or another one, may be the server's
    // handle limit and not this file: fewer at once, then this file again; alone, its failure is its
    // own.
    if status.code == .failure, !task.sent.isAlone {
      job.refusals += 1
      statistics.retries += 1
      if refused(task.sent, times: job.refusals, on: lane) {
        retryJobs.append(job)
      } else {
        isolatedJobs.append(job)
      }
      return
    }
    if job.refusals > 0 { raiseWindow(of: lane) }
    let (failure, detail) = Self.failure(of: status)
    visitor.didRead(job.file, in: job.folder, .failed(failure, detail: detail))
  }

  /// Lowers the window to the number of handles that were open or being opened when the refused one was
  /// asked for: those that the server granted may be closed again by the time the refusal arrives. What
  /// is refused a second time, among fewer, has a reason of its own: the window was not to blame.
  /// - Returns: whether to try again beside others, or else alone and last.
  func refused(_ opening: Lane.Opening, times: Int, on lane: Lane) -> Bool {
    if times > 1 {
      raiseWindow(of: lane)
      return false
    }
    guard opening.beside < lane.window else { return true }
    lane.unlowered = lane.unlowered ?? (lane.window, lane.windowCap)
    lane.window = max(1, opening.beside)
    lane.windowCap = min(lane.windowCap, lane.window)
    return true
  }

  /// Back to what it was before a refusal that had another reason.
  func raiseWindow(of lane: Lane) {
    if let before = lane.unlowered { (lane.window, lane.windowCap) = before }
    lane.unlowered = nil
  }

  func leave(_ task: FileTask, _ lane: Lane) {
    if lane.fileTasks.removeValue(forKey: ObjectIdentifier(task)) != nil { filesInFlight -= 1 }
  }

  private static func failure(of status: Status) -> (Failure, String) {
    switch status.code {
    case .noSuchFile: (.vanished, "no longer there")
    case .permissionDenied: (.unreadable, "permission denied")
    default:
      (.serverError, status.message.isEmpty ? "the server said \(status.code)" : status.message)
    }
  }
}
