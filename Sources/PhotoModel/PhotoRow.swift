/// One photo as the index knows it and the outputs show it.
public struct PhotoRow: Sendable, Equatable {
  /// The index's own id (GeoPackage `fid`). Stable while the file stays at its path, and when a sync
  /// proves that it moved with its folder.
  public var id: Int64
  public var site: String
  /// Folder below the site's root, ``PathBytes/text`` form, empty for the root itself.
  public var folder: String
  /// Name inside the folder, ``PathBytes/text`` form.
  public var file: String
  /// Bytes, and whole seconds since 1970 UTC by the server's clock.
  public var size: Int64?
  public var mtime: Int64?
  public var record: PhotoRecord
  /// URL of the folder with a slash at its end; empty for a row that was not read from an index.
  public var folderURL = ""

  public init(
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
  public var path: String { folder.isEmpty ? file : "\(folder)/\(file)" }

  /// The last two names of a folder: what readers see who may not see whole paths.
  package static func folderTail(_ folder: String) -> String {
    folder.split(separator: "/").suffix(2).joined(separator: "/")
  }
}

/// Counts of one folder, whole or inside a filter.
public struct FolderRow: Sendable, Equatable {
  /// The index's own id; 0 when it does not matter.
  public var id: Int64 = 0
  public var site: String
  /// ``PathBytes/text`` form, empty for the root.
  public var folder: String
  /// Photos in the index; `located + withoutPosition + failed`.
  public var photos: Int
  public var located: Int
  public var withoutPosition: Int
  public var failed: Int
  /// Of the located photos; the narrower of the ways around both sides, so `west > east` across 180°.
  public var extent: BoundingBox?

  public init(
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
