import PhotoModel

extension Judge {
  /// Percent: what is shown as the limit itself is not below it.
  private static let rounding = 0.5

  mutating func findOverlaps(_ part: Mission.Part) {
    guard let overlaps else { return }
    findForward(overlaps)
    guard track.kind == .corridor, part.isOfSeveral else { return findSide(overlaps) }
    // One pass may be flown with other batteries than the next.
    guard let whole = part.whole else { return }
    var judge = Judge(whole, check, flight: flightName)
    judge.findSide(Overlaps(whole))
    add(judge)
  }

  /// The 5th percentile; of few photos the third lowest.
  private static func low(_ values: [Double]) -> Double {
    Robust.quantile(values, max(0.05, min(0.5, 3 / Double(values.count))))
  }

  private mutating func findForward(_ overlaps: Overlaps) {
    guard isOn(.forwardOverlap) else { return }
    let all = overlaps.allForward
    guard !all.isEmpty else { return skip(.forwardOverlap, whyNoFootprints) }
    let low = Self.low(all)
    if low < limits.forwardWarning - Self.rounding {
      let places = track.usable.indices.filter {
        overlaps.forward[track.usable[$0]] < limits.forwardWarning
      }
      let isError = low < limits.forwardError - Self.rounding
      find(
        .forwardOverlap, isError ? .error : .warning, photos(places),
        "forward overlap \(Words.number(low)) % at the 5th percentile, median \(Words.number(Robust.median(all))) %",
        low, limit: isError ? limits.forwardError : limits.forwardWarning, "%")
      return
    }
    for line in track.judgedLines where line.count >= 5 {
      let values = line.range.map { overlaps.forward[track.usable[$0]] }.filter { !$0.isNaN }
      let median = Robust.median(values)
      guard values.count >= 3, median < limits.forwardWarning - Self.rounding else { continue }
      let isError = median < limits.forwardError - Self.rounding
      find(
        .forwardOverlap, isError ? .error : .warning, photos(line.range),
        "forward overlap \(Words.number(median)) % in one line", median,
        limit: isError ? limits.forwardError : limits.forwardWarning, "%")
    }
  }

  private mutating func findSide(_ overlaps: Overlaps) {
    guard isOn(.sideOverlap) else { return }
    let all = overlaps.allSide
    guard !all.isEmpty else {
      return skip(
        .sideOverlap, overlaps.allForward.isEmpty ? whyNoFootprints : "no lines beside each other")
    }
    // Where a corridor bends, its passes come nearer to each other, or part.
    let isCorridor = track.kind == .corridor
    let low = isCorridor ? Robust.median(all) : Self.low(all)
    if low < limits.sideWarning - Self.rounding {
      let places = track.usable.indices.filter {
        let (left, right) = overlaps.side[track.usable[$0]]
        return left < limits.sideWarning || right < limits.sideWarning
      }
      let isError = low < limits.sideError - Self.rounding
      find(
        .sideOverlap, isError ? .error : .warning, photos(places),
        isCorridor
          ? "side overlap \(Words.number(low)) %, median"
          : "side overlap \(Words.number(low)) % at the 5th percentile, median \(Words.number(Robust.median(all))) %",
        low, limit: isError ? limits.sideError : limits.sideWarning, "%")
      return
    }
    for row in track.grids.flatMap(\.rows) {
      let values = row.photos.map { overlaps.side[track.usable[$0.place]].left }
        .filter { !$0.isNaN }
      let median = Robust.median(values)
      guard values.count >= 3, median < limits.sideWarning - Self.rounding else { continue }
      let isError = median < limits.sideError - Self.rounding
      find(
        .sideOverlap, isError ? .error : .warning, photos(row.photos.map(\.place)),
        "side overlap \(Words.number(median)) % between two lines", median,
        limit: isError ? limits.sideError : limits.sideWarning, "%")
    }
  }

  private var looksDown: Bool {
    Robust.median(track.usable.compactMap { track.axes[$0]?.elevation }) < -80
  }

