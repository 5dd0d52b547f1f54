import PhotoModel

/// A box in a node of an R*Tree of SQLite, with the number of a row or of a node below.
struct RTreeCell {
  var id: Int64
  var minX: Float
  var maxX: Float
  var minY: Float
  var maxY: Float

  static let bytes = 24

  /// Rounded outward, as the module does it.
  init(_ id: Int64, _ position: Coordinate) {
    self.id = id
    (minX, maxX) = (Self.below(position.longitude), Self.above(position.longitude))
    (minY, maxY) = (Self.below(position.latitude), Self.above(position.latitude))
  }

  /// - Precondition: there is one.
  init(_ id: Int64, around cells: [RTreeCell]) {
    self.id = id
    (minX, maxX) = (.infinity, -.infinity)
    (minY, maxY) = (.infinity, -.infinity)
    for cell in cells { widen(to: cell) }
  }

  init(_ data: [UInt8], at start: Int) {
    func number(_ range: Range<Int>) -> UInt64 {
      data[range].reduce(0) { $0 << 8 | UInt64($1) }
    }
    func float(_ index: Int) -> Float {
      let from = start + 8 + index * 4
      return Float(bitPattern: UInt32(truncatingIfNeeded: number(from..<(from + 4))))
    }
    id = Int64(bitPattern: number(start..<(start + 8)))
    (minX, maxX, minY, maxY) = (float(0), float(1), float(2), float(3))
  }

  func append(to data: inout [UInt8]) {
    withUnsafeBytes(of: id.bigEndian) { data.append(contentsOf: $0) }
    for value in [minX, maxX, minY, maxY] {
      withUnsafeBytes(of: value.bitPattern.bigEndian) { data.append(contentsOf: $0) }
    }
  }

  mutating func widen(to other: RTreeCell) {
    (minX, maxX) = (min(minX, other.minX), max(maxX, other.maxX))
    (minY, maxY) = (min(minY, other.minY), max(maxY, other.maxY))
  }

  var area: Double { (Double(maxX) - Double(minX)) * (Double(maxY) - Double(minY)) }

  /// `rtreeValueDown` and `rtreeValueUp`: the next 32-bit number is one step of 2⁻²³ away at the most.
  private static let step = 1.0 / 8_388_608

  private static func below(_ value: Double) -> Float {
    let near = Float(value)
    return Double(near) <= value ? near : Float(value * (value < 0 ? 1 + step : 1 - step))
  }

  private static func above(_ value: Double) -> Float {
    let near = Float(value)
    return Double(near) >= value ? near : Float(value * (value < 0 ? 1 - step : 1 + step))
  }
}

/// Neighbours on the ground become neighbours in a list.
enum HilbertOrder {
  /// Of a side; a power of 2 less 1.
  private static let last: UInt32 = 65_535

  static func sort(_ cells: inout [RTreeCell]) {
    if cells.isEmpty { return }
    let whole = RTreeCell(0, around: cells)
    func place(_ low: Float, _ high: Float, _ from: Float, _ to: Float) -> UInt32 {
      let width = Double(to) - Double(from)
      let share = ((Double(low) + Double(high)) / 2 - Double(from)) / width
      // Not where the file holds numbers that are none.
      guard share >= 0, share <= 1 else { return 0 }
      return UInt32(share * Double(last))
    }
    let keyed = cells.map { cell in
      (
        key: distance(
          place(cell.minX, cell.maxX, whole.minX, whole.maxX),
          place(cell.minY, cell.maxY, whole.minY, whole.maxY)),
        cell: cell
      )
    }
    cells = keyed.sorted { $0.key < $1.key }.map { $0.cell }
  }

  /// Along the Hilbert curve through a square of 65,536 × 65,536.
  static func distance(_ x: UInt32, _ y: UInt32) -> UInt64 {
    var (x, y) = (x, y)
    var distance: UInt64 = 0
    var side = last / 2 + 1
    while side > 0 {
      let right: UInt32 = x & side != 0 ? 1 : 0
      let upper: UInt32 = y & side != 0 ? 1 : 0
      distance += UInt64(side) * UInt64(side) * UInt64((3 * right) ^ upper)
      if upper == 0 {
        // Turns the quarter, so that the curve goes on where the last one ended.
        if right == 1 { (x, y) = (last - x, last - y) }
        (x, y) = (y, x)
      }
      side >>= 1
    }
    return distance
  }
}
