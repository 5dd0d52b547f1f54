#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A run of photos in one direction.
struct FlightLine {
  /// Places in ``Track/usable``, at least three.
  var range: ClosedRange<Int>
  /// Unit vector.
  var direction: Ground
  /// Metres between photos.
  var medianStep: Double
  var length: Double

  var count: Int { range.count }
}

enum LineFinder {
  /// Headings of one line differ by less than this from its running direction, degrees.
  private static let widest = 30.0

  /// - Parameters:
  ///   - points: of the usable photos, in order; for facades along the wall and upwards.
  ///   - breaks: places that no line enters from the place before.
  static func lines(
    _ points: [Ground], spacing: Double, breaks: Set<Int> = []
  ) -> [FlightLine] {
    var lines: [FlightLine] = []
    let tiny = max(0.05, 0.15 * spacing)
    let cosine = cos(Angle.radians(widest))
    var start = 0
    // Photos of one place before a line and behind it are no part of it.
    var end = 0
    var direction: Ground?
    func close() {
      if let line = trimmed(points, start, end) { lines.append(line) }
    }
    for place in points.indices.dropFirst() {
      if breaks.contains(place) {
        close()
        (start, end) = (place, place)
        direction = nil
        continue
      }
      let step = points[place] - points[place - 1]
      let length = Ring.length(step)
      if length < tiny { continue }
      let unit = step / length
      if let old = direction, Ring.dot(old, unit) >= cosine {
        let sum = old * 0.6 + unit
        direction = sum / Ring.length(sum)
      } else {
        close()
        start = place - 1
        direction = unit
      }
      end = place
    }
    close()
    return lines
  }

  /// A first or last step that is much longer than the others belongs to the turn.
  private static func trimmed(_ points: [Ground], _ start: Int, _ end: Int) -> FlightLine? {
    var (start, end) = (start, end)
    guard end - start >= 2 else { return nil }
    let median = medianStep(points, start, end)
    if Ring.length(points[start + 1] - points[start]) > 1.6 * median { start += 1 }
    if end - start >= 1, Ring.length(points[end] - points[end - 1]) > 1.6 * median { end -= 1 }
    guard end - start >= 2 else { return nil }
    let way = points[end] - points[start]
    let length = Ring.length(way)
    guard length > 0 else { return nil }
    return FlightLine(
      range: start...end, direction: way / length, medianStep: medianStep(points, start, end),
      length: length)
  }

  private static func medianStep(_ points: [Ground], _ start: Int, _ end: Int) -> Double {
    Robust.median(
      (start + 1...end).map { Ring.length(points[$0] - points[$0 - 1]) })
  }
}

/// Lines beside each other that continue each other: one strip of the plan.
struct FlightRow {
  /// Places in ``Track/lines``.
  var lines: [Int]
  /// Metres to the left of the group's direction.
  var offset: Double
  /// Usable places, by their way along the direction.
  var photos: [(along: Double, place: Int)]
}

extension FlightRow {
  /// Whether both share half of the shorter one's way.
  fileprivate func isBeside(_ other: FlightRow) -> Bool {
    guard let from = photos.first?.along, let to = photos.last?.along,
      let otherFrom = other.photos.first?.along, let otherTo = other.photos.last?.along
    else { return false }
    return min(to, otherTo) - max(from, otherFrom) >= 0.5 * min(to - from, otherTo - otherFrom)
  }
}

/// Lines of one direction, forth and back.
struct LineGroup {
  var direction: Ground
  var lines: [Int]
  var length: Double

  /// The groups of at least two lines, the longest one first; of a cross grid there are two.
  static func groups(_ lines: [FlightLine]) -> [LineGroup] {
    let cosine = cos(Angle.radians(15))
    var free = Set(lines.indices)
    var groups: [LineGroup] = []
    let byLength = lines.indices.sorted { lines[$0].length > lines[$1].length }
    for seed in byLength where free.contains(seed) {
      if groups.count == 16 { break }
      let members = lines.indices.filter {
        free.contains($0) && abs(Ring.dot(lines[$0].direction, lines[seed].direction)) >= cosine
      }
      var sum = Ground.zero
      var length = 0.0
      for line in members {
        let sign: Double = Ring.dot(lines[line].direction, lines[seed].direction) < 0 ? -1 : 1
        sum += lines[line].direction * (sign * lines[line].length)
        length += lines[line].length
      }
      free.subtract(members)
      groups.append(
        LineGroup(direction: sum / max(Ring.length(sum), 1e-9), lines: members, length: length))
    }
    return groups.sorted { $0.length > $1.length }
  }

