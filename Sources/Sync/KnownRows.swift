import PhotoIndex
import PhotoModel
import PhotoSource

/// What the index knows of a site, loaded folder by folder while the site is listed.
struct KnownRows {
  /// Where the source may look before listings lead it there.
  let hints: [KnownFolderHint]
  /// Photos that earlier syncs left in the index.
  let photoCount: Int
  /// The first error of reading the index; ends the walk.
  private(set) var error: IndexError?

  private let reader: IndexReader?
  private let ids: [PathBytes: Int64]
  /// Of folders that are being listed or read.
  private var comparisons = FolderTable<FolderComparison>()

  /// - Parameter reader: nil for a site that the index does not have yet.
  init(site: Int64, reader: IndexReader?) throws(IndexError) {
    self.reader = reader
    let folders = try reader?.knownFolders(site) ?? []
    ids = Dictionary(folders.map { ($0.path, $0.id) }, uniquingKeysWith: { a, _ in a })
    hints = Self.hints(folders)
    photoCount = folders.reduce(0) { $0 + max(0, $1.photoCount) }
  }

  func contains(_ folder: PathBytes) -> Bool { ids[folder] != nil }

  /// All rows of a folder, whether or not it is listed.
  mutating func photos(of folder: PathBytes) -> [KnownPhoto] {
    guard let id = ids[folder], let reader else { return [] }
    do throws(IndexError) {
      return try reader.knownPhotos(id)
    } catch {
      self.error = self.error ?? error
      return []
    }
  }

  // MARK: Folders that are being listed

  /// Loads the rows of a folder once; needed before the calls below say anything of it.
  mutating func load(_ folder: PathBytes) {
    guard comparisons[folder] == nil, contains(folder) else { return }
    comparisons[folder] = FolderComparison(known: photos(of: folder))
  }

  /// The row of a listed photo, which is marked as seen.
  mutating func take(_ photo: PathBytes, in folder: PathBytes) -> KnownPhoto? {
    comparisons[folder]?.take(photo)
  }

  func photo(_ photo: PathBytes, in folder: PathBytes) -> KnownPhoto? {
    comparisons[folder]?.photo(photo)
  }

  func unseen(in folder: PathBytes) -> [KnownPhoto] { comparisons[folder]?.unseen ?? [] }

  /// Names of the side-cars that the folder's rows were made with.
  func sidecars(in folder: PathBytes) -> [PathBytes] { comparisons[folder]?.sidecars ?? [] }

  mutating func forget(_ folder: PathBytes) { comparisons.remove(folder) }

  /// What was read now says what the row says, side-car included.
  mutating func isSame(_ change: PhotoChange, as known: KnownPhoto) -> Bool {
    guard change.sidecar == known.sidecar, let reader else { return false }
    do throws(IndexError) {
      return try reader.differences(known.fid, from: change.record) == nil
    } catch {
      self.error = self.error ?? error
      return false
    }
  }

  // MARK: Hints

  /// The known folders and all their parents: a parent's listing proves its missing children gone, and
  /// no folder waits for its parent's listing.
  ///
  /// - Parameter bytesOfParents: about the most bytes of parents' names; the index may be a stranger's,
  ///   and the names of all parents together are much longer than the paths. Folders beyond are found by
  ///   listing their parents.
  static func hints(
    _ folders: [KnownFolder], bytesOfParents: Int = 64 << 20
  ) -> [KnownFolderHint] {
    var expected: [PathBytes: Int] = [:]
    var bytes = 0
    for folder in folders {
      expected[folder.path] = folder.photoCount
      // No walk goes deeper.
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
