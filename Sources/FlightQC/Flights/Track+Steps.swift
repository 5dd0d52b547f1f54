#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Track {
  /// From a usable photo to the next one, metres; of facades along the wall and upwards.
  func step(_ place: Int) -> Ground { linePoints[place + 1] - linePoints[place] }

  /// Metres between usable photos.
  func distance(_ a: Int, _ b: Int) -> Double { Ring.length(linePoints[b] - linePoints[a]) }

  func seconds(_ a: Int, _ b: Int) -> Double { times[usable[b]] - times[usable[a]] }

  /// Degrees between two steps, 0…180; 0 when one of them has no length.
  func turn(_ a: Ground, _ b: Ground) -> Double {
    let lengths = Ring.length(a) * Ring.length(b)
    guard lengths > 0 else { return 0 }
    return acos(max(-1, min(1, Ring.dot(a, b) / lengths))) * 180 / .pi
  }

  /// Metres per second of a line; NaN without times. Times of whole seconds count as a second longer.
  func speed(_ line: FlightLine) -> Double {
    let seconds = self.seconds(line.range.lowerBound, line.range.upperBound)
    guard seconds > 0 else { return .nan }
    return line.length / (seconds + (hasWholeSeconds ? 0.5 : 0))
  }

  /// Lines of rows, without turns; of flights without rows all lines.
  var judgedLines: [FlightLine] {
    grids.isEmpty ? lines : grids.flatMap(\.lines).sorted().map { lines[$0] }
  }

  /// Photos of the ground and of the climb before the first line: one by one, each after a longer pause than in lines.
  var leadIn: Int {
    guard usable.count >= 20 else { return 0 }
    let steps = usable.indices.dropLast().map { seconds($0, $0 + 1) }
    let usual = Robust.median(steps)
    let limit = 1.5 * usual + (hasWholeSeconds ? 0.99 : 0)
    let count = steps.prefix { $0 > limit }.count
    return count <= 5 ? count : 0
  }

  /// Photos that were too far away for the flight, in time or distance, and how many metres.
  func strays(nearerThan limit: Double) -> [(place: Int, metres: Double)] {
    photos.indices.filter { isStray[$0] }.compactMap { place in
      let next = usable.partitioningIndex { $0 > place }
      let around = [next - 1, next].filter(usable.indices.contains).map { usable[$0] }
      let metres = around.map { Ring.length(points[place] - points[$0]) }.min() ?? 0
      return metres < limit ? (place, metres) : nil
    }
  }

  /// Takes photos out of the flight whose position is off the way of the photos around them.
  /// - Returns: their places, and how many metres.
  mutating func takeOutliers(_ limits: FlightLimits) -> [(place: Int, metres: Double)] {
    guard usable.count >= 5 else { return [] }
    let sigma = straightDeviation
    let farStep = max(limits.outlierDistance, 1.5 * spacing)
    let detour = max(limits.outlierDetour, 2 * spacing)
    let across = max(limits.outlierDistance, max(8 * sigma, 0.5 * spacing))
    let pace = medianPace
    var off = [Double](repeating: 0, count: usable.count)
    for at in 1..<usable.count - 1 {
      let (a, b, c) = (usable[at - 1], usable[at], usable[at + 1])
      let (ab, bc) = (Ring.length(points[b] - points[a]), Ring.length(points[c] - points[b]))
      let ac = Ring.length(points[c] - points[a])
      // Beside a gap the flight does not go on behind the photo.
      // With times, a way that nobody could fly proves it.
      let goesOn =
        (times[c] - times[a]) * pace > 0
        ? !isFlown(ab + bc, times[c] - times[a], pace) || !isFlown(ab, times[b] - times[a], pace)
          || !isFlown(bc, times[c] - times[b], pace)
        : ac < max(3 * spacing, 0.6 * min(ab, bc))
      if goesOn, ab + bc - ac > detour, ab > farStep, bc > farStep { off[at] = (ab + bc - ac) / 2 }
      if at >= 2, at + 2 < usable.count,
        let away = residual(usable[at - 2], a, b, c, usable[at + 2]), away > across
      {
        off[at] = max(off[at], away)
      }
    }
    // A wrong position also bends the way of the photos beside it.
    var found: [(place: Int, metres: Double)] = []
    for at in off.indices where off[at] > 0 && found.count * 20 <= usable.count {
      let around = off[max(0, at - 2)...min(off.count - 1, at + 2)]
      if around.allSatisfy({ $0 <= off[at] }) { found.append((usable[at], off[at])) }
    }
    for (place, _) in found { isStray[place] = true }
    if !found.isEmpty { refreshUsable() }
    return found
  }

  /// Whether there was time for a way: then the drone was there.
  private func isFlown(_ metres: Double, _ seconds: Double, _ pace: Double) -> Bool {
    seconds + (hasWholeSeconds ? 1 : 0) >= 0.7 * metres * pace
  }

  /// Seconds per metre of steps; NaN without times.
  private var medianPace: Double {
    Robust.median(
      usable.indices.dropLast().compactMap { place in
        let way = Ring.length(points[usable[place + 1]] - points[usable[place]])
        let pace = (times[usable[place + 1]] - times[usable[place]]) / way
        return way > 0 && pace > 0 ? pace : nil
      })
  }

  /// Metres of the middle one of five photos from the line through its neighbours; nil where the others are not straight.
  private func residual(_ a2: Int, _ a: Int, _ b: Int, _ c: Int, _ c2: Int) -> Double? {
    let way = points[c] - points[a]
    let length = Ring.length(way)
    guard length > 0, turn(points[a] - points[a2], way) < 20, turn(way, points[c2] - points[c]) < 20
    else { return nil }
    return abs(Ring.cross(way / length, points[b] - points[a]))
  }

  private var straightDeviation: Double {
    guard usable.count >= 5 else { return 0 }
    var values: [Double] = []
    for at in 2..<usable.count - 2 {
      if let value = residual(
        usable[at - 2], usable[at - 1], usable[at], usable[at + 1], usable[at + 2])
      {
        values.append(value)
      }
    }
    // The median of absolute values.
    return values.isEmpty ? 0 : 1.4826 * Robust.median(values)
  }
}

extension [Int] {
  /// The first index whose element passes; all behind it pass, too.
  fileprivate func partitioningIndex(_ passes: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if passes(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
