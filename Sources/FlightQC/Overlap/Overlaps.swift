/// How much consecutive and neighbouring photos of a flight share; percent.
struct Overlaps {
  /// Of each photo with the next one of its line: shared area / own area. By place in ``Track/photos``.
  var forward: [Double]
  /// Of each photo with the neighbouring rows, left and right: the part of its strip across the flight that
  /// photos of that row cover. NaN without a neighbour.
  var side: [(left: Double, right: Double)]
  /// 1 − distance / footprint length, as the plan meant it.
  var forwardByDistance: [Double] = []
  var sideByDistance: [Double] = []

  var allForward: [Double] { forward.filter { !$0.isNaN } }
  var allSide: [Double] { side.flatMap { [$0.left, $0.right] }.filter { !$0.isNaN } }

  init(_ track: Track) {
    forward = [Double](repeating: .nan, count: track.photos.count)
    side = [(Double, Double)](repeating: (.nan, .nan), count: track.photos.count)
    var clip = ConvexClip()
    var end = -1
    for line in track.judgedLines {
      // Where a line begins with the last photo of the one before, the flight bends, and with it the picture.
      addForward(line, track, &clip, skipsFirst: line.range.lowerBound == end)
      end = line.range.upperBound
    }
    for grid in track.grids {
      for number in grid.rows.indices { addSide(number, grid, track) }
    }
    if track.kind == .corridor { addSide(Passes(track), track) }
  }

  private mutating func addForward(
    _ line: FlightLine, _ track: Track, _ clip: inout ConvexClip, skipsFirst: Bool
  ) {
    for step in line.range.dropLast().dropFirst(skipsFirst ? 1 : 0) {
      let (a, b) = (track.usable[step], track.usable[step + 1])
      guard let first = track.wholeFootprint(a), let second = track.wholeFootprint(b) else {
        continue
      }
      let area = Ring.area(first.corners)
      guard area > 0 else { continue }
      forward[a] = 100 * clip.sharedArea(first.corners, second.corners) / area
      if let length = Ring.chord(
        first.corners, through: first.centre, along: line.direction)
      {
        let way = Ring.dot(track.points[b] - track.points[a], line.direction)
        forwardByDistance.append(
          100 * (1 - way / (length.upperBound - length.lowerBound)))
      }
    }
  }

  /// Rows beside rows: the next one on either side that has photos beside this one.
  private mutating func addSide(_ number: Int, _ grid: RowGrid, _ track: Track) {
    let row = grid.rows[number]
    let direction = grid.axis
    let reach = 2.5 * grid.spacing
    for (along, usable) in row.photos {
      let place = track.usable[usable]
      guard let own = track.wholeFootprint(place),
        let length = Ring.chord(own.corners, through: own.centre, along: direction)
      else { continue }
      let near = (length.upperBound - length.lowerBound) / 2
      let left = Ground(-direction.y, direction.x)
      guard let strip = Ring.chord(own.corners, through: own.centre, along: left) else { continue }
      for step in [1, -1] {
        var other = number + step
        while grid.rows.indices.contains(other),
          abs(grid.rows[other].offset - row.offset) <= reach
        {
          let photos = grid.rows[other].photos
          let beside = photos[nearest(photos, along)]
          if passes(beside.lazy.map { $0.along - along }, near) {
            let share = covered(
              own.centre, left, strip, beside.lazy.map { track.usable[$0.place] }, track)
            if step > 0 { side[place].left = share } else { side[place].right = share }
            let way = abs(grid.rows[other].offset - row.offset)
            sideByDistance.append(100 * (1 - way / (strip.upperBound - strip.lowerBound)))
            break
          }
          // Where the next row ends nearby, the one behind it is no neighbour.
          if beside.contains(where: { abs($0.along - along) <= 2 * near }) { break }
          other += step
        }
      }
    }
  }

  /// Whether a row goes on on both sides of a photo: where it ends, its last photo shows a part of the strip alone.
  private func passes(_ along: some Collection<Double>, _ near: Double) -> Bool {
    along.contains { $0 >= 0 && $0 <= near } && along.contains { $0 <= 0 && $0 >= -near }
  }

  /// Corridors: photos of another pass, on either side the nearest one.
  private mutating func addSide(_ passes: Passes, _ track: Track) {
    for (usable, direction) in passes.photos {
      let place = track.usable[usable]
      guard let own = track.wholeFootprint(place),
        let length = Ring.chord(own.corners, through: own.centre, along: direction)
      else { continue }
      let near = (length.upperBound - length.lowerBound) / 2
      let left = Ground(-direction.y, direction.x)
      guard let strip = Ring.chord(own.corners, through: own.centre, along: left) else { continue }
      let wide = strip.upperBound - strip.lowerBound
      for sign in [1.0, -1.0] {
        guard
          let beside = passes.beside(
            usable, own.centre, direction, left * sign, near: near, wide: wide, track),
          self.passes(beside.map(\.along), near)
        else { continue }
        let share = covered(
          own.centre, left, strip, beside.map { track.usable[$0.place] }, track)
        if sign > 0 { side[place].left = share } else { side[place].right = share }
        if let way = beside.map(\.across).min() { sideByDistance.append(100 * (1 - way / wide)) }
      }
    }
  }

  /// At most six photos of a row, those that are nearest, in their order.
  private func nearest(
    _ photos: [(along: Double, place: Int)], _ along: Double
  ) -> Range<Int> {
    var (low, high) = (0, photos.count)
    while low < high {
      let middle = (low + high) / 2
      if photos[middle].along < along { low = middle + 1 } else { high = middle }
    }
    var range = low..<low
    while range.count < min(6, photos.count) {
      let (first, end) = (range.lowerBound, range.upperBound)
      let takesBefore =
        end == photos.count
        || first > 0 && along - photos[first - 1].along <= photos[end].along - along
      range = takesBefore ? first - 1..<end : first..<end + 1
    }
    return range
  }

  /// Percent of a strip that the union of footprints covers.
  private func covered(
    _ centre: Ground, _ direction: Ground, _ strip: ClosedRange<Double>,
    _ places: some Sequence<Int>,
    _ track: Track
  ) -> Double {
    var parts: [ClosedRange<Double>] = []
    for place in places {
      guard let other = track.wholeFootprint(place),
        let chord = Ring.chord(other.corners, through: centre, along: direction)
      else { continue }
      let (low, high) = (
        max(chord.lowerBound, strip.lowerBound), min(chord.upperBound, strip.upperBound)
      )
      if low < high { parts.append(low...high) }
    }
    parts.sort { $0.lowerBound < $1.lowerBound }
    var sum = 0.0
    var end = -Double.infinity
    for part in parts where part.upperBound > end {
      sum += part.upperBound - max(part.lowerBound, end)
      end = part.upperBound
    }
    return 100 * sum / (strip.upperBound - strip.lowerBound)
  }
}

extension Track {
  /// One that is not clamped, of a photo in its place.
  func wholeFootprint(_ place: Int) -> Footprint? {
    guard !isStray[place], let found = footprints[place], !found.isClamped else { return nil }
    return found
  }
}
