import PhotoModel
import SFTP
import Testing

@testable import PhotoSource

/// The listing of one folder without a server: events in, requests out.
@Suite struct FolderListingTests {
  typealias Event = FolderListing.Event
  typealias Request = FolderListing.Request

  static let handle = Handle([0, 0, 0, 7])
  static let end = Status(code: .endOfFile, message: "")

  static func ledger(_ change: (inout SourceOptions) -> Void = { _ in }) -> ListingLedger {
    var options = SourceOptions()
    change(&options)
    return ListingLedger(options, rootLength: 5, scanStart: 1_700_000_000)
  }

  static func entry(
    _ name: String, _ mode: UInt32? = 0o100644, size: UInt64? = 10, mtime: UInt32? = 1
  ) -> NameEntry {
    NameEntry(
      name: Array(name.utf8),
      attributes: FileAttributes(
        size: size, permissions: mode, accessTime: mtime, modificationTime: mtime))
  }

  static func photos(_ numbers: Range<Int>) -> [NameEntry] {
    numbers.map { entry("\($0).jpg") }
  }

  static func names(_ count: Int) -> [Request] { Array(repeating: .names, count: count) }

  /// Events, each with the requests that it must bring.
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    var expected = -1
    let steps: [(Event, [Request])]
    let state: FolderListing.State
    var reason: ListingFailure?
    var testDescription: String { what }

