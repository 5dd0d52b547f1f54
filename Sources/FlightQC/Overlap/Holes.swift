/// Ground that no photo shows.
struct CoverageHole {
  /// Counter-clockwise, not closed.
  var outline: [Ground]
  /// Square metres.
  var area: Double
}

/// What the photos of a flight cover together.
struct Coverage {
  /// Square metres that one, and that three photos show at least.
  var area = 0.0
  var areaOfThree = 0.0
  /// Percent of the wanted area; nil without one.
  var share: Double?
  /// The largest one first.
  var holes: [CoverageHole] = []

  /// Holes that are looked at closely; of more, the largest ones.
  private static let mostHoles = 50

  /// - Parameters:
  ///   - prints: convex rings.
  ///   - along: metres that a photo shows in the direction of flight.
  ///   - smallest: square metres.
  ///   - wanted: rings of the area that shall be covered; nil: holes are what covered ground encloses.
  init?(
    _ prints: [[Ground]], direction: Ground, along: Double, smallest: Double,
    wanted: [[Ground]]?
  ) {
    guard
      var grid = CoverageGrid(
        around: prints + (wanted ?? []), direction: direction, cell: along / 20)
    else { return nil }
    grid.add(prints)
    area = grid.area(of: 1)
    areaOfThree = grid.area(of: 3)
    let mask = wanted.map(grid.mask)
    if let mask {
      var (inside, seen) = (0, 0)
      for row in 0..<grid.rows {
        for column in 0..<grid.columns where mask[row * grid.columns + column] {
          inside += 1
          if grid.count(column, row) > 0 { seen += 1 }
        }
      }
      share = inside > 0 ? 100 * Double(seen) / Double(inside) : nil
    }
    let cells = grid.cell * grid.cell
    var found = Components(grid, mask).all
      // A coarse raster sees small holes too small.
      .filter { Double($0.count) * cells >= 0.5 * smallest }
    found.sort { $0.count > $1.count }
    holes = found.prefix(Self.mostHoles).compactMap {
      Self.refined($0, grid, prints, wanted)
    }.filter { $0.area >= smallest }
  }

  /// The hole once more, on a raster of its own with photos around it.
  private static func refined(
    _ component: [Int], _ grid: CoverageGrid, _ prints: [[Ground]], _ wanted: [[Ground]]?
  ) -> CoverageHole? {
    var (low, high) = (Ground(repeating: .infinity), Ground(repeating: -.infinity))
    for index in component {
      let place = Ground(Double(index % grid.columns), Double(index / grid.columns))
      low = pointwiseMin(low, place)
      high = pointwiseMax(high, place + 1)
    }
    low -= Ground(repeating: 1.5)
    high += Ground(repeating: 1.5)
    let frame = [low, Ground(high.x, low.y), high, Ground(low.x, high.y)].map(grid.ground)
    let side = Double(component.count).squareRoot() * grid.cell
    let axis = frame[1] - frame[0]
    guard
      var fine = CoverageGrid(
        around: [frame], direction: axis / Ring.length(axis), cell: side / 40)
    else { return nil }
    let around = prints.filter { ring in
      var (from, to) = (Ground(repeating: .infinity), Ground(repeating: -.infinity))
      for corner in ring {
        let place = grid.place(corner)
        from = pointwiseMin(from, place)
        to = pointwiseMax(to, place)
      }
      return from.x <= high.x && to.x >= low.x && from.y <= high.y && to.y >= low.y
    }
    fine.add(around)
    // The border of the fine raster is covered ground, or ground outside of this hole.
    let coarse = Set(component)
    let all = Components(fine, wanted.map(fine.mask), keepsBorder: true).all
    func shared(_ cells: [Int]) -> Int {
      cells.count { index in
        let middle = Ground(
          Double(index % fine.columns) + 0.5, Double(index / fine.columns) + 0.5)
        let place = grid.place(fine.ground(middle))
        guard place.x >= 0, place.y >= 0 else { return false }
        return coarse.contains(Int(place.y) * grid.columns + Int(place.x))
      }
    }
    guard let best = all.max(by: { shared($0) < shared($1) }) else { return nil }
    let outline = Outline.trace(best, columns: fine.columns).map(fine.ground)
    guard outline.count >= 3 else { return nil }
    return CoverageHole(
      outline: Ring.counterClockwise(outline), area: Double(best.count) * fine.cell * fine.cell)
  }
}

/// Connected cells that no photo shows.
struct Components {
  /// Cells as row × columns + column.
  private(set) var all: [[Int]] = []

