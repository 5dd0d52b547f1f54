import PhotoModel

/// Photos that lie in a new folder now and whose old one is gone: how many kept their id. A figure, not a rule: what
/// cannot be proved gets a new one.
struct Moves {
  private struct Key: Hashable {
    var name: PathBytes
    var state: FileState
  }

  private var tree = Tree()
  private var site = SiteSnapshot()

  mutating func begin(_ tree: Tree, _ site: SiteSnapshot) {
    self.tree = tree
    self.site = site
  }

  /// Of those whose name, size, time and content only one file had, and has.
  func count(to now: Tree, _ site: SiteSnapshot) -> (kept: Int, lost: Int) {
    let (oldFolders, newFolders) = (Set(tree.folders), Set(now.folders))
    let (old, new) = (Self.unique(tree), Self.unique(now))
    var counts = (kept: 0, lost: 0)
    for (key, path) in old where !newFolders.contains(path.parent) {
      guard let target = new[key], !oldFolders.contains(target.parent),
        let fid = self.site.photos[PathBytes(path.text.utf8)]?.fid
      else { continue }
      if site.photos[PathBytes(target.text.utf8)]?.fid == fid {
        counts.kept += 1
      } else {
        counts.lost += 1
      }
    }
    return counts
  }

  private static func unique(_ tree: Tree) -> [Key: PathBytes] {
    var found: [Key: [PathBytes]] = [:]
    for (path, state) in tree.photos {
      found[Key(name: path.lastComponent, state: state), default: []].append(path)
    }
    return found.compactMapValues { $0.count == 1 ? $0[0] : nil }
  }
}
