import PhotoModel
import SFTP

/// One folder of a walk, from the queue to its last report: its listing, and what its parent's listing
/// says about it.
final class WalkedFolder {
  /// Who vouches for the folder.
  enum Standing {
    /// Its parent's listing, or it is the root.
    case confirmed
    /// Only an earlier run: what it lists waits until its parent's listing shows it as a folder.
    case known
    /// Its parent's listing ended without it: nothing of it is reported.
    case discarded
    /// Discarded, and what its own OPENDIR says decides whether it is gone.
    case missed
  }

  /// What a broken connection means for a folder that was open on it.
  enum AfterLoss: Equatable {
    case listAgain
    case probeAgain
    /// The listing is over.
    case finished
    /// So are the questions about what it did not show.
    case proved
    /// Nobody wants it any more.
    case dropped
  }

  /// So often a folder may break its connection.
  private static let mostAttempts = 3

  let path: [UInt8]
  let depth: Int
  private(set) var standing: Standing
  private(set) var listing: FolderListing
  private(set) var opening = Opening()
  /// Times the server refused to open or to list it while others were open.
  private(set) var refusals = Refusals()
  private var isIsolated = false
  /// Times its connection broke.
  private var attempts = 0
  private var proof = ListingProof()
  /// Listed while only an earlier run vouched for it.
  private var unreported = FolderListing.Found()

  init(path: [UInt8], depth: Int, isConfirmed: Bool, expected: Int = -1) {
    self.path = path
    self.depth = depth
    listing = FolderListing(path: PathBytes(path), expected: expected)
    standing = isConfirmed ? .confirmed : .known
  }

  /// No earlier run knows how many entries it has.
  var isUnknown: Bool { listing.expected < 0 }
  var failure: FolderListing.Incomplete? { listing.failure }
  var isDiscarded: Bool { standing == .discarded || standing == .missed }
  /// Neither open nor to be opened on behalf of anybody.
  var isAbandoned: Bool { standing == .discarded }

  /// OPENDIR was sent.
  func sent(
    _ opening: Opening, isPredicted: Bool, openFolders: Int, _ walk: ListingLedger
  ) -> FolderListing.Step {
    self.opening = opening
    return listing.handle(.sent(isPredicted: isPredicted, openFolders: openFolders), walk)
  }

  /// What is found is held back while only an earlier run vouches for the folder.
  func handle(
    _ event: FolderListing.Event, _ walk: ListingLedger
  ) -> FolderListing.Step {
    var step = listing.handle(event, walk)
    if standing == .confirmed { return step }
    if standing == .known { unreported.append(step.found) }
    step.found = FolderListing.Found()
    return step
  }

  // MARK: What its parent's listing says

  /// It shows the folder.
  /// - Returns: what was found before.
  func confirm() -> FolderListing.Found {
    standing = .confirmed
    defer { unreported = FolderListing.Found() }
    return unreported
  }

  /// It is over, and did not show the folder.
  func discard() {
    standing = .discarded
    unreported = FolderListing.Found()
  }

  /// It did not show anything of that name: the folder's own OPENDIR decides.
  func miss() { standing = .missed }

  // MARK: Ends

  /// The server granted a handle and then failed to list it. Beside other handles that may be its hidden limit, and not
  /// this folder.
  var isListedAgain: Bool { listing.lostItsHandle && !isIsolated && !isAbandoned }

  /// It is opened while nothing else is. One that was merely the first may have been listed beside others.
  func isolate() { isIsolated = true }

  /// The server refused to open or to list it while others were open.
  func refusedBesideOthers() {
    refusals.note(opening)
    listing.restart()
  }

  /// It is not open, and is not opened any more.
  func giveUp(_ limit: WalkLimit) { listing.giveUp(FolderListing.Incomplete(limit)) }

  func forgetNames(_ budget: inout WalkBudget) { listing.forgetNames(&budget) }

  // MARK: What the listing did not show

  var probes: [[UInt8]] { proof.names }

  /// Those of the names that the listing showed, in whatever case.
  func shown(_ names: [[UInt8]]) -> Set<[UInt8]> { listing.shown(names) }

  /// The listing seems complete, and there are photos of an earlier run to be asked for. Once.
  func needsProbes(of known: () -> [[UInt8]]) -> Bool {
    failure == nil && proof.isNeeded(of: known, shown: listing.shown)
  }

  /// The LSTATs of ``probes`` were sent.
  func probing(_ opening: Opening) {
    self.opening = opening
    proof.sent()
  }

  /// - Returns: true after the last one.
  func probeAnswered(isGone: Bool) -> Bool {
    if !isGone {
      listing.giveUp(.init(.serverError, "the listing left out files that are there"))
    }
    return proof.answered()
  }

  /// - Parameters:
  ///   - isSuspect: it may be what breaks connections.
  ///   - repeatsEnd: after the end of a folder the server sends nothing but further ends.
  func connectionLost(
    isSuspect: Bool, repeatsEnd: Bool, _ budget: inout WalkBudget
  ) -> AfterLoss {
    if proof.isAsking { return probesLost() }
    if isAbandoned {
      forgetNames(&budget)
      return .dropped
    }
    if repeatsEnd, listing.endsWithConnection() { return .finished }
    if isSuspect { attempts += 1 }
    if standing != .confirmed {
      forgetNames(&budget)
      unreported = FolderListing.Found()
    }
    listing.restart()
    guard attempts > Self.mostAttempts else { return .listAgain }
    listing.giveUp(broken)
    return .finished
  }

  private func probesLost() -> AfterLoss {
    attempts += 1
    if attempts > Self.mostAttempts { listing.giveUp(broken) }
    guard failure == nil else {
      proof.abandon()
      return .proved
    }
    proof.lost()
    return .probeAgain
  }

  private var broken: FolderListing.Incomplete {
    FolderListing.Incomplete(.transport, "the connection broke \(attempts) times on it")
  }
}
