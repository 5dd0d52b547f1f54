#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Photos in lines of a corridor, by place: it is flown there and back, and bends.
struct Passes {
  /// Usable places and the direction of their line.
  private(set) var photos: [(place: Int, direction: Ground)] = []
  /// Numbers in ``photos`` by square of ``side`` metres.
  private var squares: [SIMD2<Int32>: [Int]] = [:]
  private var side = 1.0
  /// Metres flown until each usable place.
  private var way: [Double] = []
  private var numbers: [Int: Int] = [:]

  /// Directions of two passes differ by less than this, degrees.
  private static let widest = 35.0

  init(_ track: Track) {
    for line in track.judgedLines {
      for place in line.range where numbers[place] == nil {
        numbers[place] = photos.count
        photos.append((place, line.direction))
      }
    }
    let areas = photos.compactMap { track.wholeFootprint(track.usable[$0.place]) }
      .map { Ring.area($0.corners) }
    guard !areas.isEmpty else {
      photos = []
      return
    }
    side = max(1, Robust.median(areas).squareRoot())
    for number in photos.indices {
      guard let square = square(track.centre(photos[number].place)) else { continue }
      squares[square, default: []].append(number)
    }
    var sum = 0.0
    for place in track.usable.indices {
      if place > 0 { sum += track.distance(place - 1, place) }
      way.append(sum)
    }
  }

  private func square(_ point: Ground) -> SIMD2<Int32>? {
    let scaled = (point / side).rounded(.down)
    guard abs(scaled.x) < 1e9, abs(scaled.y) < 1e9 else { return nil }
    return SIMD2(Int32(scaled.x), Int32(scaled.y))
  }

  /// Photos of the nearest pass on one side of a photo, where both passes show the same ground; nil without one.
  /// - Parameters:
  ///   - left: to that side, unit vector.
  ///   - near: metres ahead and behind that count as beside.
  ///   - wide: metres that the photo shows across.
  func beside(
    _ usable: Int, _ centre: Ground, _ direction: Ground, _ left: Ground, near: Double,
    wide: Double, _ track: Track
  ) -> [(place: Int, along: Double, across: Double)]? {
    guard let home = square(centre) else { return nil }
    let cosine = cos(Angle.radians(Self.widest))
    func seen(_ number: Int) -> (place: Int, along: Double, across: Double)? {
      let (place, heading) = photos[number]
      // The same pass is beside a photo only where it comes back.
      guard abs(Ring.dot(heading, direction)) >= cosine, abs(way[place] - way[usable]) > 4 * near
      else { return nil }
      let step = track.centre(place) - centre
      return (place, Ring.dot(step, direction), Ring.dot(step, left))
    }
    var nearest: (place: Int, along: Double, across: Double)?
    for x in home.x - 2...home.x + 2 {
      for y in home.y - 2...home.y + 2 {
        for number in squares[SIMD2(x, y)] ?? [] {
          guard let found = seen(number), abs(found.along) <= near, found.across > 0.02 * wide,
            found.across < wide, found.across < nearest?.across ?? .infinity
          else { continue }
          nearest = found
        }
      }
    }
    guard let nearest else { return nil }
    let around = max(0, nearest.place - 12)...min(track.usable.count - 1, nearest.place + 12)
    return around.compactMap { numbers[$0].flatMap(seen) }
      .filter { $0.across > 0 && $0.across < wide }
      .sorted { abs($0.along) < abs($1.along) }.prefix(6).map { $0 }
  }
}

extension Track {
  /// Where the optical axis of a usable photo meets the ground; else below the camera.
  func centre(_ place: Int) -> Ground {
    wholeFootprint(usable[place])?.centre ?? points[usable[place]]
  }
}
