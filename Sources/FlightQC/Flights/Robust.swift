/// Statistics that a few wrong values do not move.
enum Robust {
  /// NaN without a value. Of an even number the lower of the two in the middle: always a value that occurs.
  static func median(_ values: [Double]) -> Double { quantile(values, 0.5) }

  /// - Parameter q: 0…1; the nearest rank.
  static func quantile(_ values: [Double], _ q: Double) -> Double {
    guard !values.isEmpty else { return .nan }
    var values = values
    let rank = max(0, min(values.count - 1, Int((q * Double(values.count)).rounded(.up)) - 1))
    return select(&values, rank)
  }

  /// Standard deviation by the median absolute deviation; 0 without values.
  static func deviation(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let middle = median(values)
    return 1.4826 * median(values.map { abs($0 - middle) })
  }

  /// Quickselect; the middle of three as pivot.
  private static func select(_ values: inout [Double], _ rank: Int) -> Double {
    var (low, high) = (0, values.count - 1)
    while low < high {
      let middle = (low + high) / 2
      let (a, b, c) = (values[low], values[middle], values[high])
      let pivot = max(min(a, b), min(max(a, b), c))
      var (i, j) = (low, high)
      while i <= j {
        while values[i] < pivot { i += 1 }
        while values[j] > pivot { j -= 1 }
        if i <= j {
          values.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if rank <= j { high = j } else if rank >= i { low = i } else { break }
    }
    return values[rank]
  }
}
