import Platform
import PhotoIndex
import PhotoModel
import PhotoSource

/// Rows that the listing of a site proved gone, until the walk's end decides what becomes of them.
struct VanishedPhotos {
  private var photos: [PathBytes: [KnownPhoto]] = [:]
  private var folders: Set<PathBytes> = []
  /// Rows that go on in another folder.
  private var moved: Set<Int64> = []
  /// What the deletion guard knew before the walk.
  private let history: RemovalHistory
  /// Rows that the guard kept and whose files are there again.
  private var returned = 0
  private var rootEntries = 0
  private var rootIsComplete = false

  init(history: RemovalHistory) { self.history = history }

  /// Rows that a complete listing of their folder did not show.
  mutating func add(_ photos: [KnownPhoto], of folder: PathBytes) {
    if !photos.isEmpty { self.photos[folder, default: []] += photos }
  }

  /// A folder that its parent's listing did not show.
  mutating func add(folder: PathBytes, _ photos: [KnownPhoto]) {
    folders.insert(folder)
    add(photos, of: folder)
  }

  mutating func noteMoved(_ known: KnownPhoto) {
    moved.insert(known.fid)
    if known.isKept { returned += 1 }
  }

  /// The row may have moved: nothing tells, so it stays as it is.
  mutating func exclude(_ known: KnownPhoto) { moved.insert(known.fid) }

  mutating func noteReturned() { returned += 1 }

  // MARK: The root

  mutating func noteRootEntries(_ count: Int) { rootEntries += count }

  mutating func noteRootComplete() { rootIsComplete = true }

  // MARK: The end

  /// Removes the rows, or marks them as kept when the deletion guard forbids their removal.
  /// - Parameter rules: tell which of the rows the user leaves out now. For the guard they are gone like all others:
  ///   a pattern may have been mistyped.
  func settle(
    allowMassDelete: Bool, _ rules: ListingRules, _ changes: ChangeQueue, _ report: SyncReporter
  ) {
    var (fresh, kept) = sorted()
    let count = Self.count(fresh)
    // As it was before the walk: what the walk added makes the loss no smaller.
    var history = history
    history.kept -= returned
    let verdict = DeletionGuard.verdict(
      .init(vanished: count, history: history, rootIsEmpty: rootIsComplete && rootEntries == 0),
      allowMassDelete: allowMassDelete)
    if verdict == .allowed {
      if allowMassDelete, count + kept.count + history.removed > 0 {
        fresh.merge(kept) { $0 + $1 }
        kept = [:]
        changes.later { (index, site) throws(IndexError) in try index.forgetRemovals(site: site) }
      }
      report.counters.removed = Self.count(fresh)
      Self.remove(
        fresh,
        allowMassDelete ? nil : .init(rows: history.rows, time: SystemClock.wall() * 1000), changes)
    } else {
      report.announce(Self.text(verdict, newly: count, excluded: excluded(rules)))
      for (folder, fids) in fresh { changes.change(folder) { $0.keeps += fids } }
    }
    // Folders whose photos are all elsewhere by now are empty.
    for folder in folders where fresh[folder] == nil && kept[folder] == nil {
      changes.change(folder) { $0.removeFolderIfEmpty = true }
    }
    // For a dry run; otherwise what the index holds at the end counts.
    report.counters.kept = verdict == .allowed ? Self.count(kept) : history.kept + count
  }

  /// Rows that did not move: those that are gone since the last sync, and those that the guard keeps.
  private func sorted() -> (fresh: [PathBytes: [Int64]], kept: [PathBytes: [Int64]]) {
    var fresh: [PathBytes: [Int64]] = [:]
    var kept: [PathBytes: [Int64]] = [:]
    for (folder, photos) in photos {
      for photo in photos where !moved.contains(photo.fid) {
        if photo.isKept {
          kept[folder, default: []].append(photo.fid)
        } else {
          fresh[folder, default: []].append(photo.fid)
        }
      }
    }
    return (fresh, kept)
  }

  private static func count(_ rows: [PathBytes: [Int64]]) -> Int {
    rows.values.reduce(0) { $0 + $1.count }
  }

  private static func remove(
    _ rows: [PathBytes: [Int64]], _ removal: FolderChanges.Removal?, _ changes: ChangeQueue
  ) {
    for (folder, fids) in rows {
      changes.change(folder) { changes in
        changes.deletes += fids
        changes.removal = removal
        changes.removeFolderIfEmpty = true
      }
    }
  }

  /// Rows that went since the last sync because the user leaves them out.
  private func excluded(_ rules: ListingRules) -> Int {
    photos.reduce(0) { sum, folder in
      sum
        + folder.value.count {
          !$0.isKept && !moved.contains($0.fid) && rules.isExcluded($0.name, in: folder.key)
        }
    }
  }

  private static func text(
    _ verdict: DeletionGuard.Verdict, newly count: Int, excluded: Int
  ) -> String {
    let advice = "if it is meant, use --allow-mass-delete"
    return switch verdict {
    case .allowed: ""
    case .rootEmpty where excluded > 0:
      "\(count) of the site's photos are no longer there (\(excluded) of them because they are "
        + "excluded), and no others are listed: the deletion guard keeps all rows; \(advice)"
    case .rootEmpty:
      "the site's root is empty (a disk that is not mounted?): the deletion guard keeps all rows; "
        + advice
    case .tooMany(let gone, let rows):
      "\(count) of the site's photos are no longer there"
        + (excluded > 0 ? " (\(excluded) of them because they are excluded)" : "")
        + (gone > count ? "; counted over 24 hours, \(gone) went" : "")
        + ", more than half of \(rows): the deletion guard keeps their rows; \(advice)"
    }
  }
}
