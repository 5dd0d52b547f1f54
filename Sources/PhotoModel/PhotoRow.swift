/// One photo as the index knows it and the outputs show it.
package struct PhotoRow: Sendable, Equatable {
  /// The index's own id (GeoPackage `fid`); stable while the file stays at its path.
  package var id: Int64
  package var site: String
  /// Folder below the site's root, ``PathBytes/text`` form, empty for the root itself.
  package var folder: String
  /// Name inside the folder, ``PathBytes/text`` form.
  package var file: String
  /// Bytes, and whole seconds since 1970 UTC by the server's clock.
  package var size: Int64?
  package var mtime: Int64?
  package var record: PhotoRecord

  package init(
    id: Int64, site: String, folder: String, file: String, size: Int64?, mtime: Int64?,
    record: PhotoRecord
  ) {
    self.id = id
    self.site = site
    self.folder = folder
    self.file = file
    self.size = size
    self.mtime = mtime
    self.record = record
  }

  /// `folder/file`, relative to the site's root.
  package var path: String { folder.isEmpty ? file : "\(folder)/\(file)" }
}

/// Counts of one folder, whole or inside a filter.
package struct FolderRow: Sendable, Equatable {
  package var site: String
  /// ``PathBytes/text`` form, empty for the root.
  package var folder: String
  /// Photos in the index; `located + withoutPosition + failed`.
  package var photos: Int
  package var located: Int
  package var withoutPosition: Int
  package var failed: Int
  /// Of the located photos.
  package var extent: BoundingBox?

  package init(
    site: String, folder: String, photos: Int, located: Int, withoutPosition: Int, failed: Int,
    extent: BoundingBox?
  ) {
    self.site = site
    self.folder = folder
    self.photos = photos
    self.located = located
    self.withoutPosition = withoutPosition
    self.failed = failed
    self.extent = extent
  }
}
