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

  /// Names of the sidecars that the index has for this folder.
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
