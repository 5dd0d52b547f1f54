package import PhotoModel
import Synchronization

/// Takes the thumbnails that a sync reads, and keeps them in a cache, many in one transaction. Thread-safe.
package final class PictureCollector: Sendable {
  private static let most = 128

  private let cache: PictureCache
  /// Of the site.
  private let root: String
  private let entries = Mutex<[PictureCache.Entry]>([])

  /// - Parameter location: of the site, as the index has it.
  package init(_ cache: PictureCache, location: String) {
    self.cache = cache
    root = PhotoURL.root(location)
  }

  /// Bytes that are no JPEG are dropped.
  package func take(_ folder: PathBytes, _ file: ListedFile, _ bytes: [UInt8]) {
    guard JPEGMarkers.begins(bytes) else { return }
    let url = PhotoURL.folder(root, folder.text) + PhotoURL.encoded(file.name.text)
    let key = PictureKey(location: Array(url.utf8), kind: .thumbnail)
    let full = entries.withLock { entries -> [PictureCache.Entry] in
      entries.append((key, file, bytes))
      guard entries.count >= Self.most else { return [] }
      defer { entries = [] }
      return entries
    }
    if !full.isEmpty { cache.keep(full) }
  }

  /// Keeps what was taken last.
  package func flush() {
    let rest = entries.withLock { entries in
      defer { entries = [] }
      return entries
    }
    if !rest.isEmpty { cache.keep(rest) }
  }
}
