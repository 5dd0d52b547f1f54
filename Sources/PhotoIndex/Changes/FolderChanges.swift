public import PhotoModel

/// One photo as it is to be stored: how the folder listed it, and what its bytes said.
public struct PhotoChange: Sendable, Equatable {
  public var file: ListedFile
  public var record: PhotoRecord
  /// Size and time do not prove that the file is the one that was read: it is read again next time.
  public var racy: Bool
  /// Of the metadata reader that made the record.
  public var parserVersion: Int
  /// The sidecar file that the record was made with, in the same folder.
  public var sidecar: ListedFile?

  public init(
    file: ListedFile, record: PhotoRecord, racy: Bool, parserVersion: Int,
    sidecar: ListedFile? = nil
  ) {
    self.file = file
    self.record = record
    self.racy = racy
    self.parserVersion = parserVersion
    self.sidecar = sidecar
  }

  /// Bytes in memory, about.
  package var memory: Int {
    MemoryLayout<PhotoChange>.stride + 2 * file.name.bytes.count
      + (record.hasNoRareValues ? 256 : 768)
  }
}

/// What happened to (a part of) one folder since the index last saw it.
///
/// Every `fid` comes from ``IndexReader/knownPhotos(_:)`` of the same site.
public struct FolderChanges: Sendable, Equatable {
  public var site: Int64
  /// Below the site's root, empty for the root itself. The folder's row is made when something goes into it.
  public var folder: PathBytes
  public var inserts: [PhotoChange] = []
  public var updates: [Update] = []
  /// Photos whose rows are matched by name: already stored in this sync, then re-read.
  public var replacements: [PhotoChange] = []
  /// Rows of this folder to delete.
  public var deletes: [Int64] = []
  /// The deletes count for the deletion guard; nil: the user allowed them whatever they are.
  public var removal: Removal?
  /// Rows of other folders (or of this one) that now lie here; the record stays.
  public var moves: [Move] = []
  /// Rows of this folder whose files are gone and that the deletion guard keeps.
  public var keeps: [Int64] = []
  /// Kept rows whose files are there again.
  public var returns: [Int64] = []
  /// Drops the folder's row when no photo is left in it.
  public var removeFolderIfEmpty = false

  public init(site: Int64, folder: PathBytes) {
    self.site = site
    self.folder = folder
  }

  /// Removals of the sync that the changes belong to.
  public struct Removal: Sendable, Equatable {
    /// Of the site, before the sync.
    public var rows: Int
    /// Milliseconds since 1970 UTC.
    public var time: Int64
    public init(rows: Int, time: Int64) {
      self.rows = rows
      self.time = time
    }
  }

  public struct Update: Sendable, Equatable {
    public var fid: Int64
    public var change: PhotoChange
    public init(fid: Int64, change: PhotoChange) {
      self.fid = fid
      self.change = change
    }
  }

  public struct Move: Sendable, Equatable {
    public var fid: Int64
    public var file: ListedFile
    public init(fid: Int64, file: ListedFile) {
      self.fid = fid
      self.file = file
    }
  }

  public var isEmpty: Bool {
    inserts.isEmpty && updates.isEmpty && replacements.isEmpty && deletes.isEmpty && moves.isEmpty
      && keeps.isEmpty && returns.isEmpty && !removeFolderIfEmpty
  }
}

/// A folder the index knows.
public struct KnownFolder: Sendable, Equatable {
  public var id: Int64
  public var path: PathBytes
  public var photoCount: Int
}

/// What a sync compares with a folder's listing.
public struct KnownPhoto: Sendable, Equatable {
  public var fid: Int64
  public var name: PathBytes
  public var size: Int64?
  public var mtime: Int64?
  public var racy: Bool
  /// Could not be read last time.
  public var failed: Bool
  public var parserVersion: Int
  /// Why it has no position, or could not be read; nil when it is located.
  public var reason: String?
  /// The sidecar file that its row was made with.
  public var sidecar: ListedFile?
  /// Its file was gone at an earlier sync, and the deletion guard kept the row.
  public var isKept: Bool

  public init(
    fid: Int64, name: PathBytes, size: Int64?, mtime: Int64?, racy: Bool, failed: Bool,
    parserVersion: Int, reason: String? = nil, sidecar: ListedFile? = nil, isKept: Bool = false
  ) {
    self.fid = fid
    self.name = name
    self.size = size
    self.mtime = mtime
    self.racy = racy
    self.failed = failed
    self.parserVersion = parserVersion
    self.reason = reason
    self.sidecar = sidecar
    self.isKept = isKept
  }
}
