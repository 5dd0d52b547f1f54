import PhotoModel

extension Judge {
  mutating func findHeights() {
    let heights = track.usable.map { track.heights[$0] }
    let known = heights.filter { !$0.isNaN }
    guard let highest = known.max() else {
      skip(.heightLimit, "no height above the ground")
      skip(.heightSpread, "no height above the ground")
      return
    }
    let source = check.heightSource == .relative ? "take-off" : "the ground"
    if highest > limits.heightMaximum {
      let places = heights.indices.filter { heights[$0] > limits.heightMaximum }
      find(
        .heightLimit, .warning, photos(places),
        "\(Words.photos(places.count)) higher than \(Words.number(limits.heightMaximum)) m above \(source)",
        highest, limit: limits.heightMaximum, "m")
    }
    guard isOn(.heightSpread) else { return }
    let inLines = track.judgedLines.flatMap { Array($0.range) }.filter { !heights[$0].isNaN }
    guard inLines.count >= 10 else { return }
    let values = inLines.map { heights[$0] }
    let median = Robust.median(values)
    let (low, high) = (Robust.quantile(values, 0.05), Robust.quantile(values, 0.95))
    let spread = 100 * (high - low) / median
    let samplings = inLines.compactMap { track.wholeFootprint(track.usable[$0])?.groundSampling }
    // Climbing photos at the begin and end of a flight are not what it is judged by.
    let (small, large) = (Robust.quantile(samplings, 0.05), Robust.quantile(samplings, 0.95))
    if large > limits.samplingRatio * small {
      find(
        .heightSpread, .error, [],
        "largest ground sampling distance \(Words.number(large / small)) times the smallest",
        large / small, limit: limits.samplingRatio, "×", at: track.photos.first?.position)
    } else if median > 0, spread > limits.heightSpread {
      find(
        .heightSpread, .warning, [],
        "height above \(source) from \(Words.number(low)) to \(Words.number(high)) m", spread,
        limit: limits.heightSpread, "% of median", at: track.photos.first?.position)
    }
  }

  /// Altitude minus relative altitude is the height of the take-off point: it does not change in a flight.
  mutating func findAltitudeJumps() {
    guard isOn(.altitudeJump) else { return }
    let places = track.usable.indices.filter {
      track.photos[track.usable[$0]].altitude != nil
        && track.photos[track.usable[$0]].relativeAltitude != nil
    }
    let values = places.map { place in
      (track.photos[track.usable[place]].altitude ?? 0)
        - (track.photos[track.usable[place]].relativeAltitude ?? 0)
    }
    guard values.count >= 11 else { return skip(.altitudeJump, "no relative altitude") }
    let range = (values.max() ?? 0) - (values.min() ?? 0)
    if range <= min(limits.altitudeStep, limits.altitudeSingle) { return }
    let smooth = values.indices.map { at in
      Robust.median(Array(values[max(0, at - 5)...min(values.count - 1, at + 5)]))
    }
    let rest = values.indices.map { values[$0] - smooth[$0] }
    let sigma = Robust.deviation(rest)
    var events = 0
    let single = max(limits.altitudeSingle, 5.5 * sigma)
    let step = max(limits.altitudeStep, 4.5 * sigma)
    var lastStep = -10
    for at in values.indices {
      guard events < Self.mostEvents else { return }
      if at >= 5, at + 5 <= values.count {
        let before = Robust.median(Array(values[at - 5..<at]))
        let after = Robust.median(Array(values[at..<at + 5]))
        let jump = after - before
        if abs(jump) > step, at - lastStep > 5 {
          // Where single photos differ most is where it happens.
          func change(_ place: Int) -> Double { abs(values[place] - values[place - 1]) }
          let around = max(1, at - 2)...min(values.count - 1, at + 2)
          let from = around.max { change($0) < change($1) }
          find(
            .altitudeJump, .warning, photos([places[from ?? at]]),
            "altitude changes by \(Words.number(jump)) m against the relative altitude",
            abs(jump), limit: step, "m")
          lastStep = at
          events += 1
          continue
        }
      }
      if abs(rest[at]) > single, at - lastStep > 5, !isBesideStep(values, at, step) {
        find(
          .altitudeJump, .warning, photos([places[at]]),
          "altitude of one photo \(Words.number(rest[at])) m off the photos around it",
          abs(rest[at]), limit: single, "m")
        events += 1
      }
    }
  }

  /// A step within the next five photos is found there.
  private func isBesideStep(_ values: [Double], _ at: Int, _ step: Double) -> Bool {
    for next in at..<min(at + 6, values.count) where next >= 5 && next + 5 <= values.count {
      let before = Robust.median(Array(values[next - 5..<next]))
      let after = Robust.median(Array(values[next..<next + 5]))
      if abs(after - before) > step { return true }
    }
    return false
  }

  mutating func findMixedAltitudes() {
    guard isOn(.mixedAltitude) else { return }
    var counts: [String: Int] = [:]
    func label(_ photo: FlightPhoto) -> String? {
      guard photo.altitude != nil else { return nil }
      return photo.altitudeType ?? photo.altitudeReference?.rawValue
    }
    var last: String?
    var count = 0
    for place in track.photos.indices {
      guard let label = label(track.photos[place]) else { continue }
      if label != last {
        if let last { counts[last, default: 0] += count }
        (last, count) = (label, 0)
      }
      count += 1
    }
    if let last { counts[last, default: 0] += count }
    guard counts.count > 1 else { return }
    let order = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let minor = track.photos.filter { label($0).map { $0 != order[0].key } ?? false }
    let words = order.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    find(
      .mixedAltitude, track.kind == .mapping ? .error : .warning, minor,
      "altitudes of several kinds in one flight (\(words))", Double(minor.count), limit: 0, "photos"
    )
  }
}
