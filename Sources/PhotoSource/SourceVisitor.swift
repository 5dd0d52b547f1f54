package import PhotoModel

/// Who walks a tree with a source: told what is listed, asked what to read, given the bytes.
///
/// All calls come from the thread that called the source's `run`, one at a time. A folder's files
/// are reported once each, in one or more parts, before the folder's end; reading overlaps with
/// listing, in any order.
package protocol SourceVisitor: AnyObject {
  /// Folders seen in an earlier run; opened in the first flight, reported only if they are still
  /// in their parent's listing.
  var knownFolders: [KnownFolderHint] { get }
  /// Checked several times a second; true ends the run early.
  var isCancelled: Bool { get }
  /// Comes several times a second, also while nothing arrives: for displays.
  func beat()
  /// Some files of a folder. Returns the indices of those to be read.
  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int]
  /// Files of a folder that stand beside photos (`ListingRules.sidecar(_:)`); none is read unless
  /// ``wantedAtEnd(of:_:)`` asks for it.
  func didListSidecars(_ files: [ListedFile], in folder: PathBytes)
  /// All names of the folder have been told: what else of it is to be read. Right before
  /// ``didFinishListing(_:_:)``.
  func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile]
  /// Photos (and files beside them) that an earlier run found in a folder and that no `didList` named: asked when its listing
  /// is over, so that some of them can be looked for. A listing that leaves out what is there is no
  /// complete one.
  func unseen(in folder: PathBytes) -> [PathBytes]
  /// The folder's last call.
  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome)
  /// A known folder is proved gone: its parent was listed to the end without it (or is gone
  /// itself). No other call names this folder.
  func didVanish(_ folder: PathBytes)
  /// A reader for a file that is about to be opened.
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader
  /// The end of a file that `didList` asked for; exactly once for each, except after a
  /// cancellation or an error that ends the run.
  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome)
  /// Something a person may want to know (a retry, a smaller pool, a strange name).
  func note(_ text: String)
  /// A limit of the whole walk (``WalkLimits``) ends the listing; `unlisted` folders waited. What was listed
  /// is still read.
  func didReach(_ limit: WalkLimit, unlisted: Int)
}

extension SourceVisitor {
  package func didReach(_ limit: WalkLimit, unlisted: Int) { note(limit.note(unlisted: unlisted)) }
}

extension SourceVisitor {
  package func beat() {}
  package func didListSidecars(_ files: [ListedFile], in folder: PathBytes) {}
  package func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile] { [] }
}

extension SourceVisitor {
  package func unseen(in folder: PathBytes) -> [PathBytes] { [] }
}

/// A folder from an earlier run.
package struct KnownFolderHint: Sendable {
  package var path: PathBytes
  /// Entries it had, negative when not known; how deep to pipeline its listing.
  package var entries: Int
  package init(path: PathBytes, entries: Int) {
    self.path = path
    self.entries = entries
  }
}

/// Decides which bytes of one file are needed, and takes them.
package protocol FileReader: AnyObject {
  /// Ranges wanted next, all at once; empty when the reader has what it needs. Called again after
  /// all ranges have been answered.
  func nextRanges() -> [Range<Int64>]
  /// The answer to one range: fewer bytes than asked mean that the file ends there.
  func receive(_ range: Range<Int64>, _ bytes: [UInt8])
}

package enum FileOutcome {
  /// The reader has all it asked for; `file` carries the size and time at the end of reading.
  case read(any FileReader)
  case failed(Failure, detail: String)
}

package enum ListingOutcome: Sendable, Equatable {
  /// Listed to the server's own end-of-folder.
  case complete
  case incomplete(ListingFailure, detail: String)
}

package enum ListingFailure: String, Sendable {
  case permissionDenied = "permission-denied"
  case vanished
  case tooManyEntries = "too-many-entries"
  case tooDeep = "too-deep"
  /// A limit of the whole walk (``WalkLimits``).
  case siteLimit = "site-limit"
  case serverError = "server-error"
  case transport
  case cancelled
}

/// Why a run could not start or could not go on; what was reported before stays true.
package enum SourceError: Error, Sendable, Equatable {
  /// The root is not there (or is no folder).
  case rootMissing(String)
  case rootUnreadable(String)
  /// The root exists and its listing failed.
  case rootFailed(String)
  /// The server does not speak SFTP as specified.
  case protocolViolation(String, advice: String)
  /// No reply in time, or every reconnection failed.
  case gaveUp(String, advice: String)
}

package struct SourceOptions: Sendable {
  /// Connections at most, 1…16.
  package var connections = 4
  /// Files in flight over all connections at most; nil: found out from the server.
  package var inFlight: Int?
  /// Seconds to wait for any reply.
  package var timeout: Double = 30
  /// Seconds for the network to make a connection; `timeout` if that is shorter.
  package var connectTimeout: Double = 15
  /// Seconds without one reply on any connection until the run gives up.
  package var giveUpAfter: Double = 120
  /// How long one connection's rate is measured before another may join, seconds.
  package var measuringPeriod = 0.25
  package var maximumEntriesPerFolder = 1_000_000
  package var maximumDepth = 64
  /// Over all folders.
  package var limits = WalkLimits()
  package var rules = ListingRules()
  package init() {}
}

/// What a run has cost so far.
/// What is known of the server's clock, seconds since 1970 UTC. SFTP v3 has no request for it, but
/// the times of files tell: no file can have been written after "now".
package struct ServerTime: Sendable, Equatable {
  /// The clock itself, seen when reading a file moved its access time; nil when none did
  /// (`noatime`).
  package var clock: Int64?
  /// The newest time of any entry seen, not later than the own clock allows: the server's clock
  /// has passed it, unless somebody dated a file into the future.
  package var newest: Int64?

  package init(clock: Int64? = nil, newest: Int64? = nil) {
    self.clock = clock
    self.newest = newest
  }

  mutating func note(_ time: UInt32?, now: Int64) {
    guard let time, Int64(time) <= now else { return }
    newest = max(newest ?? .min, Int64(time))
  }
}

package struct SourceStatistics: Sendable, Equatable {
  /// OPEN requests for files that the server granted.
  package var filesOpened = 0
  /// READ requests sent.
  package var dataRequests = 0
  /// Bytes of the SFTP protocol, before SSH framing and compression.
  package var bytesReceived = 0
  package var bytesSent = 0
  /// Connections that carried work.
  package var connections = 0
  /// The shortest request-to-reply time seen, milliseconds; nil before the first reply.
  package var roundTripMilliseconds: Double?
  /// Files requeued after a broken connection or a refused open.
  package var retries = 0
  /// Symbolic links, which are never followed: they may lead out of the site, or in circles.
  package var linksPassedOver = 0
  /// Files that are no photos by their names, and what is neither file, folder nor link.
  package var othersPassedOver = 0
  /// Files that stand beside photos (`ListingRules.sidecar(_:)`), whether or not they belong to one.
  package var sidecarsListed = 0
  /// Thumbnail folders and recycle bins, which are never entered.
  package var foldersPassedOver = 0
  /// Folders that waited when a limit of the walk was reached, and were not listed.
  package var foldersUnlisted = 0
  /// The server's clock, as far as it showed it.
  package var serverTime = ServerTime()

  package init() {}
}
