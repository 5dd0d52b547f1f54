extension Judge {
  mutating func findTimeBackward(_ falls: [(place: Int, seconds: Double)]) {
    for (place, seconds) in falls.prefix(Self.mostEvents) where place > 0 {
      find(
        .timeBackward, .warning, [track.all[place - 1], track.all[place]],
        "the clock falls by \(Words.number(seconds)) s while file numbers rise", seconds, limit: 0,
        "s")
    }
  }

  /// The camera's clock against the time of the satellites.
  mutating func findClockDrift() {
    guard isOn(.clockDrift) else { return }
    var series: [(time: Double, offset: Double, photo: FlightPhoto)] = []
    for place in track.photos.indices {
      guard let local = track.photos[place].takenLocal,
        let satellite = track.photos[place].satelliteAt
      else { continue }
      let photo = track.photos[place]
      let difference = (Double(local) - Double(satellite)) / 1000
      // Without a zone the clock is taken for the zone that fits best.
      let zone =
        photo.utcOffset.map { Double($0) * 60 } ?? (difference / 900).rounded() * 900
      series.append((track.times[place], difference - zone, photo))
    }
    guard series.count >= 5 else { return skip(.clockDrift, "no satellite times") }
    let offsets = series.map(\.offset)
    let median = Robust.median(offsets)
    if abs(median) > limits.driftNote {
      let isFar = abs(median) > limits.driftWarning
      find(
        .clockDrift, isFar ? .warning : .note, series.map(\.photo),
        "the camera's clock is \(Words.number(abs(median))) s \(median > 0 ? "ahead of" : "behind") satellite time",
        median, limit: isFar ? limits.driftWarning : limits.driftNote, "s")
    }
    let range = (offsets.max() ?? 0) - (offsets.min() ?? 0)
    if range <= min(limits.driftJump, 2) { return }
    if let jump = jump(offsets) {
      find(
        .clockDrift, .note, [series[jump.place].photo],
        "the difference between clock and satellite time changes by \(Words.number(jump.seconds)) s",
        jump.seconds, limit: limits.driftJump, "s")
    } else if let slope = Self.slope(series.map { ($0.time, $0.offset) }) {
      let hours = ((series.last?.time ?? 0) - (series.first?.time ?? 0)) / 3600
      if abs(slope) > limits.driftPerHour, abs(slope) * hours > 2 {
        find(
          .clockDrift, .note, series.map(\.photo),
          "the camera's clock drifts by \(Words.number(slope)) s per hour", slope,
          limit: limits.driftPerHour, "s/h")
      }
    }
  }

  /// The first place where the median of five changes.
  private func jump(_ values: [Double]) -> (place: Int, seconds: Double)? {
    guard values.count >= 10 else { return nil }
    for at in 5...values.count - 5 {
      let change =
        Robust.median(Array(values[at..<at + 5])) - Robust.median(Array(values[at - 5..<at]))
      if abs(change) > limits.driftJump { return (at, change) }
    }
    return nil
  }

  /// Theil and Sen: the median of slopes, in seconds per hour, of at most 200 points.
  static func slope(_ points: [(Double, Double)]) -> Double? {
    let known = points.filter { !$0.0.isNaN }
    guard known.count >= 10 else { return nil }
    let step = max(1, known.count / 200)
    let some = stride(from: 0, to: known.count, by: step).map { known[$0] }
    let half = some.count / 2
    var slopes: [Double] = []
    for a in 0..<half {
      for b in half..<some.count where some[b].0 > some[a].0 {
        slopes.append((some[b].1 - some[a].1) / (some[b].0 - some[a].0))
      }
    }
    return slopes.isEmpty ? nil : Robust.median(slopes) * 3600
  }
}