  /// - Parameters:
  ///   - mask: cells that shall be covered; nil: those that are not connected with the border.
  ///   - keepsBorder: without a mask, components at the border count, too.
  init(_ grid: CoverageGrid, _ mask: [Bool]?, keepsBorder: Bool = false) {
    let (columns, rows) = (grid.columns, grid.rows)
    var isOpen = [Bool](repeating: false, count: columns * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        isOpen[index] = grid.count(column, row) <= 0 && mask.map { $0[index] } ?? true
      }
    }
    var stack: [Int] = []
    func open(_ index: Int) {
      guard isOpen[index] else { return }
      isOpen[index] = false
      stack.append(index)
    }
    func fill(_ start: Int, _ visit: (Int) -> Void) {
      open(start)
      while let index = stack.popLast() {
        visit(index)
        let column = index % columns
        if column > 0 { open(index - 1) }
        if column < columns - 1 { open(index + 1) }
        if index >= columns { open(index - columns) }
        if index < columns * (rows - 1) { open(index + columns) }
      }
    }
    if mask == nil, !keepsBorder {
      for column in 0..<columns {
        fill(column) { _ in }
        fill((rows - 1) * columns + column) { _ in }
      }
      for row in 0..<rows {
        fill(row * columns) { _ in }
        fill(row * columns + columns - 1) { _ in }
      }
    }
    for start in isOpen.indices where isOpen[start] {
      var cells: [Int] = []
      fill(start) { cells.append($0) }
      all.append(cells)
    }
  }
}

/// Rings around sets of cells.
enum Outline {
  /// The longest ring, counter-clockwise in columns and rows, without corners that lie within 0.75 cells of the ring.
  static func trace(_ cells: [Int], columns: Int) -> [Ground] {
    let set = Set(cells)
    let width = columns + 1
    // Edges with the cell on their left, by their start.
    var edges: [Int: [Int]] = [:]
    for cell in cells {
      let (row, column) = (cell / columns, cell % columns)
      let corner = row * width + column
      if !set.contains(cell - columns) { edges[corner, default: []].append(corner + 1) }
      if column == columns - 1 || !set.contains(cell + 1) {
        edges[corner + 1, default: []].append(corner + 1 + width)
      }
      if !set.contains(cell + columns) {
        edges[corner + 1 + width, default: []].append(corner + width)
      }
      if column == 0 || !set.contains(cell - 1) {
        edges[corner + width, default: []].append(corner)
      }
    }
    var longest: [Int] = []
    for start in edges.keys.sorted() {
      while let first = edges[start]?.popLast() {
        var ring = [start]
        var (last, place) = (start, first)
        while place != start {
          ring.append(place)
          guard var choices = edges[place], !choices.isEmpty else { break }
          // Where two cells touch at a corner, the ring turns left and stays with its own.
          let way = place - last
          let left = way == 1 ? width : way == -1 ? -width : way == width ? -1 : 1
          let pick = choices.firstIndex(of: place + left) ?? choices.count - 1
          (last, place) = (place, choices.remove(at: pick))
          edges[ring[ring.count - 1]] = choices
        }
        if ring.count > longest.count { longest = ring }
      }
    }
    let points = longest.map { Ground(Double($0 % width), Double($0 / width)) }
    return simplified(points, tolerance: 0.75)
  }

  /// D. Douglas and T. Peucker (1973), of a ring.
  static func simplified(_ ring: [Ground], tolerance: Double) -> [Ground] {
    guard ring.count > 4 else { return ring }
    let far = ring.indices.max {
      Ring.length(ring[$0] - ring[0]) < Ring.length(ring[$1] - ring[0])
    }
    guard let far else { return ring }
    var keeps = [Bool](repeating: false, count: ring.count + 1)
    let closed = ring + [ring[0]]
    (keeps[0], keeps[far], keeps[ring.count]) = (true, true, true)
    var stack = [(0, far), (far, ring.count)]
    while let (from, to) = stack.popLast() {
      guard to - from > 1 else { continue }
      var (worst, place) = (tolerance, -1)
      for index in from + 1..<to {
        let distance = Ring.distance([closed[from], closed[to]], closed[index])
        if distance > worst { (worst, place) = (distance, index) }
      }
      if place >= 0 {
        keeps[place] = true
        stack += [(from, place), (place, to)]
      }
    }
    return ring.indices.filter { keeps[$0] }.map { ring[$0] }
  }
}
