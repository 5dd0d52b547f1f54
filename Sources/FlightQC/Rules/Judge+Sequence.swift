extension Judge {
  /// Gaps in lines, by distance and time.
  mutating func findGaps() {
    guard isOn(.gap) else { return }
    var found: [(step: Int, missing: Int)] = []
    switch track.kind {
    case .mapping, .facade:
      for line in track.lines where line.count >= 5 {
        found += gaps(line.range) { _ in line.medianStep }
      }
    case .corridor, .orbit:
      let lengths = stepLengths
      let last = max(0, track.usable.count - 1)
      found = gaps(min(track.leadIn, last)...last) { step in
        var around: [Double] = []
        for other in max(0, step - 5)...min(lengths.count - 1, step + 5) where other != step {
          around.append(lengths[other])
        }
        return Robust.median(around)
      }
    case .other: return
    }
    let worst = overlaps
    for (step, missing) in found.prefix(Self.mostEvents) {
      let share = worst?.forward[track.usable[step]] ?? .nan
      let isLost = share < limits.forwardError - 0.5 && track.kind == .mapping
      let way = track.distance(step, step + 1)
      let overlap = share.isNaN ? "" : "; forward overlap \(Words.number(share)) %"
      find(
        .gap, isLost ? .error : .warning, photos([step, step + 1]),
        "about \(Words.photos(missing)) missing: \(Words.number(way)) m to the next photo\(overlap)",
        way, limit: limits.gapDistance * way / Double(missing + 1), "m")
    }
    gapSteps = Set(found.map { track.places[track.usable[$0.step]] })
  }

  private var stepLengths: [Double] {
    track.usable.indices.dropLast().map { track.distance($0, $0 + 1) }
  }

  /// Steps inside of a range that miss photos, with at least two photos on either side.
  private func gaps(
    _ range: ClosedRange<Int>, median: (Int) -> Double
  ) -> [(step: Int, missing: Int)] {
    guard range.count >= 5 else { return [] }
    let pace = secondsPerMetre(range)
    var found: [(step: Int, missing: Int)] = []
    for step in range.lowerBound + 1..<range.upperBound - 1 {
      let way = track.distance(step, step + 1)
      let expected = median(step)
      guard expected > 0.05, way < 1e6, way > limits.gapDistance * expected,
        takesLonger(step, expected, pace), isNotLate(step, expected, range), isStraight(step),
        keepsHeight(step)
      else { continue }
      let missing = max(1, Int((way / expected).rounded()) - 1)
      // Photos without a position are reported as such.
      let between = track.places[track.usable[step + 1]] - track.places[track.usable[step]] - 1
      if between < missing { found.append((step, missing)) }
    }
    return found
  }

  /// Of the steps in a range, without pauses; NaN without times.
  private func secondsPerMetre(_ range: ClosedRange<Int>) -> Double {
    let steps = (range.lowerBound..<range.upperBound).map {
      (seconds: track.seconds($0, $0 + 1), metres: track.distance($0, $0 + 1))
    }
    let usual = Robust.median(steps.map(\.seconds).filter { $0 > 0 })
    var (seconds, metres) = (0.0, 0.0)
    for step in steps {
      if step.seconds.isNaN { return .nan }
      if step.seconds > 4 * usual + 1 { continue }
      seconds += step.seconds
      metres += step.metres
    }
    return metres > 0 && seconds > 0 ? seconds / metres : .nan
  }

  private func takesLonger(_ step: Int, _ expected: Double, _ pace: Double) -> Bool {
    let time = track.seconds(step, step + 1)
    if time.isNaN || pace.isNaN { return true }
    return time + (track.hasWholeSeconds ? 0.99 : 0) > limits.gapTime * expected * pace
  }

  /// A photo that was taken late is near the next one: all steps around are as long as usual then.
  private func isNotLate(_ step: Int, _ expected: Double, _ range: ClosedRange<Int>) -> Bool {
    let around = max(range.lowerBound, step - 2)..<min(range.upperBound, step + 3)
    let way = around.reduce(0) { $0 + track.distance($1, $1 + 1) }
    return way > (Double(around.count) + 0.58) * expected
  }

  private func isStraight(_ step: Int) -> Bool {
    let way = track.step(step)
    let (before, after) = (track.step(step - 1), track.step(step + 1))
    let turns = [track.turn(before, way), track.turn(way, after)]
    switch track.kind {
    case .corridor: return turns.allSatisfy { $0 < 70 }
    case .orbit: return turns.allSatisfy { $0 < 60 }
    case .facade: return turns.allSatisfy { $0 < 20 }
    default: return turns.contains { $0 < 20 }
    }
  }

  private func keepsHeight(_ step: Int) -> Bool {
    let (a, b) = (track.usable[step], track.usable[step + 1])
    guard let from = track.photos[a].relativeAltitude, let to = track.photos[b].relativeAltitude
    else { return true }
    return track.kind == .facade
      || abs(to - from) < max(track.kind == .orbit ? 1.5 : 3, 0.12 * track.distance(step, step + 1))
  }

  /// Numbers of files that are missing, and that start again.
  mutating func findNumbers() {
    let numbers = track.numbers
    var steps: [Double] = []
    for place in numbers.indices.dropFirst() {
      if let a = numbers[place - 1], let b = numbers[place], b > a {
        steps.append(Double(b - a))
      }
    }
    // Cameras with two lenses count both.
    let usual = Robust.median(steps)
    guard !usual.isNaN, usual <= 10 else { return }
    var events = 0
    for place in numbers.indices.dropFirst() {
      guard let a = numbers[place - 1], let b = numbers[place],
        events < Self.mostEvents
      else { continue }
      let pair = [track.all[place - 1], track.all[place]]
      if b > a, Double(b - a) >= 2 * usual, b - a < 1_000_000 {
        let missing = Int(Double(b - a) / usual) - 1
        let isGap = gapSteps.contains(place - 1)
        find(
          .numberGap, isGap ? .warning : .note, pair,
          "\(missing) file \(missing == 1 ? "number is" : "numbers are") missing between \(a) and \(b)",
          Double(missing), limit: 0, "numbers")
        events += 1
      } else if b < a, let top = FileNumber.wrap(from: a, to: b) {
        let missing = Int(Double(top - a + b) / max(usual, 1)) - 1
        guard missing > 0 else { continue }
        find(
          .numberGap, gapSteps.contains(place - 1) ? .warning : .note, pair,
          "\(missing) file \(missing == 1 ? "number is" : "numbers are") missing between \(a) and \(b)",
          Double(missing), limit: 0, "numbers")
        events += 1
      } else if b < a {
        find(
          .numberRestart, .note, pair, "file numbers go from \(a) to \(b)", Double(b),
          limit: Double(a), "number")
        events += 1
      }
    }
  }
}
