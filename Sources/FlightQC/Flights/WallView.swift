#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Photos that follow each other and look at one wall.
struct WallView {
  /// Of ``Track/usable``.
  var places: Range<Int>
  /// Along the wall, unit vector.
  var along: Ground

  /// Views of one wall differ by less than this from their mean, degrees.
  private static let widest = 35.0

  /// Splits a flight where its camera turns to another wall and stays there.
  static func find(_ track: Track) -> [WallView] {
    guard !track.usable.isEmpty else { return [] }
    let cosine = cos(Angle.radians(widest))
    let views = track.usable.map { place -> Ground? in
      guard let forward = track.axes[place]?.forward else { return nil }
      let view = Ground(forward.y, forward.x)
      let length = Ring.length(view)
      return length > 0.17 ? view / length : nil
    }
    var walls: [WallView] = []
    var start = 0
    var sum = Ground.zero
    func isElsewhere(_ place: Int) -> Bool {
      guard let view = views[place], Ring.length(sum) > 0 else { return false }
      return Ring.dot(view, sum / Ring.length(sum)) < cosine
    }
    func close(_ end: Int) {
      let length = Ring.length(sum)
      walls.append(
        WallView(
          places: start..<end,
          along: length > 0 ? Ground(sum.y, -sum.x) / length : walls.last?.along ?? Ground(1, 0)))
    }
    for place in views.indices {
      // Of three photos in a row: one alone looks aside.
      if place + 3 <= views.count, (place..<place + 3).allSatisfy(isElsewhere) {
        close(place)
        start = place
        sum = .zero
      }
      if let view = views[place], !isElsewhere(place) { sum += view }
    }
    close(views.count)
    return walls
  }

  /// Whether nearly all photos are flown along walls. A flight of several walls has levels at each: an oblique survey, which
  /// turns with every line, has none.
  static func areMost(_ walls: [WallView], of count: Int, _ track: Track) -> Bool {
    var flown = 0
    for wall in walls where wall.isFlown(track, needsLevels: walls.count > 1) {
      flown += wall.places.count
    }
    return 10 * flown >= 8 * count
  }

  /// The positions spread along the wall or upwards, and little across.
  private func isFlown(_ track: Track, needsLevels: Bool) -> Bool {
    let photos = places.map { track.usable[$0] }
    guard photos.count >= 10, let origin = photos.first.map({ track.points[$0] }) else {
      return false
    }
    let levels = photos.compactMap {
      track.photos[$0].relativeAltitude ?? track.photos[$0].altitude
    }
    guard levels.count == photos.count else { return false }
    let spread = Self.spread(photos.map { Ring.dot(track.points[$0] - origin, along) })
    let across = Self.spread(photos.map { Ring.cross(along, track.points[$0] - origin) })
    let upwards = Self.spread(levels)
    if needsLevels, upwards < max(2, 0.1 * spread) { return false }
    return across < 0.35 * max(spread, upwards)
  }

  /// Without the outer twentieths.
  private static func spread(_ values: [Double]) -> Double {
    Robust.quantile(values, 0.95) - Robust.quantile(values, 0.05)
  }
}
