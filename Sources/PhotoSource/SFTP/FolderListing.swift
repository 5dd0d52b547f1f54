import PhotoModel
import SFTP

/// The listing of one folder: events of the server in, requests out; sans I/O.
///
/// OPENDIR, several READDIRs in flight, an LSTAT for each entry whose kind, size or time the listing
/// does not tell, CLOSE. Where the handle is predicted, the first READDIRs travel with the OPENDIR.
struct FolderListing {
  enum State: Equatable {
    /// In a queue.
    case waiting
    case opening
    case listing(Handle)
    /// No READDIR is sent until there is room for what it brings.
    case paused(Handle)
    /// The listing's end was seen, or it failed; replies that are on their way are awaited.
    case ending(Handle?, sawEnd: Bool)
    case finished
  }

  /// Entries that an earlier run found; negative when not known.
  let expected: Int
  private(set) var state = State.waiting
  /// Why the listing is incomplete.
  private(set) var failure: Incomplete?
  /// A READDIR on its handle failed, and not for a reason of the folder's own.
  private(set) var lostItsHandle = false
  private(set) var hasPhotos = false
  private(set) var invalidNames = 0

  private var namesInFlight = 0
  /// Names reported only once their LSTAT is answered.
  private var questions: Set<[UInt8]> = []
  private var seen = SeenNames()
  private var entries = 0
  private var lastReplyEntries = 0
  private var emptyReplies = 0
  /// Any entry at all, "." among them.
  private var hasEntries = false
  /// The listing's end was seen where even an empty folder would have shown an entry.
  private var endHidesEntries = false
  /// Below the site's root.
  private let path: PathBytes
  private var pathLength: Int { path.bytes.count }

  init(path: PathBytes = .empty, expected: Int = -1) {
    self.path = path
    self.expected = expected
  }

  var isFinished: Bool { state == .finished }
  var isPaused: Bool { if case .paused = state { true } else { false } }
  /// Granted, and not closed.
  var openHandle: Handle? {
    switch state {
    case .listing(let handle), .paused(let handle), .ending(let handle?, _): handle
    default: nil
    }
  }
  /// A paused folder may go on: few of its LSTATs are under way.
  var hasFewQuestions: Bool { questions.count <= Self.questionsAtOnce / 2 }

  mutating func handle(_ event: Event, _ walk: ListingLedger) -> Step {
    var step = Step()
    switch event {
    case .sent(let isPredicted, let openFolders):
      state = .opening
      if isPredicted { ask(firstDepth(openFolders), &step) }
      return step
    case .opened(let handle, let isAsPredicted, let openFolders):
      opened(handle, isAsPredicted, openFolders, &step)
    case .refused(let status):
      // What was sent on a predicted handle is void.
      namesInFlight = 0
      failure = failure ?? Incomplete(status)
      if !isFinished { state = .ending(nil, sawEnd: false) }
    case .names(let names):
      received(names, walk, &step)
      return step
    case .reported(let isCrowded):
      goOn(isCrowded, walk, &step)
    case .resumed:
      guard case .paused(let handle) = state else { return step }
      state = .listing(handle)
      ask(8, &step)
    case .ended(let status, let hidesUnreadable):
      namesInFlight -= 1
      ended(status, hidesUnreadable, walk)
    case .attributes(let name, let attributes):
      answered(name, attributes, walk, &step)
      return step
    case .noAttributes(let name, let status):
      // Gone since it was listed is a fact; anything else hides what may be a folder full of photos.
      // A photo's name is tried all the same: it may be readable.
      if status.code != .noSuchFile, !walk.rules.isPhoto(name) {
        let reason = Incomplete(status)
        fail(
          Incomplete(
            reason.reason, "cannot get attributes of \(PathBytes(name).text): \(reason.detail)"))
      }
      answered(name, FileAttributes(), walk, &step)
      return step
    case .limitReached(let limit):
      fail(Incomplete(limit))
    }
    finishIfDone(&step)
    return step
  }

  // MARK: Asking

  private mutating func ask(_ count: Int, _ step: inout Step) {
    namesInFlight += count
    step.requests += Array(repeating: .names, count: count)
  }

  /// Known folders are asked for all their entries at once (OpenSSH answers 100 names each); unknown
  /// ones for as many as a flight may waste when there are few folders.
  private func firstDepth(_ openFolders: Int) -> Int {
    expected >= 0 ? min(expected / 100 + 2, 64) : max(2, min(8, 128 / max(1, openFolders)))
  }

  private mutating func opened(
    _ handle: Handle, _ isAsPredicted: Bool, _ openFolders: Int, _ step: inout Step
  ) {
    if !isAsPredicted { namesInFlight = 0 }
    switch state {
    case .opening:
      state = .listing(handle)
      if !isAsPredicted { ask(firstDepth(openFolders), &step) }
    // A limit of the walk was reached meanwhile.
    case .ending(nil, let sawEnd): state = .ending(handle, sawEnd: sawEnd)
    default: step.requests.append(.close(handle))
    }
  }

  /// After what a reply brought was reported: further requests, a pause, or the end.
  private mutating func goOn(_ isCrowded: Bool, _ walk: ListingLedger, _ step: inout Step) {
    if entries > walk.maximumEntries {
      failure = Incomplete(
        .tooManyEntries, "more than \(walk.maximumEntries) entries in one folder")
      fail(failure)
    } else if let limit = walk.budget.reached {
      fail(Incomplete(limit))
    }
    guard case .listing(let handle) = state else { return }
    if isCrowded || questions.count > Self.questionsAtOnce {
      if namesInFlight == 0 { state = .paused(handle) }
      return
    }
    // Each full reply is followed by two requests until 32 are in flight: the depth doubles per
    // round trip for as long as the folder goes on.
    ask(lastReplyEntries >= 50 && namesInFlight < 31 ? 2 : 1, &step)
  }

