package import PhotoModel
import SSHTransport

/// Walks a tree with a source: is told what is listed, says what to read, and is given the bytes.
///
/// All calls come from the thread that called the source's `run`, one at a time. For each folder, in this
/// order: ``didList(_:in:)`` and ``didListSidecars(_:in:)``, any number of times, with each file once;
/// ``unseen(in:)``; ``wantedAtEnd(of:_:)``; ``didFinishListing(_:_:)``, once. Folders overlap.
///
/// Reading overlaps with listing. The end of a file, ``didRead(_:in:_:)``, comes at any time after it was
/// asked for: before its folder's ``didFinishListing(_:_:)``, or after it, as most files do.
package protocol SourceVisitor: AnyObject {
  /// Folders of an earlier run. They are opened in the first flight, and reported only if their parent's
  /// listing still shows them.
  var knownFolders: [KnownFolderHint] { get }
  /// Checked several times a second; true ends the run early.
  var isCancelled: Bool { get }
  /// Comes several times a second, also while nothing arrives: for displays.
  func beat()
  /// Some files of a folder, photos by their names. Returns the indices of those to be read.
  func didList(_ files: [ListedFile], in folder: PathBytes) -> [Int]
  /// Sidecar files of a folder (`ListingRules.sidecar(_:)`); none is read unless
  /// ``wantedAtEnd(of:_:)`` asks for it.
  func didListSidecars(_ files: [ListedFile], in folder: PathBytes)
  /// Photos and sidecars that an earlier run found in a folder and no call of this run named. The source
  /// may look for them by name: a listing that leaves out what is there is not complete.
  func unseen(in folder: PathBytes) -> [PathBytes]
  /// All names of the folder have been reported: what else of it is to be read. Right before
  /// ``didFinishListing(_:_:)``.
  func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile]
  /// The folder's listing is over. Only ``makeReader(for:in:)`` and ``didRead(_:in:_:)`` name the folder
  /// after this, for files that were asked for.
  func didFinishListing(_ folder: PathBytes, _ outcome: ListingOutcome)
  /// A known folder is proved gone: its parent was listed to the end without it (or is gone
  /// itself). No other call names this folder.
  func didVanish(_ folder: PathBytes)
  /// A reader for a file that is about to be opened; again for a file that is read again, since it
  /// changed meanwhile or its connection broke.
  func makeReader(for file: ListedFile, in folder: PathBytes) -> any FileReader
  /// The end of a file that `didList` or `wantedAtEnd` asked for; exactly once for each, except after a
  /// cancellation or an error that ends the run.
  func didRead(_ file: ListedFile, in folder: PathBytes, _ outcome: FileOutcome)
  /// Something a person may want to know (a retry, a smaller pool, an invalid name).
  func note(_ text: String)
  /// A limit of the whole walk (``WalkLimits``) ends the listing; `unlisted` folders waited. What was
  /// listed is still read.
  func didReach(_ limit: WalkLimit, unlisted: Int)
}

extension SourceVisitor {
  package func beat() {}
  package func didListSidecars(_ files: [ListedFile], in folder: PathBytes) {}
  package func unseen(in folder: PathBytes) -> [PathBytes] { [] }
  package func wantedAtEnd(of folder: PathBytes, _ outcome: ListingOutcome) -> [ListedFile] { [] }
  package func didReach(_ limit: WalkLimit, unlisted: Int) { note(limit.note(unlisted: unlisted)) }
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
  /// Also asks a server for the path of the login folder.
  package var asksHome = false
  package init() {}

  /// Seconds for one attempt to connect.
  var connecting: Double { min(timeout, connectTimeout) }

  /// Further attempts, with half a second between, while a server that never answered is to be reported within the timeout.
  var connectRetries: Int {
    let attempts = (timeout + 1) / (connecting + 0.5)
    return attempts >= 3 ? 2 : attempts >= 2 ? 1 : 0
  }

  /// Further attempts after a first connection that could not be made.
  func retries(after failure: TransportError.Kind) -> Int {
    switch failure {
    case .connectTimeout: connectRetries
    case .endedAfterLogin: 1
    // Refused, unknown host, wrong key: trying again would only harm.
    default: 0
    }
  }
}
