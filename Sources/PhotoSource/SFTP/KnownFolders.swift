import PhotoModel

/// The folders of an earlier run while a walk confirms or refutes them: each is queued, open, or waits
/// for its parent's listing to show it.
struct KnownFolders {
  private var byPath: [[UInt8]: WalkedFolder] = [:]
  /// Those that no listing has confirmed yet, by their parent.
  private var unconfirmed: [[UInt8]: [WalkedFolder]] = [:]

  subscript(path: [UInt8]) -> WalkedFolder? { byPath[path] }

  mutating func add(_ folder: WalkedFolder) {
    byPath[folder.path] = folder
    guard folder.standing != .confirmed else { return }
    unconfirmed[PathBytes(folder.path).parent.bytes, default: []].append(folder)
  }

  mutating func forget(_ path: [UInt8]) { byPath[path] = nil }

  /// Known folders directly below a folder whose listing is over and did not show them as folders. What
  /// they still answer is not reported.
  mutating func takeUnconfirmed(below path: [UInt8]) -> [WalkedFolder] {
    let folders = (unconfirmed.removeValue(forKey: path) ?? []).filter {
      $0.standing != .confirmed
    }
    for folder in folders {
      folder.discard()
      byPath[folder.path] = nil
    }
    return folders
  }
}
