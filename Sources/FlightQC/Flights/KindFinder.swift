#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Track {
  /// Recognises the kind, and finds lines and rows with it.
  mutating func findLines(_ wanted: FlightKind?) {
    kind = wanted ?? (usable.count < 10 ? .other : nil) ?? recognisedOblique() ?? .mapping
    if kind == .facade, walls.isEmpty { walls = WallView.find(self) }
    layLines()
    if kind == .mapping { layRows(isCertain: wanted != nil) }
  }

  private mutating func layLines() {
    linePoints = kind == .facade ? pointsOnWalls() : usable.map { points[$0] }
    if kind == .facade {
      var steps: [Double] = []
      for place in linePoints.indices.dropFirst() {
        steps.append(Ring.length(linePoints[place] - linePoints[place - 1]))
      }
      if !steps.isEmpty { spacing = Robust.median(steps) }
    }
    if kind == .orbit || kind == .other { return }
    // Each photo of the lead-in stands alone.
    var breaks = Set(0...leadIn)
    if kind == .facade { breaks.formUnion(walls.map(\.places.lowerBound)) }
    lines = LineFinder.lines(linePoints, spacing: spacing, breaks: breaks)
  }

  /// The grids of a survey hold most of the way; otherwise the flight is a corridor.
  private mutating func layRows(isCertain: Bool) {
    let groups = LineGroup.groups(lines)
    let whole = lines.reduce(0) { $0 + $1.length }
    var held = 0.0
    for group in groups where group.length > 0.15 * whole {
      let grid = RowGrid(group, self)
      if grid.isSurvey(lines) {
        grids.append(grid)
        held += group.length
      }
    }
    if held > 0.6 * whole { return }
    grids = []
    if !isCertain {
      kind = lines.isEmpty ? .other : .corridor
    } else if let group = groups.first {
      grids = [RowGrid(group, self)]
    }
  }

  /// Along the walls, one behind the other, and upwards.
  private func pointsOnWalls() -> [Ground] {
    var result: [Ground] = []
    var along = 0.0
    for wall in walls {
      for place in wall.places {
        if place > 0 {
          let step = points[usable[place]] - points[usable[place - 1]]
          along += place == wall.places.lowerBound ? Ring.length(step) : Ring.dot(step, wall.along)
        }
        let photo = photos[usable[place]]
        result.append(Ground(along, photo.relativeAltitude ?? photo.altitude ?? 0))
      }
    }
    return result
  }

  var rowTolerance: Double {
    let widths = footprints.compactMap { print -> Double? in
      guard let print, !print.isClamped else { return nil }
      return Ring.area(print.corners).squareRoot()
    }
    return widths.isEmpty ? max(1.5, 0.3 * spacing) : max(1.5, 0.06 * Robust.median(widths))
  }

  /// Orbit, facade, or nil.
  private mutating func recognisedOblique() -> FlightKind? {
    var views: [(place: Ground, view: Ground)] = []
    var elevations: [Double] = []
    for place in usable {
      guard let axes = axes[place] else { continue }
      elevations.append(axes.elevation)
      let view = Ground(axes.forward.y, axes.forward.x)
      let length = Ring.length(view)
      if length > 0.17 { views.append((points[place], view / length)) }
    }
    guard views.count >= 10, 10 * views.count >= 8 * usable.count else { return nil }
    if isOrbit(views) { return .orbit }
    guard Robust.median(elevations) > -45 else { return nil }
    let found = WallView.find(self)
    guard WallView.areMost(found, of: usable.count, self) else { return nil }
    walls = found
    return .facade
  }

  /// The views meet near one point, and come from all around.
  private func isOrbit(_ views: [(place: Ground, view: Ground)]) -> Bool {
    // Least squares of the distances from the view lines: sum (I − v vᵀ)(c − p) = 0.
    var (xx, xy, yy) = (0.0, 0.0, 0.0)
    var right = Ground.zero
    for (p, v) in views {
      let (a, b, c) = (1 - v.x * v.x, -v.x * v.y, 1 - v.y * v.y)
      (xx, xy, yy) = (xx + a, xy + b, yy + c)
      right += Ground(a * p.x + b * p.y, b * p.x + c * p.y)
    }
    let determinant = xx * yy - xy * xy
    guard determinant > 1e-6 * Double(views.count * views.count) else { return false }
    let centre = Ground(
      (yy * right.x - xy * right.y) / determinant, (xx * right.y - xy * right.x) / determinant)
    var (offsets, radii, azimuths): ([Double], [Double], [Double]) = ([], [], [])
    var inFront = 0
    for (p, v) in views {
      let way = centre - p
      offsets.append(abs(Ring.cross(v, way)))
      radii.append(Ring.length(way))
      if Ring.dot(v, way) > 0 { inFront += 1 }
      azimuths.append(atan2(-way.x, -way.y) * 180 / .pi)
    }
    guard Robust.median(offsets) < 0.25 * Robust.median(radii), 10 * inFront > 8 * views.count
    else { return false }
    azimuths.sort()
    var widest = azimuths[0] + 360 - azimuths[azimuths.count - 1]
    for place in azimuths.indices.dropFirst() {
      widest = max(widest, azimuths[place] - azimuths[place - 1])
    }
    return widest < 120
  }
}
