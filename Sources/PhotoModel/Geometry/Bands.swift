/// Finds the intervals that may hold a number without looking at all of them: the line is cut into bands of the same
/// height, and each band lists the intervals that reach into it.
struct Bands: Sendable {
  private let low: Double
  private let bandsPerUnit: Double
  /// Of each band the beginning of its list in ``members``; one more at the end.
  private let starts: [Int32]
  private let members: [Int32]

  /// - Parameter intervals: low ≤ high; at most `Int32.max` of them.
  init(_ intervals: [(low: Double, high: Double)]) {
    let low = intervals.reduce(.infinity) { min($0, $1.low) }
    let height = intervals.reduce(-.infinity) { max($0, $1.high) } - low
    var count = height > 0 && height.isFinite ? max(1, min(intervals.count, 1 << 16)) : 1
    var perUnit = 0.0
    func bands(_ interval: (low: Double, high: Double)) -> ClosedRange<Int> {
      let first = Self.band(interval.low - low, perUnit, count)
      return first...max(first, Self.band(interval.high - low, perUnit, count))
    }
    // Tall intervals overlap many bands. Fewer bands keep memory proportional to their number.
    while count > 1 {
      perUnit = Double(count) / height
      if perUnit.isFinite,
        intervals.reduce(0, { $0 + bands($1).count }) <= 4 * intervals.count
      {
        break
      }
      count = max(1, count / 4)
    }
    var starts = [Int32](repeating: 0, count: count + 1)
    for interval in intervals { for band in bands(interval) { starts[band + 1] += 1 } }
    for band in 1...count { starts[band] += starts[band - 1] }
    var next = starts
    var members = [Int32](repeating: 0, count: Int(starts[count]))
    for (number, interval) in intervals.enumerated() {
      for band in bands(interval) {
        members[Int(next[band])] = Int32(number)
        next[band] += 1
      }
    }
    self.low = low
    bandsPerUnit = perUnit
    self.starts = starts
    self.members = members
  }

  /// Entries of all lists.
  var size: Int { members.count }

  /// Numbers of intervals, in order: all that hold `value`, and others.
  func candidates(_ value: Double) -> ArraySlice<Int32> {
    let band = Self.band(value - low, bandsPerUnit, starts.count - 1)
    return members[Int(starts[band])..<Int(starts[band + 1])]
  }

  /// Grows with the distance, so that what lies between two numbers lies between their bands, too.
  private static func band(_ distance: Double, _ perUnit: Double, _ count: Int) -> Int {
    let place = distance * perUnit
    // NaN falls into band 0.
    guard place > 0 else { return 0 }
    return place < Double(count) ? Int(place) : count - 1
  }
}