    init(
      _ what: String, expected: Int = -1, _ steps: [(Event, [Request])],
      _ state: FolderListing.State, _ reason: ListingFailure? = nil
    ) {
      self.what = what
      self.expected = expected
      self.steps = steps
      self.state = state
      self.reason = reason
    }
  }

  static let start: [(Event, [Request])] = [
    (.sent(isPredicted: false, openFolders: 100), []),
    (.opened(handle, isAsPredicted: false, openFolders: 100), names(2)),
  ]
  static let ended = Event.ended(end, hidesUnreadable: false)
  static let go = Event.reported(isCrowded: false)

  static let rows: [Row] = [
    Row(
      "the first requests travel with a predicted OPENDIR", expected: 250,
      [(.sent(isPredicted: true, openFolders: 1), names(4))], .opening),
    Row(
      "nothing travels with an OPENDIR whose handle is not predicted", expected: 250,
      [(.sent(isPredicted: false, openFolders: 1), [])], .opening),
    Row(
      "a right prediction asks for nothing again", expected: 250,
      [
        (.sent(isPredicted: true, openFolders: 1), names(4)),
        (.opened(handle, isAsPredicted: true, openFolders: 1), []),
      ], .listing(handle)),
    Row(
      "a wrong prediction asks for everything again", expected: 250,
      [
        (.sent(isPredicted: true, openFolders: 1), names(4)),
        (.opened(handle, isAsPredicted: false, openFolders: 1), names(4)),
      ], .listing(handle)),
    Row(
      "a single unknown folder is asked for eight replies",
      [
        (.sent(isPredicted: false, openFolders: 1), []),
        (.opened(handle, isAsPredicted: false, openFolders: 1), names(8)),
      ], .listing(handle)),
    Row(
      "a full reply is followed by two requests, a short one by one",
      start + [
        (.names(photos(0..<100)), []), (go, names(2)), (.names(photos(100..<110)), []),
        (go, names(1)),
      ], .listing(handle)),
    Row(
      "the handle is closed after the last reply",
      start + [
        (.names([entry(".", 0o040755), entry("a.jpg")]), []), (go, names(1)), (ended, []),
        (ended, [.close(handle)]),
      ], .finished),
    Row(
      "the handle is closed after the last answer to a question",
      start + [
        (
          .names([entry("a.jpg", size: nil), entry("b", nil), entry("c.txt", size: nil)]),
          [.attributes(Array("a.jpg".utf8)), .attributes([0x62])]
        ), (go, names(1)), (ended, []), (ended, []),
        (.attributes(name: [0x62], FileAttributes(permissions: 0o040755)), []),
        (.attributes(name: Array("a.jpg".utf8), FileAttributes(size: 1)), [.close(handle)]),
      ], .finished),
    Row(
      "an entry whose attributes are refused makes the listing incomplete",
      start + [
        (.names([entry("b", nil)]), [.attributes([0x62])]), (go, names(1)), (ended, []),
        (ended, []),
        (
          .noAttributes(name: [0x62], Status(code: .permissionDenied, message: "")),
          [.close(handle)]
        ),
      ], .finished, .permissionDenied),
    Row(
      "an entry that is gone by now is no failure",
      start + [
        (.names([entry("b", nil)]), [.attributes([0x62])]), (go, names(1)), (ended, []),
        (ended, []),
        (.noAttributes(name: [0x62], Status(code: .noSuchFile, message: "")), [.close(handle)]),
      ], .finished),
    Row(
      "a crowded walk pauses the listing once its replies are in",
      start + [
        (.names(photos(0..<100)), []), (.reported(isCrowded: true), []),
        (.names(photos(100..<200)), []), (.reported(isCrowded: true), []),
      ], .paused(handle)),
    Row(
      "a paused listing goes on with eight requests",
      start + [
        (.names(photos(0..<100)), []), (.reported(isCrowded: true), []),
        (.names(photos(100..<200)), []), (.reported(isCrowded: true), []),
        (.resumed, names(8)),
      ], .listing(handle)),
    Row(
      "a failed READDIR ends the listing",
      start + [
        (.ended(Status(code: .failure, message: "disk"), hidesUnreadable: false), []),
        (.ended(Status(code: .failure, message: "disk"), hidesUnreadable: false), [.close(handle)]),
      ], .finished, .serverError),
    Row(
      "an error after the end is of no interest",
      start + [
        (.names(photos(0..<1)), []), (go, names(1)), (ended, []),
        (
          .ended(Status(code: .badMessage, message: ""), hidesUnreadable: false),
          [.close(handle)]
        ),
      ], .finished),
    Row(
      "a refused OPENDIR has nothing to close", expected: 10,
      [
        (.sent(isPredicted: true, openFolders: 1), names(2)),
        (.refused(Status(code: .noSuchFile, message: "")), []),
      ], .finished, .vanished),
    Row(
      "a listing that a limit ends before its handle came closes it later",
      [
        (.sent(isPredicted: false, openFolders: 1), []),
        (.limitReached(.folders(3)), []),
        (.opened(handle, isAsPredicted: false, openFolders: 1), [.close(handle)]),
      ], .finished, .siteLimit),
    Row(
      "a limit waits for what was asked on a predicted handle", expected: 10,
      [
        (.sent(isPredicted: true, openFolders: 1), names(2)),
        (.limitReached(.folders(3)), []),
        (.opened(handle, isAsPredicted: true, openFolders: 1), []),
        (.names(photos(0..<2)), []), (go, []), (ended, [.close(handle)]),
      ], .finished, .siteLimit),
    Row(
      "a limit with a wrong prediction closes at once", expected: 10,
      [
        (.sent(isPredicted: true, openFolders: 1), names(2)),
        (.limitReached(.folders(3)), []),
        (.opened(handle, isAsPredicted: false, openFolders: 1), [.close(handle)]),
      ], .finished, .siteLimit),
    Row(
      "empty replies without an end are given up",
      start + [
        (.names([]), []), (go, names(1)), (.names([]), []), (go, names(1)), (.names([]), []),
        (go, names(1)), (.names([]), []), (go, []), (ended, [.close(handle)]),
      ], .finished, .serverError),
    Row(
      "a server that hides what it cannot read has shown nothing",
      start + [
        (.ended(end, hidesUnreadable: true), []),
        (.ended(end, hidesUnreadable: true), [.close(handle)]),
      ], .finished, .permissionDenied),
    Row(
      "names may come behind the end",
      start + [
        (.ended(end, hidesUnreadable: true), []), (.names([entry("a.jpg")]), []),
        (go, [.close(handle)]),
      ], .finished),
    Row(
      "any other server has shown an empty folder",
      start + [(ended, []), (ended, [.close(handle)])],
      .finished),
  ]

  @Test(arguments: rows) func answersEventsWithRequests(_ row: Row) {
    let ledger = Self.ledger()
    var listing = FolderListing(path: PathBytes(text: "dir"), expected: row.expected)
    for (number, (event, wanted)) in row.steps.enumerated() {
      let step = listing.handle(event, ledger)
      #expect(step.requests == wanted, "step \(number)")
      let isLast = number == row.steps.count - 1
      if !isLast, case .limitReached = event { continue }
      #expect(step.isFinished == (isLast && row.state == .finished && !isLate(row)))
    }
    #expect(listing.state == row.state)
    #expect(listing.failure?.reason == row.reason)
  }

  /// Finished before its last event.
  private func isLate(_ row: Row) -> Bool { row.what.hasSuffix("closes it later") }

  @Test func reportsEachNameOnceAndCountsTheRest() {
    let ledger = Self.ledger()
    var listing = FolderListing()
    _ = listing.handle(.sent(isPredicted: false, openFolders: 1), ledger)
    _ = listing.handle(
      .opened(Self.handle, isAsPredicted: false, openFolders: 1), ledger)
    let entries = [
      Self.entry(".", 0o040755), Self.entry("..", 0o040755), Self.entry("a/b.jpg"),
      Self.entry("a.jpg"), Self.entry("a.jpg"), Self.entry("a.xmp"), Self.entry("a.txt"),
      Self.entry("d", 0o040755), Self.entry("@eaDir", 0o040755), Self.entry("l.jpg", 0o120777),
      Self.entry("f.jpg", 0o010644),
    ]
    let step = listing.handle(.names(entries), ledger)
    #expect(step.found.files.map(\.file.name.text) == ["a.jpg", "a.xmp"])
    #expect(step.found.files.map(\.isSidecar) == [false, true])
    #expect(step.found.folders == [[0x64]])
    #expect(listing.invalidNames == 1 && listing.hasPhotos)
    #expect(
      ledger.statistics.skipped.links == 1 && ledger.statistics.skipped.others == ["txt": 1]
        && ledger.statistics.skipped.special == 1
        && ledger.statistics.skipped.folders == ["thumbnails": 1])
  }

  @Test func anEntryLimitOfTheFolderEndsIt() {
    let ledger = Self.ledger { $0.maximumEntriesPerFolder = 150 }
    var listing = FolderListing()
    _ = listing.handle(.sent(isPredicted: false, openFolders: 100), ledger)
    _ = listing.handle(
      .opened(Self.handle, isAsPredicted: false, openFolders: 100), ledger)
    _ = listing.handle(.names(Self.photos(0..<100)), ledger)
    let more = listing.handle(Self.go, ledger)
    #expect(more.requests == Self.names(2))
    _ = listing.handle(.names(Self.photos(100..<200)), ledger)
    let none = listing.handle(Self.go, ledger)
    #expect(none.requests.isEmpty)
    #expect(listing.failure?.reason == .tooManyEntries && !listing.isFinished)
  }

  /// A server with a folder of any content that answers in any order, and a connection that may break.
  @Test(arguments: 0..<200) func showsEveryEntryOnceWhateverTheOrder(seed: Int) {
    var random = SplitMix(UInt64(seed))
    var model = FolderModel(&random)
    let ledger = Self.ledger()
    var listing = FolderListing(path: PathBytes(text: "d"), expected: random.below(2) * 300 - 1)
    var found: [[UInt8]] = []
    var breaks = random.below(3)
    while true {
      model.restart()
      var step = listing.handle(
        .sent(isPredicted: model.isPredicted, openFolders: 1 + random.below(50)), ledger)
      model.take(step.requests)
      var isBroken = false
      var rounds = 0
      while !listing.isFinished, !isBroken {
        rounds += 1
        guard rounds < 10_000, let event = model.next(listing, &random) else {
          Issue.record("the listing waits for nothing: \(listing.state)")
          return
        }
        step = listing.handle(event, ledger)
        model.take(step.requests)
        found += step.found.files.map(\.file.name.bytes) + step.found.folders
        if case .names = event {
          step = listing.handle(.reported(isCrowded: random.below(4) == 0), ledger)
          model.take(step.requests)
        }
        if breaks > 0, random.below(20) == 0 { isBroken = true }
      }
      guard isBroken, !listing.isFinished else { break }
      breaks -= 1
      listing.restart()
    }
    #expect(listing.failure == nil)
    #expect(found.count == Set(found).count, "reported twice")
    #expect(Set(found) == model.visible)
    #expect(model.closes == 1 && model.isIdle, "closed before the last reply, or not at all")
    // What the names take of the walk's budget is given back.
    listing.forgetNames(&ledger.budget)
    #expect(ledger.budget.heldBytes == 0)
  }
}

