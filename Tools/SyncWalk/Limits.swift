import Foundation
import PhotoModel

/// Keeps the walk away from the one change that no sync can see, and that the documents name: a path whose content
/// changed while its size and time are those of an earlier state.
struct Limits {
  private struct Key: Hashable {
    var path: PathBytes
    var size: Int64
    var mtime: Int64
  }

  private var contents: [Key: UInt64] = [:]

  /// Before anything may read the tree: moves the times of such files on by a second.
  ///
  /// What was written within the last seconds, and what is dated in the future, is read again by every sync:
  /// that is to be tried, not avoided.
  /// - Returns: how many files were dated anew.
  mutating func avoid(in tree: inout Tree, at root: [UInt8]) throws -> Int {
    var moved = 0
    // A hard link's time is also another path's.
    for _ in 0..<20 {
      let hidden = self.hidden(in: tree)
      if hidden.isEmpty { break }
      for (path, mtime) in hidden {
        try Disk.setTime(Tree.full(root, path), mtime + 1)
        moved += 1
      }
      tree = Tree.scan(root)
    }
    for (path, state) in tree.photos { keep(path, state) }
    for (path, state) in tree.sidecars { keep(path, state) }
    return moved
  }

  private func hidden(in tree: Tree) -> [(PathBytes, Int64)] {
    let youngest = Int64(Date().timeIntervalSince1970) - 2
    return [tree.photos, tree.sidecars].flatMap { files in
      files.filter { path, state in
        guard state.mtime < youngest else { return false }
        let known = contents[Key(path: path, size: state.size, mtime: state.mtime)]
        return known != nil && known != state.content
      }.map { ($0.key, $0.value.mtime) }
    }
  }

  private mutating func keep(_ path: PathBytes, _ state: FileState) {
    contents[Key(path: path, size: state.size, mtime: state.mtime)] = state.content
  }
}
