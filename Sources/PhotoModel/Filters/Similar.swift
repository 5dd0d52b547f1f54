/// “Did you mean …?”: the nearest of some names.
package enum Similar {
  private static let longest = 500

  /// The name with the smallest edit distance, when it is near enough to be meant.
  package static func nearest(to word: String, in names: some Sequence<String>) -> String? {
    // Comparing takes the product of both lengths.
    if word.utf8.count > longest { return nil }
    let limit = max(1, word.count / 3)
    return names.lazy.filter { $0.utf8.count <= longest }.map {
      (name: $0, distance: distance(word, $0))
    }
    .filter { $0.distance <= limit || $0.name.hasPrefix(word) && word.count >= 3 }
    .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
  }

  /// Insertions, deletions, replacements and swaps of neighbours (Damerau's restricted distance).
  package static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a.lowercased())
    let b = Array(b.lowercased())
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
