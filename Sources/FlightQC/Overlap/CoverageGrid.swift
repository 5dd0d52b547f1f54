#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How many photos show each cell of a raster.
struct CoverageGrid {
  let cell: Double
  let columns: Int
  let rows: Int
  /// Of cell 0.
  private let corner: Ground
  /// Of the axes of columns and rows, unit vectors.
  private let (x, y): (Ground, Ground)
  private(set) var counts: [Int16]

  /// So that a few photos far apart cost no more than they are worth.
  static func mostCells(_ rings: Int) -> Double {
    Double(min(16_000_000, max(250_000, 4000 * rings)))
  }

  /// - Parameters:
  ///   - rings: what the raster has to hold.
  ///   - cell: metres; larger where the raster would have more than ``mostCells(_:)``.
  init?(around rings: some Collection<[Ground]>, direction: Ground, cell: Double) {
    x = direction
    y = Ground(-direction.y, direction.x)
    var (low, high) = (Ground(repeating: .infinity), Ground(repeating: -.infinity))
    for ring in rings {
      for point in ring {
        let turned = Ground(Ring.dot(point, x), Ring.dot(point, y))
        low = pointwiseMin(low, turned)
        high = pointwiseMax(high, turned)
      }
    }
    let size = high - low
    guard cell > 0, cell.isFinite, size.x.isFinite, size.y.isFinite, size.x >= 0, size.y >= 0
    else { return nil }
    var cell = cell
    let most = Self.mostCells(rings.count)
    while (size.x / cell + 4) * (size.y / cell + 4) > most { cell *= 1.25 }
    self.cell = cell
    corner = low - Ground(repeating: 1.5 * cell)
    columns = Int(size.x / cell) + 4
    rows = Int(size.y / cell) + 4
    // One more column takes the ends of rows.
    counts = [Int16](repeating: 0, count: (columns + 1) * rows)
  }

  /// In the raster's axes, in cells.
  func place(_ point: Ground) -> Ground {
    (Ground(Ring.dot(point, x), Ring.dot(point, y)) - corner) / cell
  }

  /// The ground at a place in cells.
  func ground(_ place: Ground) -> Ground {
    let turned = place * cell + corner
    return x * turned.x + y * turned.y
  }

  /// Adds convex rings, and then sums up: two writes per row and ring.
  mutating func add(_ rings: some Sequence<[Ground]>) {
    var left = [Double](repeating: 0, count: rows)
    var right = left
    for ring in rings {
      let turned = ring.map(place)
      guard var last = turned.last else { continue }
      let bottom = turned.reduce(Double.infinity) { min($0, $1.y) }
      let top = turned.reduce(-Double.infinity) { max($0, $1.y) }
      // Rows whose middle is inside.
      let first = Int(max(0, (bottom - 0.5).rounded(.up)))
      let end = Int(min(Double(rows - 1), (top - 0.5).rounded(.down)))
      if first > end { continue }
      for row in first...end { (left[row], right[row]) = (.infinity, -.infinity) }
      for corner in turned {
        let (a, b) = last.y < corner.y ? (last, corner) : (corner, last)
        last = corner
        let from = Int(max(Double(first), (a.y - 0.5).rounded(.up)))
        let to = Int(min(Double(end), (b.y - 0.5).rounded(.down)))
        if from > to || a.y == b.y { continue }
        let slope = (b.x - a.x) / (b.y - a.y)
        var x = a.x + (Double(from) + 0.5 - a.y) * slope
        for row in from...to {
          if x < left[row] { left[row] = x }
          if x > right[row] { right[row] = x }
          x += slope
        }
      }
      for row in first...end where left[row] < right[row] {
        let from = max(0, Int((left[row] - 0.5).rounded(.up)))
        let to = min(columns - 1, Int((right[row] - 0.5).rounded(.down)))
        if from > to { continue }
        counts[row * (columns + 1) + from] &+= 1
        counts[row * (columns + 1) + to + 1] &-= 1
      }
    }
    for row in 0..<rows {
      var sum: Int16 = 0
      for index in row * (columns + 1)..<(row + 1) * (columns + 1) {
        sum &+= counts[index]
        counts[index] = sum
      }
    }
  }

  func count(_ column: Int, _ row: Int) -> Int16 { counts[row * (columns + 1) + column] }

  /// Square metres of cells that at least `photos` photos show.
  func area(of photos: Int16) -> Double {
    var cells = 0
    for row in 0..<rows {
      for index in row * (columns + 1)..<(row + 1) * (columns + 1) - 1
      where counts[index] >= photos {
        cells += 1
      }
    }
    return Double(cells) * cell * cell
  }

  /// For each cell, whether its middle is inside of rings by the even-odd rule: outer rings and their holes.
  func mask(_ rings: [[Ground]]) -> [Bool] {
    var mask = [Bool](repeating: false, count: columns * rows)
    let turned = rings.map { $0.map(place) }
    for row in 0..<rows {
      let y = Double(row) + 0.5
      var crossings: [Double] = []
      for ring in turned {
        guard var last = ring.last else { continue }
        for corner in ring {
          if (last.y <= y) != (corner.y <= y) {
            crossings.append(
              last.x + (y - last.y) / (corner.y - last.y) * (corner.x - last.x))
          }
          last = corner
        }
      }
      crossings.sort()
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        let from = max(0, (crossings[pair] - 0.5).rounded(.up))
        let to = min(Double(columns - 1), (crossings[pair + 1] - 0.5).rounded(.down))
        if from > to { continue }
        for column in Int(from)...Int(to) { mask[row * columns + column] = true }
      }
    }
    return mask
  }
}
