import PhotoIndex
import PhotoModel
import PhotoSource

extension SyncWalk {
  /// The known folders and all folders on the way to them, so that a missing one proves all below
  /// it missing, and none waits for another's listing.
  ///
  /// - Parameter bytesOfParents: no more names of parents, about; folders beyond are found by listing their parents.
  static func hints(
    _ folders: [KnownFolder], bytesOfParents: Int = 64 << 20
  ) -> [KnownFolderHint] {
    var expected: [PathBytes: Int] = [:]
    var bytes = 0
    for folder in folders {
      expected[folder.path] = folder.photoCount
      // No walk gets as deep; and the names of all parents together are much longer than the paths.
      guard folder.path.depth <= SourceOptions().maximumDepth, bytes <= bytesOfParents else {
        continue
      }
      var parent = folder.path
      while !parent.isEmpty {
        parent = parent.parent
        if expected[parent] != nil { break }
        expected[parent] = -1
        bytes += parent.bytes.count
      }
    }
    return expected.map { KnownFolderHint(path: $0.key, entries: $0.value) }
      .sorted { $0.path < $1.path }
  }
}
