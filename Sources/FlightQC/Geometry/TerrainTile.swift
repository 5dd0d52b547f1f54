public import PhotoModel

/// Heights of the ground: one tile of a SRTM height file (`N47E008.hgt`). Metres above the geoid EGM96, one degree of latitude and
/// longitude, 1,201 or 3,601 rows from north to south, signed 16-bit numbers with the high byte first.
public struct TerrainTile: Sendable {
  /// Of the south-west corner, degrees.
  public let south: Int
  public let west: Int
  private let side: Int
  private let bytes: [UInt8]
  private static let void = -32768

  public enum Fault: Error, Equatable, Sendable {
    /// Not as `N47E008.hgt`.
    case name
    /// Neither 1,201 nor 3,601 rows.
    case size
  }

  /// - Parameter name: of the file; it says where the tile lies.
  public init(name: String, bytes: [UInt8]) throws(Fault) {
    guard let (south, west) = Self.corner(name) else { throw .name }
    guard let side = [1201, 3601].first(where: { 2 * $0 * $0 == bytes.count }) else {
      throw .size
    }
    (self.south, self.west, self.side, self.bytes) = (south, west, side, bytes)
  }

  private static func corner(_ name: String) -> (Int, Int)? {
    let text = Array(name.utf8)
    guard text.count >= 7, text.count == 7 || text[7] == 0x2E else { return nil }
    func number(_ digits: ArraySlice<UInt8>, most: Int) -> Int? {
      var value = 0
      for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        value = value * 10 + Int(digit - 0x30)
      }
      return value <= most ? value : nil
    }
    guard let latitude = number(text[1..<3], most: 90),
      let longitude = number(text[4..<7], most: 180)
    else { return nil }
    switch (text[0] | 0x20, text[3] | 0x20) {
    case (0x6E, 0x65): return (latitude, longitude)
    case (0x6E, 0x77): return (latitude, -longitude)
    case (0x73, 0x65): return (-latitude, longitude)
    case (0x73, 0x77): return (-latitude, -longitude)
    default: return nil
    }
  }

  /// Metres above the geoid, between the four samples around a place; nil outside and beside voids.
  public func height(at place: Coordinate) -> Double? {
    let x = (place.longitude - Double(west)) * Double(side - 1)
    let y = (Double(south + 1) - place.latitude) * Double(side - 1)
    let last = Double(side - 1)
    guard x >= 0, y >= 0, x <= last, y <= last else { return nil }
    let (column, row) = (min(Int(x), side - 2), min(Int(y), side - 2))
    let (right, below) = (x - Double(column), y - Double(row))
    guard let a = sample(row, column), let b = sample(row, column + 1),
      let c = sample(row + 1, column), let d = sample(row + 1, column + 1)
    else { return nil }
    let above = a + (b - a) * right
    return above + (c + (d - c) * right - above) * below
  }

  private func sample(_ row: Int, _ column: Int) -> Double? {
    let at = 2 * (row * side + column)
    let value = Int(Int16(bitPattern: UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])))
    return value == Self.void ? nil : Double(value)
  }
}