  // MARK: Entries

  private mutating func received(
    _ names: [NameEntry], _ walk: ListingLedger, _ step: inout Step
  ) {
    namesInFlight -= 1
    lastReplyEntries = names.count
    if !walk.budget.take(entries: names.count), let limit = walk.budget.reached {
      return fail(Incomplete(limit))
    }
    if names.isEmpty {
      emptyReplies += 1
      if emptyReplies > 3 {
        fail(Incomplete(.serverError, "the server sends empty listings without an end"))
      }
    }
    hasEntries = hasEntries || !names.isEmpty
    entries += names.count
    walk.listsDot = walk.listsDot || names.contains { $0.name == [0x2E] }
    for entry in names { note(entry.name, entry.attributes, walk, &step) }
    noteFiles(step.found)
  }

  private mutating func note(
    _ name: [UInt8], _ attributes: FileAttributes, _ walk: ListingLedger,
    _ step: inout Step
  ) {
    switch ListingRules.classify(name) {
    case .dot: return
    case .invalid:
      invalidNames += 1
      return
    case .usable: break
    }
    walk.noteTimes(of: attributes)
    guard seen.insert(name, &walk.budget, waitingJobs: walk.waitingJobs) else { return }
    let isIncomplete = attributes.size == nil || attributes.modificationTime == nil
    if attributes.kind == .unknown
      || attributes.kind == .regular && isIncomplete && walk.rules.isListed(name, in: path)
    {
      questions.insert(name)
      let cost = walk.cost(question: name, pathLength)
      seen.hold(cost, &walk.budget, waitingJobs: walk.waitingJobs)
      step.requests.append(.attributes(name))
      return
    }
    walk.sort(name, in: path, attributes, attributes.kind, into: &step.found)
  }

  private mutating func answered(
    _ name: [UInt8], _ attributes: FileAttributes, _ walk: ListingLedger,
    _ step: inout Step
  ) {
    questions.remove(name)
    seen.release(walk.cost(question: name, pathLength), &walk.budget)
    let kind = attributes.kind == .unknown ? .regular : attributes.kind
    walk.sort(name, in: path, attributes, kind, into: &step.found)
    noteFiles(step.found)
    finishIfDone(&step)
  }

  private mutating func noteFiles(_ found: Found) {
    if !hasPhotos { hasPhotos = found.files.contains { !$0.isSidecar } }
  }

  // MARK: Ends

  private mutating func ended(_ status: Status, _ hidesUnreadable: Bool, _ walk: ListingLedger) {
    let isEnd = status.code == .endOfFile
    if case .ending(let handle, let sawEnd) = state {
      // After the end, some servers answer further requests with an error: no matter.
      state = .ending(handle, sawEnd: sawEnd || isEnd)
    } else if isEnd {
      state = .ending(openHandle, sawEnd: true)
    } else {
      lostItsHandle = ![.noSuchFile, .permissionDenied].contains(status.code)
      return fail(Incomplete(status))
    }
    if isEnd { endHidesEntries = walk.listsDot || hidesUnreadable }
  }

  /// OpenSSH leaves out what it may not look at: in a folder that may be read but not searched (mode r--) that is every
  /// entry, "." included. Such an end is no proof that the folder is empty. Replies may come in any order: known once
  /// all have come.
  private mutating func judgeEmptiness() {
    guard endHidesEntries, !hasEntries else { return }
    failure =
      failure ?? Incomplete(.permissionDenied, "its entries cannot be read (mode without x)")
  }

  /// The first reason stays.
  private mutating func fail(_ reason: Incomplete?) {
    failure = failure ?? reason
    switch state {
    case .opening: state = .ending(nil, sawEnd: false)
    case .listing(let handle), .paused(let handle): state = .ending(handle, sawEnd: false)
    default: break
    }
  }

  private mutating func finishIfDone(_ step: inout Step) {
    guard case .ending(let handle, _) = state, namesInFlight == 0, questions.isEmpty else {
      return
    }
    judgeEmptiness()
    if let handle { step.requests.append(.close(handle)) }
    state = .finished
    step.isFinished = true
  }
}

// What happens to a folder while no reply of its own is awaited.
extension FolderListing {
  /// LSTATs of one folder under way at most before more of it is listed.
  static let questionsAtOnce = 1_000

  /// Ends a listing that is not under way.
  mutating func giveUp(_ reason: Incomplete) {
    failure = failure ?? reason
    state = .finished
  }

  /// No name is needed any more.
  mutating func forgetNames(_ budget: inout WalkBudget) { seen.forget(&budget) }

  /// Those of the names that the listing showed, in whatever case.
  func shown(_ names: [[UInt8]]) -> Set<[UInt8]> { seen.matches(names) }

  /// Its connection broke after the listing's end was seen: nothing but further ends was to come.
  /// - Returns: false when something else is missing.
  mutating func endsWithConnection() -> Bool {
    guard case .ending(_, sawEnd: true) = state, questions.isEmpty else { return false }
    judgeEmptiness()
    namesInFlight = 0
    state = .finished
    return true
  }

  /// Back to the state before the first request, for another try. Names already reported stay
  /// known, so that a second listing does not report them again.
  mutating func restart() {
    state = .waiting
    failure = nil
    lostItsHandle = false
    namesInFlight = 0
    emptyReplies = 0
    entries = 0
    hasEntries = false
    endHidesEntries = false
    seen.subtract(questions)
    questions = []
  }
}
