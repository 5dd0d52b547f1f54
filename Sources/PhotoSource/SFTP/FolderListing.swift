import PhotoModel
import SFTP
import SSHTransport

// Listing: OPENDIR, several READDIRs in flight per folder, many folders at once.
extension SFTPSource {
  /// The root and all folders of the earlier run go out in the first flight. What a known folder
  /// lists is held back until its parent's listing confirms that it still is a folder (and not,
  /// say, a link to one).
  func queueKnownFolders() {
    let hints = visitor.knownFolders
    let rootHint = hints.first { $0.path.isEmpty }
    enqueueFolder(path: [], depth: 0, confirmed: true, expected: rootHint?.entries ?? -1)
    for hint in hints where !hint.path.isEmpty {
      let depth = hint.path.bytes.count { $0 == 0x2F } + 1
      guard depth <= options.maximumDepth else { continue }
      enqueueFolder(path: hint.path.bytes, depth: depth, confirmed: false, expected: hint.entries)
    }
  }

  func enqueueFolder(path: [UInt8], depth: Int, confirmed: Bool, expected: Int) {
    let task = FolderTask(path: path, depth: depth, isConfirmed: confirmed, expected: expected)
    folderTasks[path] = task
    if !confirmed { unconfirmed[PathBytes(path).parent.bytes, default: []].append(task) }
    folderQueue.append(.task(task))
  }

  /// A folder that no earlier run knows.
  func enqueueNewFolder(path: [UInt8], depth: Int) {
    budget.hold(WalkBudget.cost(path: path))
    folderQueue.append(.new(path: path, depth: depth))
  }

  func task(for waiting: WaitingFolder) -> FolderTask {
    switch waiting {
    case .task(let task): return task
    case .new(let path, let depth):
      budget.release(WalkBudget.cost(path: path))
      return FolderTask(path: path, depth: depth, isConfirmed: true, expected: -1)
    }
  }

  func remotePath(_ relative: [UInt8]) -> [UInt8] {
    relative.isEmpty ? root : PathBytes(root).appending(PathBytes(relative)).bytes
  }

  func openFolder(_ task: FolderTask, on lane: Lane, now: Double) {
    // Left over from an unconfirmed folder whose parent turned out to be gone.
    guard !task.isDiscarded || task.isMissed else { return }
    task.sent = noteOpening(on: lane)
    openFolders += 1
    if task.expected < 0 { unknownFoldersOpen += 1 }
    lane.folders[ObjectIdentifier(task)] = task
    let id = lane.client.openDirectory(remotePath(task.path))
    send(.openFolder(task), as: id, on: lane, now: now)
    guard let guess = lane.forecast.opening(id) else { return }
    task.guess = guess
    readFirst(task, guess, on: lane, now: now)
  }

  func folderOpened(_ task: FolderTask, _ handle: Handle, on lane: Lane, now: Double) {
    task.handle = handle
    if let guess = task.guess {
      task.guess = nil
      if guess == handle {
        task.guessed = []
        return
      }
      disown(task, on: lane)
    }
    readFirst(task, handle, on: lane, now: now)
  }

  private func readFirst(_ task: FolderTask, _ handle: Handle, on lane: Lane, now: Double) {
    // Known folders are asked for all their entries at once (OpenSSH answers 100 names each);
    // unknown ones for as many as a flight may waste when there are few folders.
    let wanted =
      task.expected >= 0
      ? min(task.expected / 100 + 2, 64) : max(2, min(8, 128 / max(1, openFolders)))
    for _ in 0..<wanted { readFolder(task, handle, on: lane, now: now) }
  }

  func readFolder(_ task: FolderTask, _ handle: Handle, on lane: Lane, now: Double) {
    task.outstanding += 1
    task.listingsOutstanding += 1
    let id = lane.client.readDirectory(handle)
    if task.guess != nil { task.guessed.append(id) }
    send(.listFolder(task), as: id, on: lane, now: now)
  }