  /// The most frequent reason why photos have no footprint.
  var whyNoFootprints: String {
    var counts: [FootprintFault: Int] = [:]
    for case .some(let fault) in track.faults { counts[fault, default: 0] += 1 }
    let fault = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    return switch fault {
    case .noFocalLength: "no focal length"
    case .fisheye: "fisheye lens"
    case .noAttitude: "no camera attitude"
    case .noHeight:
      check.terrain != nil && check.geoidHeight == nil
        && track.photos.contains { $0.altitudeReference == .ellipsoid }
        ? "altitudes above the ellipsoid need the height of the geoid"
        : "no height above the ground"
    case .tooLow: "height above the ground of 1 m or less"
    case .horizon: "the camera looks at the horizon"
    case .pole: "at a pole"
    case nil: "no consecutive photos"
    }
  }

  mutating func findHoles() {
    guard isOn(.hole) else { return }
    guard let coverage else { return skip(.hole, whyNoFootprints) }
    // Several flights cover an area together.
    if check.area != nil { return }
    for hole in coverage.holes {
      let share = 100 * hole.area / footprintArea
      let middle = Self.middle(hole.outline)
      let place = track.plane.coordinate(middle)
      let nearest = track.usable.indices.min {
        Ring.length(track.points[track.usable[$0]] - middle)
          < Ring.length(track.points[track.usable[$1]] - middle)
      }
      find(
        .hole, .warning, photos(nearest.map { [$0] } ?? []),
        "no photo shows \(Words.number(hole.area)) m²", share, limit: limits.holeFootprint,
        "% of a footprint", at: place, outline: ExaminedFlight.ring(hole.outline, track.plane))
    }
  }

  /// The centre of area of a ring.
  static func middle(_ ring: [Ground]) -> Ground {
    let area = Ring.signedArea(ring)
    guard area != 0, let origin = ring.first, var last = ring.last else {
      return ring.first ?? .zero
    }
    var sum = Ground.zero
    for corner in ring {
      let (a, b) = (last - origin, corner - origin)
      sum += (a + b) * Ring.cross(a, b)
      last = corner
    }
    return origin + sum / (6 * area)
  }

  /// Photos with the horizon in view; at both ends of a flight they are wanted overviews.
  mutating func findHorizon() {
    guard isOn(.horizon) else { return }
    let flat = track.usable.indices.filter { place in
      let at = track.usable[place]
      guard let axes = track.axes[at] else { return false }
      return axes.elevation > limits.horizonPitch || track.footprints[at]?.isClamped ?? false
    }
    let firstInLine = isInLine.firstIndex(of: true) ?? 0
    let lastInLine = isInLine.lastIndex(of: true) ?? track.usable.count - 1
    for run in Self.runs(flat).prefix(Self.mostEvents) {
      let isAtEnd =
        run.upperBound < firstInLine || run.lowerBound > lastInLine || run.lowerBound == 0
        || run.upperBound == track.usable.count - 1
      let isShort = run.count <= 5
      let highest = run.compactMap { track.axes[track.usable[$0]]?.elevation }.max() ?? 0
      find(
        .horizon, isAtEnd && isShort ? .note : .warning, photos(run),
        "\(Words.photos(run.count)) with the horizon in view or near it", highest,
        limit: limits.horizonPitch, "°")
    }
  }

  mutating func findMissingCamera() {
    if track.assumesNadir {
      find(
        .noAttitude, .note, track.photos,
        "the drone wrote no camera attitude; footprints assume a camera that looks straight down")
    }
    let ways: [(FlightRule, Set<FootprintFault>, String)] = [
      (.noAttitude, [.noAttitude], "without the camera's attitude, so without a footprint"),
      (
        .noCamera, [.noFocalLength, .fisheye],
        "without a usable focal length, so without a footprint"
      ),
    ]
    for (rule, faults, words) in ways {
      let places = track.faults.indices.filter { track.faults[$0].map(faults.contains) ?? false }
      guard !places.isEmpty else { continue }
      find(
        rule, .note, places.map { track.photos[$0] }, "\(Words.photos(places.count)) \(words)",
        Double(places.count), limit: 0, "photos")
    }
  }
}
