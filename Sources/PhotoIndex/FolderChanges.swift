package import PhotoModel

/// One photo as it is to be stored: how the folder listed it, and what its bytes said.
package struct PhotoChange: Sendable, Equatable {
  package var file: ListedFile
  package var record: PhotoRecord
  /// Size and time do not prove that the file is the one that was read: it is read again next time.
  package var racy: Bool
  /// Of the metadata reader that made the record.
  package var parserVersion: Int

  package init(file: ListedFile, record: PhotoRecord, racy: Bool, parserVersion: Int) {
    self.file = file
    self.record = record
    self.racy = racy
    self.parserVersion = parserVersion
  }
}

/// What happened to (a part of) one folder since the index last saw it.
///
/// Every `fid` comes from ``IndexReader/knownPhotos(_:)`` of the same site.
package struct FolderChanges: Sendable, Equatable {
  package var site: Int64
  /// Below the site's root, empty for the root itself. The folder's row is made when something goes into it.
  package var folder: PathBytes
  package var inserts: [PhotoChange] = []
  package var updates: [Update] = []
  /// Rows of this folder to delete.
  package var deletes: [Int64] = []
  /// Rows of other folders (or of this one) that now lie here; the record stays.
  package var moves: [Move] = []
  /// Drops the folder's row when no photo is left in it.
  package var removeFolderIfEmpty = false

  package init(site: Int64, folder: PathBytes) {
    self.site = site
    self.folder = folder
  }

  package struct Update: Sendable, Equatable {
    package var fid: Int64
    package var change: PhotoChange
    package init(fid: Int64, change: PhotoChange) {
      self.fid = fid
      self.change = change
    }
  }

  package struct Move: Sendable, Equatable {
    package var fid: Int64
    package var file: ListedFile
    package init(fid: Int64, file: ListedFile) {
      self.fid = fid
      self.file = file
    }
  }

  package var isEmpty: Bool {
    inserts.isEmpty && updates.isEmpty && deletes.isEmpty && moves.isEmpty && !removeFolderIfEmpty
  }
}

/// A folder the index knows.
package struct KnownFolder: Sendable, Equatable {
  package var id: Int64
  package var path: PathBytes
  package var photoCount: Int
}

/// What a sync compares with a folder's listing.
package struct KnownPhoto: Sendable, Equatable {
  package var fid: Int64
  package var name: PathBytes
  package var size: Int64?
  package var mtime: Int64?
  package var racy: Bool
  /// Could not be read last time.
  package var failed: Bool
  package var parserVersion: Int
  /// Why it has no position, or could not be read; nil when it is located.
  package var reason: String?

  package init(
    fid: Int64, name: PathBytes, size: Int64?, mtime: Int64?, racy: Bool, failed: Bool,
    parserVersion: Int, reason: String? = nil
  ) {
    self.fid = fid
    self.name = name
    self.size = size
    self.mtime = mtime
    self.racy = racy
    self.failed = failed
    self.parserVersion = parserVersion
    self.reason = reason
  }
}
