import PhotoModel
import SFTP

// What goes into a FolderListing and comes out of it.
extension FolderListing {
  enum Event {
    /// OPENDIR was sent, and its handle may be predicted.
    case sent(isPredicted: Bool, openFolders: Int)
    case opened(Handle, isAsPredicted: Bool, openFolders: Int)
    /// The answer to OPENDIR.
    case refused(Status)
    case names([NameEntry])
    /// What a reply brought was reported; `isCrowded`: too much waits to be read, so pause.
    case reported(isCrowded: Bool)
    /// There is room again.
    case resumed
    /// A READDIR has no names: the end of the folder, or a failure.
    /// - Parameter hidesUnreadable: the server leaves out entries that it cannot look at.
    case ended(Status, hidesUnreadable: Bool)
    case attributes(name: [UInt8], FileAttributes)
    case noAttributes(name: [UInt8], Status)
    /// A limit of the whole walk.
    case limitReached(WalkLimit)
  }

  enum Request: Equatable {
    case names
    /// LSTAT of an entry.
    case attributes([UInt8])
    case close(Handle)
  }

  struct Found: Equatable {
    var files: [HeldFile] = []
    var folders: [[UInt8]] = []
    var isEmpty: Bool { files.isEmpty && folders.isEmpty }

    mutating func append(_ other: Found) {
      files += other.files
      folders += other.folders
    }
  }

  struct Step: Equatable {
    var requests: [Request] = []
    /// To be reported before the next event.
    var found = Found()
    /// The listing is over; ``FolderListing/failure`` says whether it is complete.
    var isFinished = false
  }

  /// Why a listing is not complete.
  struct Incomplete: Equatable {
    var reason: ListingFailure
    var detail: String

    init(_ reason: ListingFailure, _ detail: String) {
      self.reason = reason
      self.detail = detail
    }

    init(_ limit: WalkLimit) { self.init(.siteLimit, limit.text) }

    init(_ status: Status) {
      switch status.code {
      case .permissionDenied: self.init(.permissionDenied, "permission denied")
      // 10: "no such path" of later versions, which some servers send all the same.
      case .noSuchFile, .other(10): self.init(.vanished, "no longer there")
      default:
        self.init(.serverError, status.message.isEmpty ? "\(status.code)" : status.message)
      }
    }

    var outcome: ListingOutcome { .incomplete(reason, detail: detail) }
  }
}

/// What all folders of one walk share.
final class ListingLedger {
  let rules: ListingRules
  let maximumEntries: Int
  /// Own clock at the start, seconds since 1970 UTC.
  let scanStart: Int64
  /// Bytes of the root's path on the server.
  let rootLength: Int
  var budget: WalkBudget
  var statistics = SourceStatistics()
  /// The server's listings contain ".", so that even an empty folder has an entry.
  var listsDot = false
  /// Photos that wait to be read; they take memory, too.
  var waitingJobs = 0

  init(_ options: SourceOptions, rootLength: Int, scanStart: Int64) {
    rules = options.rules
    maximumEntries = options.maximumEntriesPerFolder
    self.scanStart = scanStart
    self.rootLength = rootLength
    budget = WalkBudget(options.limits)
  }

  func noteTimes(of attributes: FileAttributes) {
    statistics.serverTime.note(attributes.modificationTime, now: scanStart)
    statistics.serverTime.note(attributes.accessTime, now: scanStart)
  }

  /// Files and folders that count go to `found`, all others are counted.
  func sort(
    _ name: [UInt8], in folder: PathBytes, _ attributes: FileAttributes,
    _ kind: FileAttributes.Kind, into found: inout FolderListing.Found
  ) {
    switch kind {
    case .directory:
      if rules.isEntered(folder: name, in: folder) {
        found.folders.append(name)
      } else {
        rules.skip(folder: name, in: folder, &statistics.skipped)
      }
    case .regular:
      if rules.isListed(name, in: folder) {
        found.files.append(HeldFile(name, attributes))
      } else {
        rules.skip(file: name, in: folder, &statistics.skipped)
      }
    case .symbolicLink: statistics.skipped.links += 1
    case .other, .unknown: statistics.skipped.special += 1
    }
  }

  /// What an LSTAT on its way takes of the budget.
  func cost(question name: [UInt8], _ pathLength: Int) -> Int {
    WalkBudget.cost(question: name) + rootLength + pathLength + name.count + 2
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
