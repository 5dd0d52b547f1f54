extension Judge {
  /// Lines that are flown faster than the others; of corridors stretches of some steps, which bends do not end.
  mutating func findSpeed() {
    guard isOn(.speed) else { return }
    let lines = ofLines
    let parts = track.kind == .corridor ? stretches : lines
    guard !parts.isEmpty else { return skip(.speed, "no times") }
    let median = Robust.median(parts.map(\.speed))
    let tooFast = lines.filter { $0.slowest > limits.speedMaximum }
    var found: [Part] = []
    for part in tooFast.isEmpty ? parts : tooFast {
      let isTooFast = part.slowest > limits.speedMaximum
      // Wind makes lines of one direction faster than those back.
      let others = parts.filter {
        $0.range != part.range && Ring.dot($0.direction, part.direction) > 0.9
      }
      let usual =
        track.kind == .corridor || others.count < 2
        ? median : max(median, Robust.median(others.map(\.speed)))
      guard isTooFast || parts.count >= 3 && part.slowest > limits.speedRatio * usual else {
        continue
      }
      if let last = found.last, last.isTooFast == isTooFast, last.isStretch,
        last.range.upperBound >= part.range.lowerBound
      {
        found[found.count - 1].range = last.range.lowerBound...part.range.upperBound
        found[found.count - 1].speed = max(last.speed, part.speed)
      } else {
        found.append(part)
        found[found.count - 1].isTooFast = isTooFast
      }
    }
    for part in found.prefix(Self.mostEvents) {
      find(
        .speed, part.isTooFast ? .warning : .note, photos(part.range),
        "flown at \(Words.number(part.speed)) m/s, median \(Words.number(median)) m/s", part.speed,
        limit: part.isTooFast ? limits.speedMaximum : limits.speedRatio * median, "m/s")
    }
  }

  private struct Part {
    var range: ClosedRange<Int>
    var direction: Ground
    /// Metres per second.
    var speed: Double
    /// What it is at least: times of whole seconds are up to a second off.
    var slowest: Double
    var isStretch = false
    var isTooFast = false
  }

  private var ofLines: [Part] {
    track.judgedLines.filter { $0.count >= 5 }.compactMap { part($0.range) }
  }

  private var stretches: [Part] {
    var parts: [Part] = []
    for start in stride(from: 0, to: track.usable.count - 6, by: 2) {
      // The way to the next pass is no part of one.
      guard
        !(start..<start + 6).contains(where: { track.distance($0, $0 + 1) > 3 * track.spacing }),
        var part = part(start...start + 6)
      else { continue }
      part.isStretch = true
      parts.append(part)
    }
    return parts
  }

  /// By the speed that the drone wrote, else by way and time.
  private func part(_ range: ClosedRange<Int>) -> Part? {
    let own = range.compactMap { place -> Double? in
      let at = track.usable[place]
      guard let north = track.photos[at].speedNorth, let east = track.photos[at].speedEast else {
        return nil
      }
      return (north * north + east * east).squareRoot()
    }
    let way = track.linePoints[range.upperBound] - track.linePoints[range.lowerBound]
    let length = Ring.length(way)
    guard length > 0 else { return nil }
    if own.count == range.count, let fastest = own.max(), fastest > 0 {
      let speed = Robust.median(own)
      return Part(range: range, direction: way / length, speed: speed, slowest: speed)
    }
    var metres = 0.0
    for step in range.lowerBound..<range.upperBound { metres += track.distance(step, step + 1) }
    let seconds = track.seconds(range.lowerBound, range.upperBound)
    guard seconds > 0 else { return nil }
    return Part(
      range: range, direction: way / length, speed: metres / seconds,
      slowest: metres / (seconds + (track.hasWholeSeconds ? 1 : 0)))
  }
}
