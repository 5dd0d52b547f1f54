import PhotoModel

/// The folders of a walk that are still to be listed, in the order in which they may be.
struct LocalFolderQueue {
  struct Folder {
    var path: PathBytes
    var depth: Int
  }

  private var waiting = [Folder(path: .empty, depth: 0)]
  /// Folders that no earlier run saw wait for the others: by then it shows which known ones are gone,
  /// and what was in them can be recognised elsewhere.
  private var unknown: [Folder] = []
  private let known: Set<PathBytes>
  /// Folders of the earlier run that no listing has shown yet, by their parent.
  private var unseen: [PathBytes: [PathBytes]] = [:]

  init(known hints: [KnownFolderHint]) {
    known = Set(hints.map(\.path))
    for hint in hints where !hint.path.isEmpty {
      unseen[hint.path.parent, default: []].append(hint.path)
    }
  }

  var isEmpty: Bool { waiting.isEmpty && unknown.isEmpty }
  var count: Int { waiting.count + unknown.count }

  mutating func add(_ folder: Folder) {
    if known.contains(folder.path) { waiting.append(folder) } else { unknown.append(folder) }
  }

  /// - Parameter isListing: folders are being listed, which may show known ones.
  mutating func next(isListing: Bool) -> Folder? {
    if let folder = waiting.popLast() { return folder }
    let isUnknownTurn = !isListing || unseen.isEmpty
    return isUnknownTurn ? unknown.popLast() : nil
  }

  /// The known folders that are gone, now that their parent has been listed to the end.
  mutating func vanished(below parent: PathBytes, except names: Set<PathBytes>) -> [PathBytes] {
    var out: [PathBytes] = []
    for path in unseen.removeValue(forKey: parent) ?? [] where !names.contains(path) {
      out.append(path)
      out += vanished(below: path, except: [])
    }
    return out
  }

  /// The parent was not listed to the end: what it lacks is unknown.
  mutating func forget(below parent: PathBytes) { unseen[parent] = nil }

  mutating func removeAll() -> [Folder] {
    defer {
      waiting = []
      unknown = []
    }
    return waiting + unknown
  }
}