  /// - Parameter tolerance: metres across between lines of one row.
  func rows(_ lines: [FlightLine], _ points: [Ground], tolerance: Double) -> [FlightRow] {
    let left = Ground(-direction.y, direction.x)
    let offsets = self.lines.map { number in
      let line = lines[number]
      let sum = line.range.reduce(Ground.zero) { $0 + points[$1] }
      return (line: number, offset: Ring.dot(sum / Double(line.count), left))
    }.sorted { $0.offset < $1.offset }
    var rows: [FlightRow] = []
    var last = -Double.infinity
    for (line, offset) in offsets {
      if offset - last > tolerance {
        rows.append(FlightRow(lines: [], offset: offset, photos: []))
      }
      last = offset
      rows[rows.count - 1].lines.append(line)
    }
    for row in rows.indices {
      let count = Double(rows[row].lines.count)
      rows[row].offset =
        offsets.filter { rows[row].lines.contains($0.line) }.reduce(0) { $0 + $1.offset } / count
      let places = Set(rows[row].lines.flatMap { Array(lines[$0].range) })
      rows[row].photos = places.map { (Ring.dot(points[$0], direction), $0) }
        .sorted { $0.along < $1.along }
    }
    return rows
  }
}

/// Rows of one direction, flown forth and back. A cross grid has two.
struct RowGrid {
  /// Of the rows, unit vector.
  var axis: Ground
  var rows: [FlightRow]
  /// Median distance of neighbouring rows, metres; infinite with fewer than two.
  var spacing: Double

  /// Numbers of its lines, in order.
  var lines: [Int] { rows.flatMap(\.lines).sorted() }

  /// Pairs of rows that are flown beside each other.
  private let neighbours: Int
  /// Numbers of lines that are long enough to be rows.
  private let long: [Int]

  init(_ group: LineGroup, _ track: Track) {
    axis = group.direction
    // A turn is a short line of its own; it counts only where it belongs to a row.
    let limit = 0.25 * Self.weightedMedian(group.lines.map { track.lines[$0].length })
    long = group.lines.filter { track.lines[$0].length >= limit }
    var all = group
    all.lines = long
    rows = all.rows(track.lines, track.linePoints, tolerance: track.rowTolerance)
    all.lines = group.lines.filter { track.lines[$0].length < limit }
    for part in all.rows(track.lines, track.linePoints, tolerance: track.rowTolerance) {
      let place = rows.firstIndex { abs($0.offset - part.offset) <= track.rowTolerance }
      guard let place else { continue }
      rows[place].lines += part.lines
      rows[place].photos += part.photos
    }
    for row in rows.indices { rows[row].photos.sort { $0.along < $1.along } }
    neighbours = rows.indices.dropFirst().count { [rows] in rows[$0 - 1].isBeside(rows[$0]) }
    // Pictures that do not look straight down are beside others by what they show.
    for row in rows.indices {
      for photo in rows[row].photos.indices {
        if let print = track.wholeFootprint(track.usable[rows[row].photos[photo].place]) {
          rows[row].photos[photo].along = Ring.dot(print.centre, axis)
        }
      }
      rows[row].photos.sort { $0.along < $1.along }
    }
    let steps = rows.indices.dropFirst().map { [rows] in rows[$0].offset - rows[$0 - 1].offset }
    spacing = steps.isEmpty ? .infinity : Robust.median(steps)
  }

  /// Half of the way lies in lines that are at least so long.
  private static func weightedMedian(_ lengths: [Double]) -> Double {
    let half = lengths.reduce(0, +) / 2
    var sum = 0.0
    for length in lengths.sorted(by: >) {
      sum += length
      if sum >= half { return length }
    }
    return 0
  }

  /// Three rows beside each other that are flown forth and back: turns along an edge all go one way.
  func isSurvey(_ all: [FlightLine]) -> Bool {
    guard neighbours >= 2 else { return false }
    var (forth, back) = (0.0, 0.0)
    for line in long {
      if Ring.dot(all[line].direction, axis) > 0 {
        forth += all[line].length
      } else {
        back += all[line].length
      }
    }
    return min(forth, back) >= 0.25 * (forth + back)
  }
}
