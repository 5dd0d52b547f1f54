extension Judge {
  /// The last row ends before the continuation of the rows before it; with an area, ground beyond the end of a flight is not
  /// covered.
  mutating func findCutShort() {
    guard isOn(.cutShort) else { return }
    if check.area != nil { return keepEnd() }
    let lastOf = track.grids.map { $0.lines.last ?? -1 }
    guard let lastLine = lastOf.max(), let number = lastOf.firstIndex(of: lastLine),
      let rows = lastRows(track.grids[number])
    else { return }
    let axis = track.grids[number].axis
    let last = track.lines[lastLine]
    let direction = Ring.dot(last.direction, axis) < 0 ? -axis : axis
    let ends = rows.map { row in
      row.photos.reduce(-Double.infinity) {
        max($0, Ring.dot(track.points[track.usable[$1.place]], direction))
      }
    }
    let expected = min(ends[1], 2 * ends[1] - ends[0])
    let missing = expected - ends[2]
    let whole = track.lines[rows[1].lines[0]].length
    guard missing >= limits.cutShortSpacings * last.medianStep, missing >= 0.15 * whole else {
      return
    }
    find(
      .cutShort, .warning, photos([last.range.upperBound]),
      "the last line ends \(Words.number(missing)) m before the lines beside it",
      missing / last.medianStep, limit: limits.cutShortSpacings, "steps")
  }

  /// The three rows that are flown last, one beside the other.
  private func lastRows(_ grid: RowGrid) -> [FlightRow]? {
    guard grid.rows.count >= 4 else { return nil }
    var rowOf: [Int: Int] = [:]
    for (row, value) in grid.rows.enumerated() { for line in value.lines { rowOf[line] = row } }
    var order: [Int] = []
    for line in grid.lines {
      if let row = rowOf[line], order.last != row { order.append(row) }
    }
    guard order.count >= 3 else { return nil }
    let rows = order.suffix(3).map { grid.rows[$0] }
    let isBeside = (1..<3).allSatisfy { place in
      let way = abs(rows[place].offset - rows[place - 1].offset)
      return abs(way - grid.spacing) < 0.5 * grid.spacing
    }
    return isBeside ? rows : nil
  }

  /// The wanted area, and what all flights show of it, tells whether the rest is missed.
  private mutating func keepEnd() {
    guard track.kind != .orbit, track.kind != .facade, let end = track.usable.last,
      !footprintArea.isNaN
    else { return }
    let last = track.usable.count - 1
    let before = track.usable[max(0, last - 1)]
    let way = track.points[end] - track.points[before]
    let side = footprintArea.squareRoot()
    let ahead = way / max(Ring.length(way), 1e-9) * (side / 2)
    var finding = FlightFinding(
      .cutShort, check.rules.severity(.cutShort, .error), photos([last]),
      "the flight ends where photos do not cover the area")
    finding.flight = flightName
    unproved = UnprovedEnd(
      finding: finding, place: track.plane.coordinate(track.centre(last) + ahead), reach: side)
  }

  mutating func findStationary() {
    guard isOn(.stationary), track.usable.count >= 2 else { return }
    let radius =
      track.spacing < 0.2
      ? limits.stationaryRadius : min(limits.stationaryRadius, max(0.5, 0.5 * track.spacing))
    var start = 0
    var events = 0
    for place in 1...track.usable.count {
      if place < track.usable.count, track.distance(start, place) <= radius { continue }
      let count = place - start
      if Double(count) >= limits.stationaryPhotos, events < Self.mostEvents {
        find(
          .stationary, .note, photos(start..<place),
          "\(count) photos within \(Words.number(radius)) m", Double(count),
          limit: limits.stationaryPhotos, "photos")
        events += 1
      }
      start = place
    }
  }
}
