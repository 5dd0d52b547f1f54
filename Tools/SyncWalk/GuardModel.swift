import PhotoModel

/// The deletion guard's rule, written a second time.
///
/// Rows whose files are gone go at once, unless the root is listed as empty, or more than 20 photos and more
/// than half of them are gone: those that this sync would remove, those that syncs of the last 24 hours removed,
/// and those that are kept already; half of the largest number of rows in these 24 hours. Then all that newly
/// vanished is kept and stays until `--allow-mass-delete`, or until its file is there again.
///
/// A sync that was disturbed may have removed rows without coming to the point where it says so: what such
/// syncs removed counts as possible, and the verdict is open where it depends on that.
struct GuardModel {
  private(set) var kept: Set<Int64> = []
  private var removed = 0
  private var removedPerhaps = 0
  /// Rows that the site had at the beginning or the end of a sync, and in between: what is new is written before
  /// what is gone is removed, and either may be counted.
  private var largest = 0
  private var largestPerhaps = 0

  enum Verdict { case removes, keeps, open }

  /// An undisturbed sync of a tree that did not change meanwhile.
  /// - Parameters:
  ///   - allows: `--allow-mass-delete` was given.
  ///   - status: the exit code.
  mutating func synced(
    _ tree: Tree, before: SiteSnapshot, after: SiteSnapshot, allows: Bool, status: Int32
  ) -> [Anomaly] {
    let files = Set(tree.photos.keys.map { PathBytes($0.text.utf8) })
    let (old, new) = (before.fids, after.fids)
    // A row that another path has now moved with its file.
    func isGone(_ fid: Int64) -> Bool {
      guard let path = old[fid], !files.contains(path) else { return false }
      return new[fid].map { !files.contains($0) } ?? true
    }
    let gone = Set(old.keys.filter(isGone))
    if allows {
      self = GuardModel()
      (largest, largestPerhaps) = (after.photos.count, after.photos.count)
      return marks(after, "--allow-mass-delete removes all that is gone")
        + gone.filter { new[$0] != nil }.sorted().map {
          Anomaly(
            kind: .deletionGuard, text: "fid \($0) is gone and stays with --allow-mass-delete")
        }
    }

    let stays = kept.intersection(gone)
    let vanished = gone.subtracting(kept)
    let verdict = verdict(tree, before, vanished: vanished.count, kept: stays.count)
    var found: [Anomaly] = []
    for fid in stays.sorted() where new[fid] == nil {
      found.append(
        .init(kind: .deletionGuard, text: "fid \(fid) was kept, and a later sync removed it"))
    }
    for fid in kept.subtracting(gone).sorted() where new[fid] == nil {
      found.append(
        .init(kind: .deletionGuard, text: "fid \(fid) was kept, its file is back, its row is not"))
    }
    let present = vanished.filter { new[$0] != nil }
    let keeps =
      switch verdict {
      case .keeps: true
      case .removes: false
      case .open: !present.isEmpty
      }
    if keeps, present.count < vanished.count {
      found.append(
        .init(
          kind: .deletionGuard,
          text:
            "\(vanished.count - present.count) of \(vanished.count) rows went: the guard has to keep them"
        ))
    }
    if !keeps, !present.isEmpty {
      found.append(
        .init(
          kind: .deletionGuard,
          text: "\(present.count) of \(vanished.count) rows stay: nothing stops their removal"))
    }
    if keeps, status != 3 {
      found.append(
        .init(kind: .deletionGuard, text: "exit code \(status) of a sync that the guard stopped"))
    }
    kept = stays.union(present).filter { new[$0] != nil }
    found += marks(after, "after a plain sync")
    removed += vanished.count - present.count
    sawRows(before, after)
    return found
  }

  private mutating func sawRows(_ before: SiteSnapshot, _ after: SiteSnapshot) {
    largest = max(largest, before.photos.count, after.photos.count)
    let new = Set(after.fids.keys).subtracting(before.fids.keys).count
    largestPerhaps = max(largestPerhaps, largest, before.photos.count + new)
  }

  private func verdict(
    _ tree: Tree, _ before: SiteSnapshot, vanished: Int, kept: Int
  ) -> Verdict {
    if vanished == 0 { return .removes }
    if tree.isEmpty { return .keeps }
    // Folders and photos show a sync that the root is not empty; what else does is its own matter.
    let rootIsBare = tree.folders.count == 1 && !tree.photos.keys.contains { $0.parent.isEmpty }
    func trips(_ count: Int, of rows: Int) -> Bool { count > 20 && count * 2 > rows }
    let gone = vanished + kept + removed
    let rows = before.photos.count
    let surely = trips(gone, of: max(largestPerhaps, rows))
    let perhaps = trips(gone + removedPerhaps, of: max(largest, rows))
    if surely { return .keeps }
    return perhaps || rootIsBare ? .open : .removes
  }

  /// The index's own marks, where it has such.
  private func marks(_ site: SiteSnapshot, _ when: String) -> [Anomaly] {
    guard let marked = site.kept, marked != kept else { return [] }
    return [
      Anomaly(
        kind: .deletionGuard,
        text: "\(when): marked are \(marked.sorted().prefix(8)), not \(kept.sorted().prefix(8)) "
          + "(\(marked.count), not \(kept.count))")
    ]
  }

  /// A sync that was killed, or that ran beside others or beside changes: what was kept stays all the same.
  /// - Parameter trees: before and behind it. A removal is noted before the rows go, so that all that may have been
  ///   gone may be noted.
  mutating func disturbed(
    _ trees: [Tree], before: SiteSnapshot, after: SiteSnapshot
  ) -> [Anomaly] {
    let (old, new) = (before.fids, after.fids)
    let found = kept.filter { new[$0] == nil }.sorted().map {
      Anomaly(kind: .deletionGuard, text: "fid \($0) was kept, and a disturbed sync removed it")
    }
    let files = trees.map { Set($0.photos.keys.map { PathBytes($0.text.utf8) }) }
    removedPerhaps +=
      old.filter { fid, path in
        new[fid] == nil || files.contains { !$0.contains(path) }
      }.count
    sawRows(before, after)
    kept = after.kept ?? kept.filter { new[$0] != nil }
    return found
      + kept.filter { new[$0] == nil }.sorted().map {
        Anomaly(kind: .deletionGuard, text: "fid \($0) is marked as kept and has no row")
      }
  }

  /// The site was removed, or its memory reset by a disturbed --allow-mass-delete.
  mutating func forget() { self = GuardModel() }
}
