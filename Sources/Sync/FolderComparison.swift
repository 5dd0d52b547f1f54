import PhotoIndex
import PhotoModel

/// One folder while it is listed: what the index knew of it, and which of that has been seen.
struct FolderComparison {
  /// By the bytes of their names.
  private let known: [KnownPhoto]
  private var seen: [Bool]
  /// Where the next name probably stands: listings often come in order.
  private var cursor = 0

  init(known: [KnownPhoto]) {
    self.known = known
    self.seen = Array(repeating: false, count: known.count)
  }

  /// What the index knows of a listed name; marks it as seen.
  mutating func take(_ name: PathBytes) -> KnownPhoto? {
    guard let index = find(name) else { return nil }
    seen[index] = true
    cursor = index + 1
    return known[index]
  }

  func photo(_ name: PathBytes) -> KnownPhoto? { find(name).map { known[$0] } }

  var unseen: [KnownPhoto] {
    zip(known, seen).filter { !$0.1 }.map(\.0)
  }

  /// What the index knows to stand beside photos.
  var sidecars: [PathBytes] { known.compactMap(\.sidecar?.name) }

  private func find(_ name: PathBytes) -> Int? {
    if cursor < known.count, known[cursor].name == name { return cursor }
    var low = 0
    var high = known.count
    while low < high {
      let middle = (low + high) / 2
      if known[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < known.count && known[low].name == name ? low : nil
  }
}

/// Photos of folders that are gone, to be found again under another path: same name, size and
/// time, and only one such.
struct MoveCandidates {
  private struct Key: Hashable {
    var name: PathBytes
    var size: Int64
    var mtime: Int64
  }

  private var candidates: [Key: [KnownPhoto]] = [:]

  mutating func add(_ photos: [KnownPhoto], parserVersion: Int) {
    for photo in photos where !photo.failed && !photo.racy && photo.parserVersion >= parserVersion {
      guard let size = photo.size, let mtime = photo.mtime else { continue }
      candidates[Key(name: photo.name, size: size, mtime: mtime), default: []].append(photo)
    }
  }

  /// The one candidate for a new file, taken out; nil when there is none, or more than one.
  mutating func take(_ file: ListedFile) -> KnownPhoto? {
    guard !candidates.isEmpty, let size = file.size, let mtime = file.mtime else { return nil }
    let key = Key(name: file.name, size: size, mtime: mtime)
    guard let found = candidates[key], found.count == 1 else { return nil }
    candidates[key] = nil
    return found[0]
  }
}