/// A folder on a server that answers READDIRs in order, and LSTATs in any order beside them.
private struct FolderModel {
  private let entries: [NameEntry]
  private let portion: Int
  let isPredicted: Bool
  private var isPredictionRight: Bool
  private var shown = 0
  private var isOpen = false
  private var listsPending = 0
  private var questions: [[UInt8]] = []
  private(set) var closes = 0

  init(_ random: inout SplitMix) {
    portion = 1 + random.below(120)
    isPredicted = random.below(2) == 0
    isPredictionRight = random.below(2) == 0
    var entries = [FolderListingTests.entry(".", 0o040755)]
    for number in 0..<random.below(400) {
      switch random.below(6) {
      case 0: entries.append(FolderListingTests.entry("\(number)", 0o040755))
      case 1: entries.append(FolderListingTests.entry("\(number).txt"))
      case 2: entries.append(FolderListingTests.entry("\(number).jpg", nil))
      case 3: entries.append(FolderListingTests.entry("\(number).jpg", size: nil))
      default: entries.append(FolderListingTests.entry("\(number).jpg"))
      }
    }
    self.entries = entries
  }

  var visible: Set<[UInt8]> {
    Set(entries.map(\.name).filter { $0 != [0x2E] && !$0.elementsEqual([]) })
      .filter { !$0.suffix(4).elementsEqual(Array(".txt".utf8)) }
  }

