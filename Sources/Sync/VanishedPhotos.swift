import PhotoIndex
import PhotoModel

// The end of a walk that came to its end: what it proved gone.
extension SyncWalk {
  /// Removes the rows of vanished photos, or marks them as kept when the deletion guard forbids it.
  func removeVanished() {
    var fresh: [PathBytes: [Int64]] = [:]
    var kept: [PathBytes: [Int64]] = [:]
    for (folder, photos) in vanished {
      for photo in photos where !movedFids.contains(photo.fid) {
        if photo.isKept {
          kept[folder, default: []].append(photo.fid)
        } else {
          fresh[folder, default: []].append(photo.fid)
        }
      }
    }
    let count = fresh.values.reduce(0) { $0 + $1.count }
    // As it was before the walk: what the walk added makes the loss no smaller.
    var history = history
    history.kept -= returned
    let verdict = DeletionGuard.verdict(
      .init(vanished: count, history: history, rootIsEmpty: rootIsComplete && rootEntries == 0),
      allowMassDelete: options.allowMassDelete)
    if verdict == .allowed {
      summary.removed = count
      if options.allowMassDelete, count + kept.count + history.removed > 0 {
        summary.removed += kept.values.reduce(0) { $0 + $1.count }
        fresh.merge(kept) { $0 + $1 }
        kept = [:]
        settle { (index, site) throws(IndexError) in try index.forgetRemovals(site: site) }
      }
      remove(
        fresh,
        options.allowMassDelete ? nil : .init(rows: history.rows, time: wallClock() * 1000))
    } else {
      onEvent(.note(Self.text(verdict, newly: count)))
      for (folder, fids) in fresh { change(folder) { $0.keeps += fids } }
    }
    // Folders whose photos are all elsewhere by now are empty.
    for folder in vanishedFolders where fresh[folder] == nil && kept[folder] == nil {
      change(folder) { $0.removeFolderIfEmpty = true }
    }
    // For a dry run; what the index holds at the end counts otherwise.
    summary.keptByGuard =
      verdict == .allowed ? kept.values.reduce(0) { $0 + $1.count } : history.kept + count
  }

  private func remove(_ rows: [PathBytes: [Int64]], _ removal: FolderChanges.Removal?) {
    for (folder, fids) in rows {
      change(folder) { changes in
        changes.deletes += fids
        changes.removal = removal
        changes.removeFolderIfEmpty = true
      }
    }
  }

  private static func text(_ verdict: DeletionGuard.Verdict, newly count: Int) -> String {
    let advice = "if it is meant, use --allow-mass-delete"
    return switch verdict {
    case .allowed: ""
    case .rootEmpty:
      "the site's root is empty (a disk that is not mounted?): the deletion guard keeps all rows; "
        + advice
    case .tooMany(let gone, let rows):
      "\(count) of the site's photos are no longer there"
        + (gone > count ? "; counted over 24 hours, \(gone) went" : "")
        + ", more than half of \(rows): the deletion guard keeps their rows; \(advice)"
    }
  }
}