  func namesArrived(_ task: FolderTask, _ entries: [NameEntry], on lane: Lane, now: Double) {
    task.outstanding -= 1
    task.listingsOutstanding -= 1
    if !budget.take(entries: entries.count), let limit = budget.reached {
      task.failure = task.failure ?? limitFailure(limit)
      return finishFolderIfDone(task, on: lane, now: now)
    }
    if entries.isEmpty {
      task.emptyReplies += 1
      if task.emptyReplies > 3 {
        task.failure = (.serverError, "the server sends empty listings without an end")
      }
    }
    var files: [HeldFile] = []
    var folders: [[UInt8]] = []
    task.hasEntries = task.hasEntries || !entries.isEmpty
    task.entries += entries.count
    listsDot = listsDot || entries.contains { $0.name == [0x2E] }
    for entry in entries {
      note(entry.name, entry.attributes, of: task, on: lane, now: now, &files, &folders)
    }
    report(files, folders, of: task)
    if task.entries > options.maximumEntriesPerFolder {
      task.failure = (
        .tooManyEntries, "more than \(options.maximumEntriesPerFolder) entries in one folder"
      )
    } else if let limit = budget.reached {
      task.failure = task.failure ?? limitFailure(limit)
    }
    if !task.sawEnd, task.failure == nil, let handle = task.handle {
      if mustPause(task) {
        pause(task, on: lane)
      } else {
        // Each full reply is followed by two requests until 32 are in flight: the depth doubles per
        // round trip for as long as the folder goes on.
        let more = entries.count >= 50 && task.listingsOutstanding < 31 ? 2 : 1
        for _ in 0..<more { readFolder(task, handle, on: lane, now: now) }
      }
    }
    finishFolderIfDone(task, on: lane, now: now)
  }

  private func note(
    _ name: [UInt8], _ attributes: FileAttributes, of task: FolderTask, on lane: Lane, now: Double,
    _ files: inout [HeldFile], _ folders: inout [[UInt8]]
  ) {
    switch ListingRules.classify(name) {
    case .dot: return
    case .invalid:
      task.invalidNames += 1
      return
    case .usable: break
    }
    statistics.serverTime.note(attributes.modificationTime, now: scanStart)
    statistics.serverTime.note(attributes.accessTime, now: scanStart)
    switch attributes.kind {
    case .directory:
      guard isNew(name, in: task) else { return }
      guard options.rules.isEntered(folder: name) else {
        statistics.foldersPassedOver += 1
        return
      }
      folders.append(name)
    case .regular:
      guard isNew(name, in: task) else { return }
      guard isListed(name) else {
        statistics.othersPassedOver += 1
        return
      }
      if attributes.size == nil || attributes.modificationTime == nil {
        askAttributes(name, of: task, on: lane, now: now)
      } else {
        files.append(HeldFile(name, attributes))
      }
    case .unknown:
      guard isNew(name, in: task) else { return }
      askAttributes(name, of: task, on: lane, now: now)
    case .symbolicLink:
      if isNew(name, in: task) { statistics.linksPassedOver += 1 }
    case .other:
      if isNew(name, in: task) { statistics.othersPassedOver += 1 }
    }
  }

  func isListed(_ name: [UInt8]) -> Bool {
    options.rules.isPhoto(name) || ListingRules.sidecar(name) != nil
  }

  private func askAttributes(
    _ name: [UInt8], of task: FolderTask, on lane: Lane, now: Double
  ) {
    task.outstanding += 1
    task.awaitingAttributes.insert(name)
    let path = PathBytes(remotePath(task.path)).appending(PathBytes(name)).bytes
    hold(WalkBudget.cost(question: name) + path.count, of: task)
    send(.entryAttributes(task, name), as: lane.client.linkAttributes(path), on: lane, now: now)
  }

  func entryAttributesArrived(
    _ task: FolderTask, _ name: [UInt8], _ attributes: FileAttributes, on lane: Lane, now: Double
  ) {
    task.outstanding -= 1
    task.awaitingAttributes.remove(name)
    let bytes = remotePath(task.path).count + 1 + name.count
    release(WalkBudget.cost(question: name) + bytes, of: task)
    switch attributes.kind {
    case .directory:
      if options.rules.isEntered(folder: name) {
        report([], [name], of: task)
      } else {
        statistics.foldersPassedOver += 1
      }
    case .regular, .unknown:
      if isListed(name) {
        report([HeldFile(name, attributes)], [], of: task)
      } else {
        statistics.othersPassedOver += 1
      }
    case .symbolicLink: statistics.linksPassedOver += 1
    case .other: statistics.othersPassedOver += 1
    }
    finishFolderIfDone(task, on: lane, now: now)
  }