  var isIdle: Bool { listsPending == 0 && questions.isEmpty }

  /// Another connection.
  mutating func restart() {
    shown = 0
    isOpen = false
    listsPending = 0
    questions = []
    closes = 0
  }

  mutating func take(_ requests: [FolderListing.Request]) {
    for request in requests {
      switch request {
      case .names: listsPending += 1
      case .attributes(let name): questions.append(name)
      case .close: closes += isIdle ? 1 : 100
      }
    }
  }

  mutating func next(
    _ listing: FolderListing, _ random: inout SplitMix
  ) -> FolderListing.Event? {
    if !isOpen {
      isOpen = true
      let isRight = isPredicted && isPredictionRight
      if !isRight { listsPending = 0 }
      return .opened(
        FolderListingTests.handle, isAsPredicted: isRight, openFolders: 1 + random.below(50))
    }
    if !questions.isEmpty, listsPending == 0 || random.below(3) == 0 {
      let name = questions.remove(at: random.below(questions.count))
      return .attributes(
        name: name, FileAttributes(size: 3, permissions: 0o100644, modificationTime: 2))
    }
    if listsPending > 0 {
      listsPending -= 1
      let part = entries[shown..<min(entries.count, shown + portion)]
      shown += part.count
      return part.isEmpty ? FolderListingTests.ended : .names(Array(part))
    }
    return listing.isPaused ? .resumed : nil
  }
}
