import SFTP
import SSHTransport

/// One connection of the pool: its stream, its protocol state and what it is asked to do.
/// Used by the engine's thread only.
final class Lane {
  enum State { case connecting, ready, dead }

  /// What a request was for; found again by the reply's id.
  enum Operation {
    case limits
    case openFolder(FolderTask)
    case listFolder(FolderTask)
    case entryAttributes(FolderTask, [UInt8])
    case probe(FolderTask)
    case openFile(FileTask)
    case readFile(FileTask, part: Int, offset: Int64, length: Int)
    case fileAttributes(FileTask)
    case close
    /// Sent on a foretold handle that the server then did not give: it must fail.
    case void
  }

  /// What a file's or folder's opening was sent beside. Its refusal comes a round trip later, when the
  /// others may be closed again.
  struct Opening {
    /// Counted over all connections.
    var number = 0
    /// Handles open or being opened on the same connection.
    var beside = 0
    /// No other handle on any connection.
    var isAlone = true
  }

  let number: Int
  let channel: any ByteChannel
  var client = SFTPClient()
  var state = State.connecting
  var operations: [UInt32: (operation: Operation, sentAt: Double)] = [:]
  var startedAt: Double
  var lastProgress: Double
  /// When the stream opened and the first request went out.
  var startedAtReady: Double
  /// Files open or being opened.
  var fileTasks: [ObjectIdentifier: FileTask] = [:]
  var folders: [ObjectIdentifier: FolderTask] = [:]
  /// How many handles may be open or being opened at once.
  var window: Int
  var windowCap: Int
  /// Both before the first refusal of an opening lowered them.
  var unlowered: (Int, Int)?
  var maximumRead = SFTPClient.safeReadLength
  var knowsLimits = false
  var attributesUnsupported = false
  /// A file or folder came to its end here.
  var hasFinishedWork = false
  var forecast = HandleForecast(isOn: false)

  init(number: Int, channel: any ByteChannel, window: Int, cap: Int, now: Double) {
    self.number = number
    self.channel = channel
    self.window = window
    self.windowCap = cap
    self.startedAt = now
    self.startedAtReady = now
    self.lastProgress = now
  }

  var handlesInUse: Int { fileTasks.count + folders.count }
  var hasRoom: Bool { state == .ready && handlesInUse < window }
  var isIdle: Bool { operations.isEmpty }
}

/// A folder being listed.
final class FolderTask {
  let path: [UInt8]
  let depth: Int
  /// Times its connection broke.
  var attempts = 0
  /// Times the server refused to open it while others were open.
  var refusals = 0
  var sent = Lane.Opening()
  /// False while only an earlier run vouches for it: what it lists waits until its parent's
  /// listing shows it as a folder.
  var isConfirmed: Bool
  var expected: Int
  var handle: Handle?
  /// Foretold, not yet granted, and the requests already sent on it.
  var guess: Handle?
  var guessed: [RequestID] = []
  /// READDIR and LSTAT requests in flight.
  var outstanding = 0
  var listingsOutstanding = 0
  var sawEnd = false
  var failure: (ListingFailure, String)?
  var seen: Set<[UInt8]> = []
  /// What its names take of the walk's budget.
  var held = 0
  /// No READDIR is sent until there is room for what it brings.
  var isPaused = false
  var entries = 0
  var emptyReplies = 0
  var invalidNames = 0
  /// Any entry at all, "." among them.
  var hasEntries = false
  var hasPhotos = false
  /// Listed while unconfirmed.
  var heldFiles: [HeldFile] = []
  var heldFolders: [[UInt8]] = []
  /// Names reported only once their LSTAT is answered.
  var awaitingAttributes: Set<[UInt8]> = []
  var isFinished = false
  /// Its parent's listing ended without it.
  var isDiscarded = false
  /// Discarded, and what its own OPENDIR says decides whether it is gone.
  var isMissed = false
  /// Listed to its end; these photos of the earlier run were not shown, and are asked for.
  var isProbed = false
  var probes: [[UInt8]] = []

  init(path: [UInt8], depth: Int, isConfirmed: Bool, expected: Int) {
    self.path = path
    self.depth = depth
    self.isConfirmed = isConfirmed
    self.expected = expected
  }

  /// Back to the state before the first request, for another try. Names already reported stay
  /// known, so that a second listing does not report them again.
  func restart() {
    handle = nil
    guess = nil
    guessed = []
    outstanding = 0
    listingsOutstanding = 0
    sawEnd = false
    isPaused = false
    failure = nil
    emptyReplies = 0
    entries = 0
    hasEntries = false
    seen.subtract(awaitingAttributes)
    awaitingAttributes = []
    if !isConfirmed {
      seen = []
      heldFiles = []
      heldFolders = []
    }
  }
}