  /// The server shows nothing of an entry that its listing only named.
  func entryAttributesFailed(
    _ task: FolderTask, _ name: [UInt8], _ status: Status, on lane: Lane, now: Double
  ) {
    // Gone since it was listed is a fact; anything else hides what may be a folder full of photos.
    // A photo's name is tried all the same: it may be readable.
    if status.code != .noSuchFile, !options.rules.isPhoto(name), task.failure == nil {
      let (reason, text) = Self.failure(status)
      task.failure = (reason, "\(PathBytes(name).text) may not be looked at: \(text)")
    }
    entryAttributesArrived(task, name, FileAttributes(), on: lane, now: now)
  }

  func openFolderFailed(_ task: FolderTask, _ status: Status, on lane: Lane, now: Double) {
    disown(task, on: lane)
    // A refusal beside other open handles may be the server's handle limit, not this folder.
    if status.code == .failure, !task.sent.isAlone, !isListingStopped {
      task.refusals += 1
      leave(task, lane)
      if refused(task.sent, times: task.refusals, on: lane) {
        folderQueue.append(.task(task))
      } else {
        isolatedFolders.append(task)
      }
      return
    }
    if task.refusals > 0 { raiseWindow(of: lane) }
    if task.path.isEmpty {
      // The end of the run, told once, as its error.
      failedRoot = rootError(status)
      leave(task, lane)
      return
    }
    task.failure = Self.failure(status)
    finishFolderIfDone(task, on: lane, now: now)
  }

  private func rootError(_ status: Status) -> SourceError {
    let place = String(decoding: root, as: UTF8.self)
    return switch status.code {
    case .noSuchFile: .rootMissing("there is no folder \(place) on \(label)")
    case .permissionDenied: .rootUnreadable("the folder \(place) on \(label) may not be listed")
    default: .rootFailed("\(label) cannot list \(place): \(status.message)")
    }
  }

  private static func failure(_ status: Status) -> (ListingFailure, String) {
    switch status.code {
    case .permissionDenied: (.permissionDenied, "permission denied")
    // 10: "no such path" of later versions, which some servers send all the same.
    case .noSuchFile, .other(10): (.vanished, "no longer there")
    default: (.serverError, status.message.isEmpty ? "\(status.code)" : status.message)
    }
  }

  func listingEnded(_ task: FolderTask, _ status: Status, on lane: Lane, now: Double) {
    task.outstanding -= 1
    task.listingsOutstanding -= 1
    if status.code == .endOfFile {
      task.sawEnd = true
      // OpenSSH leaves out what it may not look at: in a folder that may be read but not searched (mode
      // r--) that is every entry, "." included. Such an end is no proof that the folder is empty.
      if !task.hasEntries, listsDot || lane.channel.isOpenSSH, task.failure == nil {
        task.failure = (.permissionDenied, "its entries may not be looked at (mode without x)")
      }
    } else if !task.sawEnd, task.failure == nil {
      // After the end, some servers answer further requests with an error: no matter.
      task.failure = Self.failure(status)
    }
    finishFolderIfDone(task, on: lane, now: now)
  }

  func finishFolderIfDone(_ task: FolderTask, on lane: Lane, now: Double) {
    guard task.outstanding == 0, task.sawEnd || task.failure != nil, !task.isFinished else {
      return
    }
    if let handle = task.handle { close(handle, on: lane, now: now) }
    leave(task, lane)
    task.isFinished = true
    if task.failure == nil { lane.hasFinishedWork = true }
    if task.expected < 0, !task.hasPhotos {
      unknownFoldersAllowed = min(1_000, unknownFoldersAllowed + 2)
    }
    if task.invalidNames > 0 {
      visitor.note(
        "\(PathBytes(task.path).text): \(task.invalidNames) impossible names were passed over")
    }
    if task.isConfirmed {
      end(task)
    } else if task.isMissed {
      settle(task)
    } else if task.isDiscarded {
      forgetNames(of: task)
    }
  }

  func leave(_ task: FolderTask, _ lane: Lane) {
    if lane.folders.removeValue(forKey: ObjectIdentifier(task)) != nil { left(task) }
  }

  /// It is no longer open, whichever way it went.
  func left(_ task: FolderTask) {
    openFolders -= 1
    if task.expected < 0 { unknownFoldersOpen -= 1 }
  }
}

extension HeldFile {
  init(_ name: [UInt8], _ attributes: FileAttributes) {
    file = ListedFile(
      name: PathBytes(name), size: attributes.size.flatMap { Int64(exactly: $0) },
      mtime: attributes.modificationTime.map(Int64.init))
    accessTime = attributes.accessTime
    isSidecar = ListingRules.sidecar(name) != nil
  }
}
