/// What a sync has found and done, as numbers of photos of this run unless noted otherwise.
///
/// Progress displays, summaries, what the index keeps of a sync, and what one process tells another about
/// a running sync all carry this value.
public struct SyncCounters: Sendable, Equatable {
  // MARK: Folders

  /// Folders whose listing has ended.
  public var foldersListed = 0
  /// Folders that listings have shown so far, the root among them.
  public var foldersFound = 0
  /// Folders not listed to their end; nothing is removed from them.
  public var incompleteFolders = 0

  // MARK: Comparison with the index

  /// `unchanged + new + changed + moved`.
  public var listed = 0
  public var new = 0
  public var changed = 0
  public var moved = 0
  public var unchanged: Int { listed - new - changed - moved }
  public var removed = 0
  /// Rows of vanished photos that the deletion guard keeps, after the run.
  public var kept = 0

  // MARK: Reading

  /// Photos and sidecars to be read, of those listed so far.
  public var toRead = 0
  /// Photos and sidecars read, or given up because they vanished.
  public var read = 0
  /// During a run: of the photos read so far. In a summary: of all photos of the site.
  public var located = 0
  /// As ``located``.
  public var withoutPosition = 0
  /// As ``located``.
  public var failed = 0
  /// In a summary, of the photos without position and the failed ones; keys are the raw values of
  /// ``NoPosition`` and ``Failure``.
  public var reasons: [String: Int] = [:]
  /// Files that were listed and missing when they were to be opened, with a row or without.
  public var missingWhenRead = 0
  /// Of ``missingWhenRead``: rows that stay, since only a complete listing without the photo proves it gone.
  public var keptUnproved = 0
  /// Photos that could not be read and keep the row of an earlier run.
  public var keptUnread = 0
  /// Photos that the next sync reads again, since their time is too young to be trusted.
  public var racy = 0

  /// Entries that were listed and not looked at.
  public var skipped = SkippedEntries()

  // MARK: Traffic

  /// The most flights that a photo or sidecar took: reads of which each needs the answer to the one before.
  public var mostFlights = 0

  public var filesOpened = 0
  /// Requests for file data.
  public var dataRequests = 0
  /// Bytes of the SFTP protocol, before SSH framing and compression; for a local folder, bytes read.
  public var bytesReceived = 0
  public var bytesSent = 0

  public init() {}
}
